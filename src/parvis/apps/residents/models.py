"""People, their contact details, addresses, organisations and mandates, and the rules of disclosure.

Rows of a file (`Held`) move when files are merged, and go back when they are separated.
"""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.catalogue.models import Audience
from parvis.apps.directory.models import User
from parvis.apps.places.models import Address
from parvis.lib.i18n.localized import localized
from parvis.lib.ids import new_secret


class Person(models.Model):
    """Someone who contacted the town; only a name is required.

    `merged_into` is the file that this one was merged into, if any. `address` and `organisation` denormalise the main
    rows of `PersonAddress` and the current ones of `Membership`.
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
        """The file maintained for this person: the one it was merged into, or itself."""
        return self.merged_into or self

    @property
    def writes_to(self) -> str:
        """The e-mail address to write to; "" when the person has none or prefers another way."""
        return self.email if self.reach == self.Reach.EMAIL else ""

    @property
    def wish(self) -> str:
        """The label of their contact preference; "" when they have no e-mail and stated none: they are phoned."""
        return str(self.get_reach_display()) if self.email or self.reach != self.Reach.EMAIL else ""

    @property
    def postal_address(self) -> str:
        """The address for paper letters; "" when unknown. Reads `address.street`."""
        return self.address.label if self.address else self.address_text


class Held(models.Model):
    """A row of one person's file. `came_from` is the file it belonged to before a merger, null for this one."""

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
    """A row valid from `since` to the day before `until`; null for an unknown day."""

    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    def holds(self, on: date) -> bool:
        """Whether it is valid on a day."""
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


class PersonAddress(Dated):
    """Where someone lives, owns or trades: an address of the town, or any other as text."""

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
        """The key for finding duplicates: the address of the town, else the text."""
        return (self.address_id, "") if self.address_id else (None, self.text.casefold())


class Organisation(models.Model):
    """A business, developer, condominium or other body that people may speak for."""

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
    """Someone's role in an organisation, and since when."""

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
        """The key for finding duplicates."""
        return self.organisation_id, self.role


class Mandate(Dated):
    """Someone who may act for this person, and the proof seen."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="mandates")
    name = models.CharField(max_length=160, help_text="who may act")
    proof = models.CharField(max_length=200, help_text="what was seen: proxy, mandate, judgment")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    @property
    def key(self) -> tuple[str, str]:
        """The key for finding duplicates."""
        return self.name.casefold(), self.proof.casefold()


class Merger(models.Model):
    """A merger of two files of the same person: by whom, when and why; and who undid it, if anyone.

    `took` is {name: [value the kept file had, value it took]}: the former is restored when the merger is undone, unless
    the value was changed since.
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
    """A flag that makes a file require a reason to open: why, by whom, and who lifted it."""

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
    """Who asks for information about someone."""

    PERSON = "person", _("The person themselves")
    MANDATE = "mandate", _("Someone acting for them")
    NEIGHBOUR = "neighbour", _("A neighbour or a relative")
    ANYONE = "anyone", _("Anyone else")


class Disclosure(models.Model):
    """The town's rule for one kind of information: to whom it may be disclosed, and how. Loaded from its files.

    `told` is {asker: how}. `subjects` are the slugs of the subjects it applies to; none: any.
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
        """Each asker's label, with how it may be disclosed to them."""
        return [(str(Asker(value).label), self.how(value)) for value in Asker.values]

    def how(self, asker: str) -> "Disclosure.How":
        """How it may be disclosed to an asker; NEVER when the rule does not say."""
        return self.How(self.told.get(asker, self.How.NEVER))


class Account(models.Model):
    """A resident who signs in to the public site by a code sent by e-mail: no password, no row among the staff.

    `epoch` is the number that its sessions carry: adding one signs them all out.
    """

    language = models.CharField(max_length=2, default="fr")
    epoch = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="when it signed in last")


class AccountEmail(models.Model):
    """An e-mail address that an account proved to read. It belongs to one account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="emails")
    email = models.EmailField()
    proved_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["email"], name="account_email_once")]


class ProofCode(models.Model):
    """A six-digit code sent to an address or a number, to prove that whoever types it reads what is sent there.

    The code itself is not stored: `services.accounts.code_of` derives it from `uid` and the secret key.
    """

    class Use(models.TextChoices):
        SIGN_IN = "sign_in"
        ADD_EMAIL = "add_email"
        PHONE = "phone"

    uid = models.CharField(max_length=32, default=new_secret)
    use = models.CharField(max_length=10, choices=Use)
    target = models.CharField(max_length=254, help_text="the e-mail address, or the number in E.164")
    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="codes")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0, help_text="how many wrong codes were typed")
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["uid"], name="proof_code_once")]
        indexes = [models.Index(fields=["expires_at"], name="proof_code_expiry")]
