"""The catalogue of subjects, with their questions, example questions and routing rules."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.directory.models import Department, User
from parvis.lib.i18n.localized import localized


class Nature(models.TextChoices):
    """The four kinds of contact, as Montréal's open data dictionary defines them (NATURE)."""

    INFORMATION = "information", _("Information")
    REQUEST = "request", _("Request")
    COMMENT = "comment", _("Comment")
    COMPLAINT = "complaint", _("Complaint")


class Audience(models.TextChoices):
    """The kinds of people the town serves."""

    RESIDENT = "resident", _("Resident")
    OWNER = "owner", _("Owner")
    MERCHANT = "merchant", _("Merchant")
    PROMOTER = "promoter", _("Developer")


class Channel(models.TextChoices):
    """The channel of a contact or a message."""

    PHONE = "phone", _("Phone")
    COUNTER = "counter", _("Counter")
    EMAIL = "email", _("E-mail")
    WEB = "web", _("Web")
    MOBILE = "mobile", _("Mobile application")
    SOCIAL = "social", _("Social media")
    OPEN311 = "open311", _("Open311")
    LETTER = "letter", _("Letter")
    TEXT = "text", _("Text message")


class Group(models.Model):
    """A family of subjects."""

    slug = models.SlugField(unique=True)
    title_fr = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return localized(self, "title")


class Subject(models.Model):
    """A subject that can be answered at once, routed to a department, or both."""

    class Place(models.TextChoices):
        REQUIRED = "required"
        OPTIONAL = "optional"
        NONE = "none"

    class Proof(models.TextChoices):
        NONE = "none", _("none")
        WORDS = "words", _("in words")
        PHOTO = "photo", _("a photo, or a work order number")

    class Computed(models.TextChoices):
        """What is computed for an address: field names of `schedules.queries.address.AtAddress`."""

        PICKUPS = "pickups"
        TONIGHT = "tonight"
        WORKS = "works"
        DEPARTURES = "departures"

    slug = models.SlugField(unique=True)
    title_fr = models.CharField(max_length=160)
    title_en = models.CharField(max_length=160)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="subjects")
    icon = models.CharField(max_length=40, blank=True)
    answerable = models.BooleanField(default=False)
    routable = models.BooleanField(default=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="subjects")
    nature = models.CharField(max_length=12, choices=Nature, default=Nature.REQUEST)
    place = models.CharField(max_length=10, choices=Place, default=Place.OPTIONAL)
    urgent = models.BooleanField(default=False)
    public = models.BooleanField(default=False, help_text="its requests are on the public map: a public place only")
    ack = models.CharField(
        max_length=8, default="1d", help_text="time to acknowledge: 1d, 4h, 2H; see catalogue.promises"
    )
    target = models.CharField(max_length=8, default="5d", help_text="time to settle, same units")
    wait = models.CharField(
        max_length=8, blank=True, help_text="how long it may stand still in all, in days; empty: as the town says"
    )
    proof = models.CharField(max_length=8, choices=Proof, default=Proof.NONE)
    level_up = models.ForeignKey(Department, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    external_body = models.ForeignKey(Department, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    computed = models.JSONField(default=list, help_text="what its answer gives for an address: values of Computed")
    restricted_to = models.JSONField(
        default=list, help_text="[{department, role}]: the only posts that open its requests; none: no restriction"
    )
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return localized(self, "title")


class Question(models.Model):
    """A question to ask before opening a case of the subject."""

    class Kind(models.TextChoices):
        TEXT = "text"
        LONG = "long"
        CHOICE = "choice"
        NUMBER = "number"
        YESNO = "yesno"
        DATE = "date"

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="questions")
    key = models.SlugField()
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.TEXT)
    label_fr = models.CharField(max_length=200)
    label_en = models.CharField(max_length=200)
    hint_fr = models.CharField(max_length=200, blank=True)
    hint_en = models.CharField(max_length=200, blank=True)
    required = models.BooleanField(default=False)
    choices = models.JSONField(default=list, help_text="[{value, fr, en}]")  # and "aliases" when some
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["subject", "key"], name="one_question_once")]

    @property
    def label(self) -> str:
        return localized(self, "label")

    @property
    def hint(self) -> str:
        return localized(self, "hint")


class ExampleQuestion(models.Model):
    """A way people ask about a subject, from which the answer engine learns."""

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="variants")
    language = models.CharField(max_length=2)
    text = models.CharField(max_length=400)
    from_town_file = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "language", "text"], name="one_variant_once")]


class RoutingRule(models.Model):
    """Overrides the department of a subject's cases. The first matching published rule wins.

    Rules made in the product come before those of the town's files.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", pgettext_lazy("rule", "published")

    state = models.CharField(max_length=9, choices=State, default=State.PUBLISHED)
    from_town_file = models.BooleanField(default=True)
    bounces = models.PositiveIntegerField(default=0, help_text="how many hand-offs proposed it")
    tried = models.CharField(max_length=64, blank=True, help_text="hash of what it did when it was last tried")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120, unique=True)
    subjects = models.JSONField(default=list)
    sectors = models.JSONField(default=list)
    streets = models.JSONField(default=list)
    street_owners = models.JSONField(default=list)
    words = models.JSONField(default=list)
    audiences = models.JSONField(default=list)
    natures = models.JSONField(default=list)
    to = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    urgent = models.BooleanField(default=False)
    why_fr = models.CharField(max_length=300)
    why_en = models.CharField(max_length=300)

    class Meta:
        ordering = ["from_town_file", "position", "pk"]
