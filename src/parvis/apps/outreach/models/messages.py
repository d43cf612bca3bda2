"""Messages, the words of each channel and language, who approved them, and what was done."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.cases.models import Incident
from parvis.apps.catalogue.models import Subject
from parvis.apps.content.models import Notice
from parvis.apps.directory.models import User
from parvis.apps.outbox.models import Broadcast, BroadcastEntry
from parvis.apps.outreach.rules import content
from parvis.apps.places.models import Sector, Street
from parvis.apps.schedules.models import Declaration, RoadNotice


class Message(Broadcast):
    """Something the town tells the public, or an audience alone, in one or more channels, until `expires_at`.

    `revision` grows with each change of its words or settings: a save based on an earlier one is refused. `key` is the
    idempotency key of what created it. `incident`, `road_notice` or `declaration`: what it was composed from.
    """

    class Kind(models.TextChoices):
        NEWS = content.Kind.NEWS, pgettext_lazy("message", "News")
        NOTICE = content.Kind.NOTICE, pgettext_lazy("message", "Notice")
        PARKING = content.Kind.PARKING, pgettext_lazy("message", "Parking and snow")
        WORKS = content.Kind.WORKS, pgettext_lazy("message", "Works")
        WATER = content.Kind.WATER, pgettext_lazy("message", "Water")
        SAFETY = content.Kind.SAFETY, pgettext_lazy("message", "Health or safety")

    class Urgency(models.TextChoices):
        NORMAL = content.Urgency.NORMAL, pgettext_lazy("urgency", "Normal")
        URGENT = content.Urgency.URGENT, pgettext_lazy("urgency", "Urgent")
        EMERGENCY = content.Urgency.EMERGENCY, pgettext_lazy("urgency", "Emergency")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("message", "Draft")
        IN_REVIEW = "in_review", pgettext_lazy("message", "To approve")
        SCHEDULED = "scheduled", pgettext_lazy("message", "Scheduled")
        SENDING = "sending", pgettext_lazy("message", "Going out")
        LIVE = "live", pgettext_lazy("message", "Live")
        ENDED = "ended", pgettext_lazy("message", "Ended")
        WITHDRAWN = "withdrawn", pgettext_lazy("message", "Withdrawn")
        HELD = "held", pgettext_lazy("message", "Held: to decide")

    SCHEDULED_STATE, HELD_STATE, HELD_ENTRY = State.SCHEDULED, State.HELD, "held"

    key = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.NEWS)
    urgency = models.CharField(max_length=9, choices=Urgency, default=Urgency.NORMAL)
    drill = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    channels = models.JSONField(default=list)
    audience = models.CharField(
        max_length=40, blank=True, help_text="who alone receives it: rules.audiences; nothing: the public"
    )
    subject = models.ForeignKey(Subject, null=True, on_delete=models.SET_NULL, related_name="+")
    sectors = models.ManyToManyField(Sector, related_name="+")
    streets = models.ManyToManyField(Street, related_name="+")
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="messages")
    road_notice = models.ForeignKey(RoadNotice, null=True, on_delete=models.SET_NULL, related_name="+")
    declaration = models.ForeignKey(Declaration, null=True, on_delete=models.SET_NULL, related_name="+")
    notice = models.ForeignKey(
        Notice, null=True, on_delete=models.PROTECT, related_name="+", help_text="what the agents say"
    )
    english_reason = models.CharField(max_length=40, blank=True, help_text="a ground of the town, SAFETY, or nothing")
    expires_at = models.DateTimeField(null=True)
    live_until = models.DateTimeField(null=True, help_text="the expiry that was published: a draft may hold another")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    live_at = models.DateTimeField(null=True, help_text="when no channel was waiting any more")
    ended_at = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True, help_text="when what a channel did not remove was removed by hand")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="message_key_once")]
        indexes = [
            models.Index(fields=["state", "starts_at"], name="message_by_state"),
            models.Index(fields=["-changed_at", "-id"], name="message_latest"),
        ]

    @property
    def is_editable(self) -> bool:
        """Whether its words may still change before it goes out."""
        waits = self.state in (self.State.DRAFT, self.State.IN_REVIEW, self.State.SCHEDULED)
        return waits or (self.state == self.State.HELD and self.published_at is None)

    @property
    def is_out(self) -> bool:
        """Whether the public sees it, or is about to."""
        return self.state in (self.State.SENDING, self.State.LIVE)

    @property
    def may_end(self) -> bool:
        """Whether it can be lifted or withdrawn: it is out, or was held after a part of it left."""
        return self.is_out or (self.state == self.State.HELD and self.published_at is not None)

    @property
    def title(self) -> str:
        """The French title; reads `versions`, which a list prefetches."""
        rows = (row for row in self.versions.all() if row.channel == content.BASE and row.language == "fr")
        return next((row.title for row in rows), "")


class Version(models.Model):
    """The words of a message for one channel (or its base, its short text, its agents' words) and one language."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="versions")
    channel = models.CharField(max_length=12)
    language = models.CharField(max_length=2)
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    image = models.ForeignKey("files.Attachment", null=True, on_delete=models.SET_NULL, related_name="+")
    alt = models.CharField(max_length=300, blank=True, help_text="what the image shows, for those who do not see it")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "channel", "language"], name="one_version_once")]
        ordering = ["channel", "language"]


class KeptDraft(models.Model):
    """What someone typed on an earlier revision, kept when it could not be saved: nothing typed is lost.

    `content` is the JSON of the draft; `closed_at`: one of the two was chosen.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="kept")
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    based_on = models.PositiveIntegerField()
    content = models.JSONField()
    saved_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["message", "by"], name="kept_draft_of_message")]


class Approval(models.Model):
    """A demand for approval, an approval or a refusal, of one revision. `bypass`: a decider published alone."""

    class Verdict(models.TextChoices):
        ASKED = "asked", _("approval asked")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("sent back")

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="approvals")
    revision = models.PositiveIntegerField()
    verdict = models.CharField(max_length=8, choices=Verdict)
    note = models.CharField(max_length=500, blank=True)
    bypass = models.BooleanField(default=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]


class JournalEntry(BroadcastEntry):
    """One line of the journal of a message: who did what, when, in which channel."""

    class What(models.TextChoices):
        CREATED = "created", pgettext_lazy("message", "written")
        CHANGED = "changed", pgettext_lazy("message", "words changed")
        ASKED = "asked", pgettext_lazy("message", "approval asked")
        APPROVED = "approved", pgettext_lazy("message", "approved")
        REFUSED = "refused", pgettext_lazy("message", "sent back")
        BYPASSED = "bypassed", pgettext_lazy("message", "published alone, in an emergency")
        SCHEDULED = "scheduled", pgettext_lazy("message", "scheduled")
        HELD = "held", pgettext_lazy("message", "held")
        PUBLISHED = "published", pgettext_lazy("message", "published")
        CORRECTED = "corrected", pgettext_lazy("message", "corrected")
        EXTENDED = "extended", pgettext_lazy("message", "end moved")
        LIFTED = "lifted", pgettext_lazy("message", "lifted")
        WITHDRAWN = "withdrawn", pgettext_lazy("message", "withdrawn")
        EXPIRED = "expired", pgettext_lazy("message", "ended by itself")
        RETRIED = "retried", pgettext_lazy("message", "tried again")
        TESTED = "tested", pgettext_lazy("message", "sent as a test")
        HANDLED = "handled", pgettext_lazy("message", "handled by hand")
        REOPENED = "reopened", pgettext_lazy("message", "to be removed again")
        DELIVERED = "delivered", pgettext_lazy("message", "result of a channel")

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="journal")
    what = models.CharField(max_length=9, choices=What)
    channel = models.CharField(max_length=12, blank=True)
    data = models.JSONField(default=dict)

    class Meta(BroadcastEntry.Meta):
        indexes = [models.Index(fields=["message", "id"], name="journal_of_message")]


class Template(models.Model):
    """Words and settings to start a message from. `content` is the JSON of a draft."""

    name = models.CharField(max_length=120)
    key = models.CharField(max_length=60, blank=True, help_text="of one that came with the town; empty for the others")
    content = models.JSONField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]
