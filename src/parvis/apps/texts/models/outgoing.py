"""Text messages that leave."""

from django.db import models
from django.utils.translation import pgettext_lazy

from parvis.apps.texts.rules import sending, states


class OutgoingText(models.Model):
    """A text to send, queued in the transaction that needs it and sent by the worker.

    `key` is its idempotency key. `thread` is what a text from that number answers, a request number or "". Nothing
    leaves before `not_before`, so that it may be cancelled, nor from `expires_at` on. While `posted_at` is set on a
    queued text, the provider may have it: see `tasks.deliver`. When it leaves, the job `on_sent` is asked for, with the
    id of the text. A queued text that is held (`held_for`) waits for another day, or for a manager.
    """

    class Kind(models.TextChoices):
        CODE = sending.CODE, pgettext_lazy("text message", "codes and confirmations")
        WARNING = sending.WARNING, pgettext_lazy("text message", "answers to a danger")
        REQUEST = sending.REQUEST, pgettext_lazy("text message", "news of requests")
        AGENT = sending.AGENT, pgettext_lazy("text message", "written by agents")
        NOTICE = sending.NOTICE, pgettext_lazy("text message", "messages to the public")
        EMERGENCY = sending.EMERGENCY, pgettext_lazy("text message", "alerts of health and safety")

    class State(models.TextChoices):
        QUEUED = states.QUEUED, pgettext_lazy("text message", "waiting to leave")
        SENT = states.SENT, pgettext_lazy("text message", "sent")
        DELIVERED = states.DELIVERED, pgettext_lazy("text message", "delivered")
        FAILED = states.FAILED, pgettext_lazy("text message", "not delivered")
        REFUSED = states.REFUSED, pgettext_lazy("text message", "not sent")

    class HeldFor(models.TextChoices):
        PAUSE = sending.PAUSED, pgettext_lazy("text message", "held: texts are paused")
        CAP = sending.CAPPED, pgettext_lazy("text message", "held: the limit of the day is reached")

    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=9, choices=Kind, default=Kind.CODE)
    to = models.CharField(max_length=20, help_text="E.164; empty once erased")
    body = models.TextField(blank=True)
    parts = models.PositiveSmallIntegerField(default=1, help_text="what the provider bills")
    thread = models.CharField(max_length=40, blank=True)
    on_sent = models.CharField(max_length=120, blank=True)
    not_before = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    held_for = models.CharField(max_length=5, choices=HeldFor, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    provider_id = models.CharField(max_length=64, blank=True)
    queued_at = models.DateTimeField(help_text="when it was queued, or let go after being held")
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
            models.Index(fields=["kind", "sent_at", "parts"], name="outgoing_text_spent"),
            models.Index(fields=["kind", "queued_at", "parts"], name="outgoing_text_asked"),
        ]

    @property
    def settled(self) -> bool:
        """Whether nothing more is expected: it was delivered, it failed or it was refused."""
        return self.state not in (self.State.QUEUED, self.State.SENT)
