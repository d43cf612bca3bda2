"""The people we answer: who they are, where they are, for whom they speak, and how they wish to be reached.

What belongs to one file (`Held`) follows it when files are merged, and goes back when they are separated.
"""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.catalogue.models import Audience
from parvis.apps.directory.models import User
from parvis.apps.places.models import Address
from parvis.lib.localized import localized


class Person(models.Model):
    """Someone who contacted the town. Nothing is demanded but a name; a contact may also have no person at all.

    `merged_into` is the file that replaced this one when they were merged; null when it was not. `address` and
    `organisation` are the main one among their rows (`PersonAddress`, `Membership`), read without a join.
    """

    class Reach(models.TextChoices):
        EMAIL = "email", _("by e-mail")
        PHONE = "phone", _("by phone: call, do not write")
        PAPER = "paper", _("by letter, on paper")
        NONE = "none", _("does not wish to be contacted")

    name = models.CharField(max_length=160)
    email = models.EmailField(blank=True, db_index=True)
    language = models.CharField(max_length=2, default="fr")
    english_ground = models.CharField(max_length=40, blank=True, help_text="a lasting ground, as the person said it")
    english_since = models.DateField(null=True, help_text="the day when it was said")
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.RESIDENT)
    organisation = models.CharField(max_length=160, blank=True)
    reach = models.CharField(max_length=5, choices=Reach, default=Reach.EMAIL)
    address = models.ForeignKey(Address, null=True, blank=True, on_delete=models.SET_NULL, related_name="people")
    address_text = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False)
    sensitive = models.BooleanField(default=False, help_text="a reason is asked before it is opened: see `Sensitivity`")
    address_protected = models.BooleanField(default=False, help_text="as `sensitive`, of the mark of that kind")

    class Meta:
        indexes = [
            models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="person_merged")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def canonical(self) -> "Person":
        """The file that is kept up for this person: itself, unless it was merged into another."""
        return self.merged_into or self

    @property
    def writes_to(self) -> str:
        """The e-mail address to write to, empty when the person has none or asked not to be written to."""
        return self.email if self.reach == self.Reach.EMAIL else ""

    @property
    def wish(self) -> str:
        """How they asked to be reached, in words; empty when they have no e-mail and said nothing: they are called."""
        return str(self.get_reach_display()) if self.email or self.reach != self.Reach.EMAIL else ""

    @property
    def postal_address(self) -> str:
        """Where a letter on paper goes, empty when it is not known. Reads `address.street`."""
        return self.address.label if self.address else self.address_text


class Held(models.Model):
    """A row of one person's file. `came_from` is the file that it belonged to before a merge; null: this one."""

    came_from = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True


class PhoneNumber(Held):
    """One number of one person, in E.164. Several people may share a number."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="phones")
    number = models.CharField(max_length=20, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "number"], name="one_number_once")]


class Dated(Held):
    """What holds from a day to another; a day not known is null. `until` is the first day on which it holds no more."""

    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    def holds(self, on: date) -> bool:
        """Whether it holds on that day."""
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


class PersonAddress(Dated):
    """Where someone lives, what they own, where they trade: an address of the town, or any other in words."""

    class Role(models.TextChoices):
        RESIDENT = "resident", _("Lives there")
        OWNER = "owner", _("Owns it")
        MERCHANT = "merchant", _("Does business there")
        MAIL = "mail", _("Receives mail there")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="addresses")
    role = models.CharField(max_length=10, choices=Role, default=Role.RESIDENT)
    address = models.ForeignKey(Address, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    text = models.CharField(max_length=200, blank=True)

    @property
    def label(self) -> str:
        """The address in words. Reads `address.street`."""
        return self.address.label if self.address else self.text

    @property
    def key(self) -> tuple[int | None, str]:
        """What tells two places apart: the address of the town, else the words."""
        return (self.address_id, "") if self.address_id else (None, self.text.casefold())


class Organisation(models.Model):
    """A business, a developer, a condominium: whom people may speak for."""

    class Kind(models.TextChoices):
        BUSINESS = "business", _("Business")
        PROMOTER = "promoter", _("Developer or builder")
        CONDO = "condo", _("Syndicate of co-owners")
        ASSOCIATION = "association", _("Association or club")
        PUBLIC = "public", _("School or public body")
        OTHER = "other", pgettext_lazy("kind of organisation", "Other")

    name = models.CharField(max_length=160, db_index=True)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.BUSINESS)
    phone = models.CharField(max_length=20, blank=True, help_text="E.164")
    email = models.EmailField(blank=True)
    address = models.ForeignKey(Address, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    address_text = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> str:
        """Its address in words. Reads `address.street`."""
        return self.address.label if self.address else self.address_text


class Membership(Dated):
    """What someone is in an organisation, and since when."""

    class Role(models.TextChoices):
        HEAD = "head", _("Owner or head")
        DIRECTOR = "director", _("Director of the board")
        AGENT = "agent", _("Representative")
        EMPLOYEE = "employee", _("Employee")
        MEMBER = "member", pgettext_lazy("of an organisation", "Member")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.AGENT)

    @property
    def key(self) -> tuple[int, str]:
        """What tells two memberships apart."""
        return self.organisation_id, self.role


class Mandate(Dated):
    """Somebody who may act for this person, and the proof that was seen."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="mandates")
    name = models.CharField(max_length=160, help_text="who may act")
    proof = models.CharField(max_length=200, help_text="what was seen: proxy, mandate, judgment")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    @property
    def key(self) -> tuple[str, str]:
        """What tells two mandates apart."""
        return self.name.casefold(), self.proof.casefold()


class Merger(models.Model):
    """Two files found to be the same person's: who said so, when and why; and who separated them, if anyone did.

    `took` is {value: [what the kept file had, what it took]}: the first is put back when the files are separated,
    unless someone changed the value since.
    """

    canonical = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="mergers")
    absorbed = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="merged_by")
    took = models.JSONField(default=dict)
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    undone_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=models.Q(undone_at__isnull=True), name="merged_into_one_file"
            )
        ]


class Sensitivity(models.Model):
    """Why a file asks for a reason before it is opened, who said so, and who lifted it."""

    class Kind(models.TextChoices):
        MINOR = "minor", _("A minor")
        PROTECTED = "protected", _("A protected address")
        EMPLOYEE = "employee", _("An employee of the town")
        OTHER = "other", pgettext_lazy("kind of sensitive file", "Another reason")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sensitivities")
    kind = models.CharField(max_length=9, choices=Kind)
    why = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_why = models.CharField(max_length=300, blank=True)


class Asker(models.TextChoices):
    """Who asks for an information about someone."""

    PERSON = "person", _("The person themselves")
    MANDATE = "mandate", _("Someone acting for them")
    NEIGHBOUR = "neighbour", _("A neighbour or a relative")
    ANYONE = "anyone", _("Anyone else")


class Disclosure(models.Model):
    """One kind of information, and what may be said of it to whom: the town's own rule, from its files.

    `told` is {asker: how}. `subjects` are the slugs of the subjects in which it is asked; none: in any.
    """

    class How(models.TextChoices):
        FREE = "free", _("may be told")
        CHECK = "check", _("may be told after the check")
        PROOF = "proof", _("may be told after the check, with a proof")
        NEVER = "never", _("is not told")

    slug = models.SlugField(unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)
    title_fr = models.CharField(max_length=160)
    title_en = models.CharField(max_length=160, blank=True)
    subjects = models.JSONField(default=list)
    told = models.JSONField(default=dict)
    check_fr = models.TextField(blank=True)
    check_en = models.TextField(blank=True)
    proof_fr = models.TextField(blank=True)
    proof_en = models.TextField(blank=True)
    anyway_fr = models.TextField(blank=True, help_text="what may be said to anybody")
    anyway_en = models.TextField(blank=True)
    refusal_fr = models.TextField(help_text="to say aloud")
    refusal_en = models.TextField(blank=True)
    source = models.CharField(max_length=200, help_text="the law, by its articles")
    source_url = models.URLField(blank=True)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return localized(self, "title")

    @property
    def askers(self) -> list[tuple[str, "Disclosure.How"]]:
        """Each asker, in words, with how it may be told to them."""
        return [(str(Asker(value).label), self.how(value)) for value in Asker.values]

    def how(self, asker: str) -> "Disclosure.How":
        """How it may be told to that asker; never, when the rule does not say."""
        return self.How(self.told.get(asker, self.How.NEVER))
