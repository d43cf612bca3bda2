"""What was published, frozen, and what became of it in each channel."""

from django.db import models
from django.utils.translation import pgettext_lazy

from parvis.apps.directory.models import User
from parvis.apps.outreach.models.messages import Message
from parvis.apps.outreach.rules.content import Content


class Release(models.Model):
    """The words of a message as they were published or corrected: they no longer change. `content`: rules.content."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="releases")
    revision = models.PositiveIntegerField()
    content = models.JSONField()
    with_letters = models.BooleanField(default=True, help_text="whether letters and texts, once sent, leave again")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "revision"], name="one_release_once")]
        ordering = ["pk"]

    @property
    def words(self) -> Content:
        """What the channels publish."""
        return Content.from_json(self.content)


class Delivery(models.Model):
    """A message in one channel, for one recipient of it (a page, an account; "" for a channel that has one).

    `task` is what is to be done; its result is `state`. It is handed over in one transaction, to a carrier that has an
    outbox of its own (ADR 0064): `done_at` is when. `key` is the carrier's idempotency key. UNKNOWN: the carrier may
    have sent it, and is asked before anything is sent again.
    """

    class Task(models.TextChoices):
        PUBLISH = "publish"
        CORRECT = "correct"
        WITHDRAW = "withdraw"

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("delivery", "Waiting")
        SENT = "sent", pgettext_lazy("delivery", "Done")
        UNKNOWN = "unknown", pgettext_lazy("delivery", "Not known")
        FAILED = "failed", pgettext_lazy("delivery", "Failed")
        WITHDRAWN = "withdrawn", pgettext_lazy("delivery", "Removed")

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deliveries")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=12)
    recipient = models.CharField(max_length=80, blank=True)
    label = models.CharField(max_length=160, blank=True, help_text="the account or the screen, in words")
    task = models.CharField(max_length=8, choices=Task, default=Task.PUBLISH)
    reason = models.CharField(max_length=10, blank=True, help_text="why it is removed: expired, lifted, withdrawn")
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    words = models.CharField(max_length=500, blank=True, help_text="what the carrier said")
    reached = models.PositiveIntegerField(null=True, help_text="people reached; null when it cannot be known")
    total = models.PositiveIntegerField(null=True)
    key = models.CharField(max_length=100)
    queued_at = models.DateTimeField()
    attempted_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "channel", "recipient"], name="message_delivery_once"),
            models.UniqueConstraint(fields=["key"], name="message_delivery_key_once"),
        ]
        indexes = [models.Index(fields=["state", "queued_at"], name="message_delivery_by_state")]
