"""Text messages that leave."""

from django.db import models
from django.utils.translation import pgettext_lazy

from parvis.apps.texts.rules import states


class OutgoingText(models.Model):
    """A text to send, queued in the transaction that needs it and sent by the worker.

    `key` is its idempotency key. `thread` is what a text from that number answers, a request number or "". Nothing
    leaves before `not_before`, so that it may be cancelled, nor from `expires_at` on. While `posted_at` is set on a
    queued text, the provider may have it: see `tasks.deliver`. When it leaves, the job `on_sent` is asked for, with the
    id of the text.
    """

    class State(models.TextChoices):
        QUEUED = states.QUEUED, pgettext_lazy("text message", "waiting to leave")
        SENT = states.SENT, pgettext_lazy("text message", "sent")
        DELIVERED = states.DELIVERED, pgettext_lazy("text message", "delivered")
        FAILED = states.FAILED, pgettext_lazy("text message", "not delivered")
        REFUSED = states.REFUSED, pgettext_lazy("text message", "not sent")

    key = models.CharField(max_length=120)
    to = models.CharField(max_length=20, help_text="E.164; empty once erased")
    body = models.TextField(blank=True)
    thread = models.CharField(max_length=40, blank=True)
    on_sent = models.CharField(max_length=120, blank=True)
    not_before = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    provider_id = models.CharField(max_length=64, blank=True)
    queued_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True, help_text="last attempt, or when it was last asked for")
    posted_at = models.DateTimeField(null=True, help_text="last attempt whose result is unknown")
    sent_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True, help_text="when its state changed last")

    class Meta:
        # Not `unique=True`, which adds a second index for LIKE 'abc%' on PostgreSQL.
        constraints = [models.UniqueConstraint(fields=["key"], name="outgoing_text_key_once")]
        indexes = [
            models.Index(fields=["state", "queued_at"], name="outgoing_text_by_state"),
            models.Index(fields=["to", "-sent_at"], name="outgoing_text_to_number"),
            models.Index(fields=["provider_id"], name="outgoing_text_of_provider"),
        ]

    @property
    def settled(self) -> bool:
        """Whether nothing more is expected: it was delivered, it failed or it was refused."""
        return self.state not in (self.State.QUEUED, self.State.SENT)
