"""Work the town owes: cases and their append-only journal."""

from typing import Any

from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases import batch_models, view_models  # noqa: F401 - their tables are of this app
from parvis.apps.cases.incident_models import Telling
from parvis.apps.cases.kinds import ADDED
from parvis.apps.cases.location_text import place_words
from parvis.apps.catalogue.models import Audience, Channel, Nature, Subject
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import Department, User
from parvis.apps.files.models import Attachment
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Person
from parvis.lib.ids import new_code, new_secret
from parvis.lib.localized import localized

PROGRAM = "program"  # in the data of an entry: the name of the program that wrote it


class State(models.TextChoices):
    """Where a case stands; the moves between them are in `states`."""

    NEW = "new", _("To take")
    WORKING = "working", _("In progress")
    ASKED = "asked", _("Waiting for the citizen")
    WAITING = "waiting", _("Waiting for a third party")
    CLOSED = "closed", _("Closed")


class ClosingReason(models.TextChoices):
    """Why a case ends. `DONE` alone says that the work was done."""

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
        """The label, as it reads after a colon."""
        return str(self.label)[:1].lower() + str(self.label)[1:]


class Case(models.Model):
    """One piece of work: what was asked, and where it stands.

    Both are covered by the journal (`Entry`): what was asked by the first entry, where it stands by all of them.
    """

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
    external_body = models.ForeignKey(  # whose it really is
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
    merged_into = models.ForeignKey(  # the request it is handled with
        "self", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False
    )
    merged_count = models.PositiveIntegerField(default=0, help_text="how many requests are merged into it")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    seq = models.PositiveIntegerField(default=0, help_text="number of the last entry")
    head = models.CharField(max_length=64, blank=True, help_text="hash of the last entry")

    class Meta:
        # As constraints, and not `unique=True`: PostgreSQL would get a second index of each, for LIKE 'abc%'.
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="case_reference_once"),
            models.UniqueConstraint(fields=["key"], name="case_key_once"),
            models.UniqueConstraint(fields=["secret"], name="case_secret_once"),
        ]
        # Each index is written with every case: none is kept for what is only asked by the journal, or once in a while.
        indexes = [
            # The views of a queue: each is counted in an index alone, the rarer ones in one of their own. SQLite asks
            # for the columns of its condition too.
            models.Index(
                fields=["department", "due_at", "id", "state", "nature"],
                condition=~models.Q(state="closed"),
                name="case_open_queue",
            ),
            models.Index(
                fields=["department", "due_at", "id", "state", "nature", "owner"],
                condition=~models.Q(state="closed") & models.Q(owner=None),
                name="case_to_take",
            ),
            models.Index(
                fields=["department", "due_at", "id", "state", "nature"],
                condition=models.Q(state__in=("asked", "waiting")),
                name="case_paused",
            ),
            models.Index(
                fields=["department", "due_at", "id", "state", "nature", "level"],
                condition=~models.Q(state="closed") & models.Q(level__gt=0),
                name="case_reopened",
            ),
            models.Index(
                fields=["department", "-id", "state", "nature"],
                condition=~models.Q(state="closed") & models.Q(nature="comment"),
                name="case_open_comments",
            ),
            models.Index(
                fields=["owner", "due_at", "id", "department", "state", "nature"],
                condition=~models.Q(state="closed"),
                name="case_my_queue",
            ),
            # What is open in the whole town, by promise.
            models.Index(fields=["due_at", "id"], condition=~models.Q(state="closed"), name="case_open_due"),
            models.Index(fields=["person", "-opened_at"], name="case_of_person"),
            models.Index(
                fields=["subject", "-closed_at"], condition=models.Q(state="closed"), name="case_past_of_kind"
            ),
            models.Index(fields=["subject", "-id"], condition=~models.Q(state="closed"), name="case_open_of_kind"),
            models.Index(fields=["opened_at"], condition=models.Q(nature="comment"), name="case_comments"),
            models.Index(fields=["next_reminder_at"], condition=~models.Q(state="closed"), name="case_bell"),
            models.Index(
                fields=["-id"], condition=~models.Q(state="closed") & models.Q(hand_offs__gte=2), name="case_passed_on"
            ),
            # With the state, the open cases of a street are found in the index alone.
            models.Index(fields=["address", "-id", "state"], condition=models.Q(address__isnull=False), name="case_at"),
            models.Index(
                fields=["latitude", "longitude"],
                condition=~models.Q(state="closed") & models.Q(latitude__isnull=False),
                name="case_open_point",
            ),
            models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="case_merged"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def shown_title(self) -> str:
        """The title someone gave, or the subject's. Reads `subject`."""
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
        """Whether the clock of the promise stands still, for the citizen or for a third party."""
        return bool(self.pauses) and self.pauses[-1][1] is None

    @property
    def full_place(self) -> str:
        """The place in words, for its citizen and whoever may see it (`residents.access`). Reads `address.street`."""
        return self.address.label if self.address else place_words(self.near_metres, self.place_text)

    @property
    def place_protected(self) -> bool:
        """Whether the place would tell the address of someone whom it protects. Reads `person`."""
        return self.person is not None and self.person.address_protected

    @property
    def place(self) -> str:
        """The place as any list may say it: that it is protected, or in full. Reads `person`, `address.street`."""
        place = self.full_place
        return gettext("protected address") if place and self.place_protected else place

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude of the very point that someone showed."""
        return None if self.latitude is None or self.longitude is None else (self.latitude, self.longitude)


class Entry(models.Model):
    """One line of a case's journal: never changed, never removed; only its words may be erased, by law.

    `hash` covers the metadata, the previous hash and `body_hash`, itself a salted hash of the words: erasing the words
    and their salt leaves the chain whole. `by` tells who wrote it; `by_citizen` that its words are the citizen's, also
    those that an `actor` of the staff wrote down.
    """

    class Kind(models.TextChoices):
        """The kinds of `cases` itself; an app above registers its own (`journal.register_kind`)."""

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
        UNTOLD = "untold", _("Nobody could be told")
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

    class NotifiedVia(models.TextChoices):
        """How the citizen hears of this entry."""

        EMAIL = "email", _("by e-mail")
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
        """The kind in words; the bare name of one whose app is gone."""
        if self.kind in self.Kind.values:
            return str(self.Kind(self.kind).label)
        return str(ADDED[self.kind].label) if self.kind in ADDED else self.kind

    @property
    def by(self) -> Actor:
        """Who wrote it. Reads `actor`."""
        if self.actor:
            return Actor.staff(self.actor)
        if program := self.data.get(PROGRAM):
            return Actor.program(program)
        return Actor.citizen() if self.by_citizen else Actor.system()

    def gives(self, name: str) -> Any:
        """The value that it gives `name`, or shows of the request that its own is merged into; None for neither."""
        return self.data.get("set", {}).get(name) or self.data.get("shown", {}).get(name)


class EntryFile(models.Model):
    """A file that came with an entry."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="files")
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+")


class CaseLink(models.Model):
    """Two requests that have to do with each other, each handled on its own: `one` is the older."""

    one = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["one", "other"], name="linked_once")]


class PaperLetter(models.Model):
    """The letter on paper by which a citizen hears of an entry, or a follower of an update of their incident: its words
    are those of what it tells, written when it is printed.

    `instead_of` is why the e-mail that it replaces was refused; empty when paper is what the person wished.
    """

    entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="paper")
    telling = models.OneToOneField(Telling, null=True, on_delete=models.PROTECT, related_name="paper")
    name = models.CharField(max_length=160)
    address = models.CharField(max_length=300)
    instead_of = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    posted_at = models.DateTimeField(null=True)
    posted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    @property
    def case(self) -> Case | None:
        """The request that it is about; None when it tells an incident that someone follows without one."""
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
    """What the citizen thinks of one closing of their case: whether it is solved, how they were served, 1 to 5."""

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

    class Meta:
        indexes = [models.Index(fields=["-given_at", "-id"], name="opinion_latest")]
        constraints = [
            models.CheckConstraint(condition=models.Q(mark__gte=1, mark__lte=5), name="opinion_mark_of_five")
        ]


class CaseNumber(models.Model):
    """The last number given in a year (SQLite; PostgreSQL uses a sequence, so that nobody waits)."""

    year = models.PositiveSmallIntegerField(unique=True)
    last = models.PositiveIntegerField(default=0)


class Checkpoint(models.Model):
    """A signed head of all chains, up to a moment; a copy is written outside the database.

    `digest` follows from the digest before it and from the entries since: all heads are checked in one reading.
    """

    until = models.DateTimeField(unique=True)
    entries = models.PositiveBigIntegerField(help_text="how many since the head before")
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
