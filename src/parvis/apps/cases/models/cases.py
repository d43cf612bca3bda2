"""Cases and their append-only journal."""

from typing import Any

from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.models import batches as batch_models  # noqa: F401 - registers their tables with this app
from parvis.apps.cases.models.incidents import FollowerNotification
from parvis.apps.cases.models.location_text import place_words
from parvis.apps.cases.rules.kinds import ADDED
from parvis.apps.catalogue.models import Audience, Channel, Nature, SiteCode, Subject
from parvis.apps.directory.models import Actor, Department, User
from parvis.apps.files.models import Attachment
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Person
from parvis.lib.i18n.localized import localized
from parvis.lib.ids import new_code, new_secret
from parvis.lib.row_seals import seal

_IS_OPEN = ~models.Q(state="closed")
_QUEUE = ["department", "due_at", "id", "state", "nature"]
PROGRAM = "program"  # key of `Entry.data`: the name of the program that wrote the entry


class State(models.TextChoices):
    """The state of a case; `states` defines the transitions."""

    NEW = "new", _("To take")
    WORKING = "working", _("In progress")
    ASKED = "asked", _("Waiting for the citizen")
    WAITING = "waiting", _("Waiting for a third party")
    CLOSED = "closed", _("Closed")


class ClosingReason(models.TextChoices):
    """Why a case was closed. Only `DONE` means that the work was done."""

    DONE = "done", _("Done")
    ANSWERED = "answered", _("Answered")
    PLANNED = "planned", _("Planned work, date given")
    REFUSED = "refused", _("Refused, with the reason")
    NOT_OURS = "not_ours", _("Not the town's: the right door was given")
    NOT_FOUND = "not_found", _("Nothing found on site")
    NO_REPLY = "no_reply", _("No reply from the citizen")
    WITHDRAWN = "withdrawn", _("Withdrawn by the citizen")
    PASSED = "passed", _("Comment passed on")
    EARLIER = "earlier", _("Closed in the earlier system, outcome not recorded")
    MERGED = "merged", _("Handled with another request")

    @property
    def in_sentence(self) -> str:
        """The label in lower case, to follow a colon."""
        return str(self.label)[:1].lower() + str(self.label)[1:]


class Case(models.Model):
    """One citizen request: what was asked (hashed in the first `Entry`) and its current state (the sum of them all)."""

    reference = models.CharField(max_length=16)
    key = models.CharField(max_length=64, help_text="idempotency: the submission that made it")
    secret = models.CharField(max_length=32, default=new_secret, help_text="128 bits, in the citizen's link")
    code = models.CharField(max_length=10, default=new_code, help_text="dictated with the reference")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="cases", db_index=False)
    nature = models.CharField(max_length=12, choices=Nature)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.RESIDENT)
    channel = models.CharField(max_length=8, choices=Channel)
    language = models.CharField(max_length=2, default="fr")
    english_ground = models.CharField(max_length=40, null=True, help_text="why English, where the town's rule asks")
    title = models.CharField(max_length=200)
    words = models.TextField(blank=True)
    details = models.JSONField(default=list, help_text="[{key, label_fr, label_en, value, shown_fr, shown_en}]")
    address = models.ForeignKey(
        Address, null=True, blank=True, on_delete=models.PROTECT, related_name="cases", db_index=False
    )
    place_text = models.CharField(max_length=200, blank=True)
    near_metres = models.PositiveSmallIntegerField(
        null=True, help_text="how far the point is from the address that `place_text` then names"
    )
    latitude = models.FloatField(null=True, help_text="the very point, WGS 84, when someone showed it")
    longitude = models.FloatField(null=True)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="cases", db_index=False
    )
    on_behalf_of = models.CharField(max_length=160, blank=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="cases", db_index=False)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="cases", db_index=False
    )
    external_body = models.ForeignKey(  # who is really responsible
        Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    why_here_fr = models.CharField(max_length=300, blank=True)
    why_here_en = models.CharField(max_length=300, blank=True)
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.NEW)
    promise = models.CharField(max_length=8, blank=True, help_text="the duration promised; empty: no promise (comment)")
    due_at = models.DateTimeField(null=True)
    promised_at = models.DateTimeField(null=True, help_text="since when the promise counts; null: the opening")
    ack_due_at = models.DateTimeField(null=True, help_text="by when someone takes charge")
    acknowledged_at = models.DateTimeField(null=True, help_text="since when someone did")
    next_reminder_at = models.DateTimeField(null=True, help_text="when a clock says something next")
    reminders_sent = models.PositiveSmallIntegerField(
        default=0, help_text="how many of catalogue.clocks.reminder_times have passed"
    )
    pauses = models.JSONField(default=list, help_text="[[from, to or null]] in ISO 8601")
    level = models.PositiveSmallIntegerField(default=0, help_text="how many times it went one level up")
    hand_offs = models.PositiveSmallIntegerField(default=0)
    closing_reason = models.CharField(max_length=10, choices=ClosingReason, blank=True)
    visit_on = models.DateField(null=True, help_text="the day someone comes to the place, when it is known")
    notification_failed_at = models.DateTimeField(
        null=True, help_text="since when the citizen could not be told of a step"
    )
    names_hidden_at = models.DateTimeField(null=True, help_text="since when the citizen reads no name of the staff")
    quiet_at = models.DateTimeField(null=True, help_text="since when its citizen wishes to hear no more of it")
    carried_over_at = models.DateTimeField(
        null=True, help_text="brought as it was open in an earlier system: no promise, not public, not counted"
    )
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False)
    merged_count = models.PositiveIntegerField(default=0, help_text="how many requests are merged into it")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    seq = models.PositiveIntegerField(default=0, help_text="number of the last entry")
    head = models.CharField(max_length=64, blank=True, help_text="hash of the last entry")

    class Meta:
        # Constraints rather than `unique=True`, which adds a second index on PostgreSQL for LIKE 'abc%'.
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="case_reference_once"),
            models.UniqueConstraint(fields=["key"], name="case_key_once"),
            models.UniqueConstraint(fields=["secret"], name="case_secret_once"),
        ]
        # Every index slows down writes: there is none for rare queries, or for those that the journal answers.
        indexes = [
            # Queue views are counted by index-only scans, the rarer ones in their own index. On SQLite this requires
            # the columns of the condition too.
            models.Index(fields=_QUEUE, condition=_IS_OPEN, name="case_open_queue"),
            models.Index(fields=[*_QUEUE, "owner"], condition=_IS_OPEN & models.Q(owner=None), name="case_to_take"),
            models.Index(fields=_QUEUE, condition=models.Q(state__in=("asked", "waiting")), name="case_paused"),
            models.Index(fields=[*_QUEUE, "level"], condition=_IS_OPEN & models.Q(level__gt=0), name="case_reopened"),
            models.Index(
                fields=["department", "-id", "state", "nature"],
                condition=_IS_OPEN & models.Q(nature="comment"),
                name="case_open_comments",
            ),
            models.Index(
                fields=["owner", "due_at", "id", "department", "state", "nature"],
                condition=_IS_OPEN,
                name="case_my_queue",
            ),
            # All open cases of the town, by due date.
            models.Index(fields=["due_at", "id"], condition=_IS_OPEN, name="case_open_due"),
            models.Index(fields=["person", "-opened_at"], name="case_of_person"),
            models.Index(
                fields=["subject", "-closed_at"], condition=models.Q(state="closed"), name="case_past_of_kind"
            ),
            models.Index(fields=["subject", "-id"], condition=_IS_OPEN, name="case_open_of_kind"),
            models.Index(fields=["opened_at"], condition=models.Q(nature="comment"), name="case_comments"),
            # Ninety days of the past for the public, as Open311 asks. Cases come in this order: it grows at one end.
            models.Index(fields=["opened_at", "subject"], name="case_opened"),
            # The cases by their changes, for feeds and for the programs that copy them: it is written at its end.
            models.Index(fields=["changed_at", "id"], name="case_changed"),
            models.Index(fields=["next_reminder_at"], condition=_IS_OPEN, name="case_bell"),
            models.Index(fields=["-id"], condition=_IS_OPEN & models.Q(hand_offs__gte=2), name="case_passed_on"),
            # Including the state allows an index-only scan for the open cases of a street.
            models.Index(fields=["address", "-id", "state"], condition=models.Q(address__isnull=False), name="case_at"),
            models.Index(
                fields=["latitude", "longitude"],
                condition=_IS_OPEN & models.Q(latitude__isnull=False),
                name="case_open_point",
            ),
            models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="case_merged"),
        ]

    restricted = False
    """Set on the instance shown to those who may not open the case (`cases.queries.access.sealed`)."""
    last_kind, last_by_citizen, last_actor = "", False, None
    """Of the last entry, in the lists of `cases.queries` that read it: its kind, whose words, the id of its author."""

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def shown_title(self) -> str:
        """The title given by the staff, else the subject's. Reads `subject`."""
        return self.title or self.subject.title

    @property
    def why_here(self) -> str:
        return localized(self, "why_here")

    @property
    def is_comment(self) -> bool:
        return self.nature == Nature.COMMENT

    @property
    def is_open(self) -> bool:
        return self.state != State.CLOSED

    @property
    def is_paused(self) -> bool:
        """Whether the promise's clock is paused, waiting for the citizen or a third party."""
        return bool(self.pauses) and self.pauses[-1][1] is None

    @property
    def full_place(self) -> str:
        """The place, for the citizen and staff who may see it (`residents.queries.access`). Reads `address.street`."""
        return self.address.label if self.address else place_words(self.near_metres, self.place_text)

    @property
    def place_protected(self) -> bool:
        """Whether the place would reveal a protected address. Reads `person`."""
        return self.person is not None and self.person.address_protected

    @property
    def place(self) -> str:
        """The place for display in any list, masked when protected. Reads `person`, `address.street`."""
        place = self.full_place
        return gettext("protected address") if place and self.place_protected else place

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude of the point picked on the map."""
        return None if self.latitude is None or self.longitude is None else (self.latitude, self.longitude)


class Entry(models.Model):
    """One immutable entry of a case's journal; only its words may be erased, by law.

    `hash` covers the metadata, the previous hash and `body_hash`, itself a salted hash of the words: erasing the words
    and their salt leaves the chain valid. `by` is the author; `by_citizen` means that the words are the citizen's, even
    when a staff `actor` wrote them down.
    """

    class Kind(models.TextChoices):
        """The kinds defined by `cases`; apps above register their own (`journal.register_kind`)."""

        OPENED = "opened", _("Opened")
        TAKEN = "taken", _("Taken")
        ASSIGNED = "assigned", _("Assigned")
        ASKED = "asked", _("Question to the citizen")
        REPLIED = "replied", _("Reply from the citizen")
        ANSWERED = "answered", _("Answer to the citizen")
        NOTED = "noted", _("Internal note")
        PASSED = "passed", _("Passed on")
        WAITING = "waiting", _("Waiting for a third party")
        RESUMED = "resumed", _("Resumed")
        PROMISED = "promised", _("New date given")
        CLOSED = "closed", _("Closed")
        REOPENED = "reopened", _("Reopened")
        HANDED = "handed", _("Warm transfer")
        CALLED = "called", _("Citizen called")
        THANKED = "thanked", _("Comment thanked")
        ERASED = "erased", _("Words erased")
        VISIT = "visit", _("Visit planned")
        UNNOTIFIED = "untold", _("Nobody could be told")
        RECOUNTED = "recounted", _("Date counted again")
        JOINED = "joined", pgettext_lazy("entry", "Joined to an incident")
        LEFT = "left", _("No longer joined to an incident")
        INFORMED = "informed", _("News of the incident")
        ALERTED = "alerted", _("Alert")
        LIFTED = "lifted", _("Alert lifted")
        MERGED = "merged", _("Merged into another request")
        UNMERGED = "unmerged", _("On its own again")
        GATHERED = "gathered", _("Another request merged into it")
        PARTED = "parted", _("A request is on its own again")
        ECHOED = "echoed", _("Word from someone whose request is merged into it")
        QUIETED = "quieted", _("Wishes to hear no more of it")
        LINKED = "linked", _("Linked to another request")
        UNLINKED = "unlinked", _("No longer linked to another request")
        REFILED = "refiled", _("Put back in the file of another person")
        UNDONE = "undone", pgettext_lazy("entry", "Taken back")
        PUBLISHED = "published", _("Shown to the public")
        WITHHELD = "withheld", _("Hidden from the public")
        CORRECTED = "corrected", _("Corrected by the citizen")
        CHOSE = "chose", _("Chose how to be told")

    class NotifiedVia(models.TextChoices):
        """How the citizen is notified of this entry: the first means, when they chose several (`citizens.means`)."""

        EMAIL = "email", _("by e-mail")
        TEXT = "text", _("by text message")
        PUSH = "push", _("by a notice on a device")
        PHONE = "phone", _("by phone")
        POST = "post", _("by post")
        NOBODY = "", _("not told")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="entries", db_index=False)
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(null=True, help_text="when it was written, for what happened before: an import")
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    by_citizen = models.BooleanField(default=False)
    notified_via = models.CharField(max_length=5, choices=NotifiedVia, blank=True)
    data = models.JSONField(default=dict, help_text="what changed, without personal words")
    body = models.TextField(blank=True)
    proof = models.TextField(blank=True, help_text="what proves the closing, in words; erased with the body")
    salt = models.CharField(max_length=32, blank=True)
    body_hash = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["case_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="one_chain_per_case")]

    @property
    def kind_label(self) -> str:
        return self.label_of(self.kind)

    @classmethod
    def label_of(cls, kind: str) -> str:
        """The label of a kind; its bare name when its app is no longer installed."""
        try:
            return str(cls.Kind(kind).label)
        except ValueError:
            return str(ADDED[kind].label) if kind in ADDED else kind

    @property
    def by(self) -> Actor:
        """The author. Reads `actor`."""
        if self.actor:
            return Actor.staff(self.actor)
        if program := self.data.get(PROGRAM):
            return Actor.program(program)
        return Actor.citizen() if self.by_citizen else Actor.system()

    def gives(self, name: str) -> Any:
        """The value this entry sets for `name`, or shows from the case its own is merged into; else None."""
        return self.data.get("set", {}).get(name) or self.data.get("shown", {}).get(name)


class EntryFile(models.Model):
    """A file attached to an entry."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="files")
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+")


class CaseLink(models.Model):
    """Two related cases, each handled separately; `one` is the older."""

    one = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["one", "other"], name="linked_once")]


class CaseSite(models.Model):
    """The code from which a request was sent: what bears it, and the number painted on it, as they are today."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="site")
    site_code = models.ForeignKey(SiteCode, on_delete=models.PROTECT, related_name="cases")


class PaperLetter(models.Model):
    """A paper letter about an entry (to its citizen) or an incident update (to a follower), rendered when printed.

    `instead_of` is why the e-mail that it replaces was refused; empty when the person prefers paper.
    """

    entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="paper")
    telling = models.OneToOneField(FollowerNotification, null=True, on_delete=models.PROTECT, related_name="paper")
    name = models.CharField(max_length=160)
    address = models.CharField(max_length=300)
    instead_of = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    posted_at = models.DateTimeField(null=True)
    posted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    @property
    def case(self) -> Case | None:
        """The case it is about; None for an incident followed without one."""
        return self.entry.case if self.entry else None

    class Meta:
        indexes = [
            models.Index(fields=["asked_at", "id"], condition=models.Q(posted_at__isnull=True), name="letter_to_print"),
            models.Index(fields=["-posted_at", "-id"], name="letter_posted"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(entry__isnull=False) ^ models.Q(telling__isnull=False), name="letter_tells_one_thing"
            )
        ]


class Opinion(models.Model):
    """The citizen's feedback on one closing of their case: whether it is solved, and a mark from 1 to 5."""

    SATISFIED = 4
    BAD = 2

    closing = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="opinion")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="opinions")
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="+", help_text="the one that had closed it"
    )
    solved = models.BooleanField()
    mark = models.PositiveSmallIntegerField(help_text="1 (very badly served) to 5 (very well)")
    words = models.TextField(blank=True)
    language = models.CharField(max_length=2)
    given_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    reopening = models.OneToOneField(
        Entry, null=True, on_delete=models.PROTECT, related_name="bad_opinion", help_text="the entry it made, if bad"
    )
    seal = models.CharField(max_length=64, blank=True, help_text="`sealed` when it was last written")

    class Meta:
        indexes = [models.Index(fields=["-given_at", "-id"], name="opinion_latest")]
        constraints = [
            models.CheckConstraint(condition=models.Q(mark__gte=1, mark__lte=5), name="opinion_mark_of_five")
        ]

    def sealed(self) -> str:
        """The keyed hash of all that it says, which its `seal` is to be (`parvis verify-journal`)."""
        answers = (self.solved, self.mark, self.words, self.language)
        moments = (self.given_at, self.changed_at)
        return seal("opinion", self.closing_id, self.case_id, self.department_id, *answers, *moments, self.reopening_id)


class CaseNumber(models.Model):
    """The last case number of a year, on SQLite; PostgreSQL uses a sequence, which needs no row lock."""

    year = models.PositiveSmallIntegerField(unique=True)
    last = models.PositiveIntegerField(default=0)


class Checkpoint(models.Model):
    """A signed digest of what is only ever added to, up to a moment, with a copy outside the database.

    `digest` covers the previous digest and the journals' entries since: all checkpoints are verified in one pass.
    `logs` has, for each log of `services.signed_logs`, {total, digest} since the beginning; those signed by a former
    version lack the logs that it did not cover, and it is empty in those signed before any was counted.
    """

    number = models.PositiveIntegerField(unique=True, help_text="from 1, without a gap")
    until = models.DateTimeField(unique=True)
    entries = models.PositiveBigIntegerField(help_text="how many since the head before")
    digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True, help_text="the digest of the head before")
    logs = models.JSONField(default=dict)
    signature = models.CharField(max_length=128)
