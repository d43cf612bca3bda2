"""Text messages that leave."""

from django.db import models
from django.utils.translation import pgettext_lazy

from parvis.apps.outbox.models import OutboxItem, State
from parvis.apps.telephony.rules import sending
from parvis.apps.telephony.rules import text_states as states

_WAITING = pgettext_lazy("text message", "waiting to leave")
_NOT_SENT = pgettext_lazy("text message", "not sent")


class OutgoingText(OutboxItem):
    """A text to send, queued in the transaction that needs it and sent by the worker (`apps.outbox`).

    `key` is its idempotency key. `thread` is what a text from that number answers, a request number or "". When it
    leaves, the job `on_sent` is asked for, with the id of the text. `held_for`: why it is held, for another day or by a
    manager. `result` is what the provider, or the number, made of it.
    """

    class Kind(models.TextChoices):
        CODE = sending.CODE, pgettext_lazy("text message", "codes and confirmations")
        WARNING = sending.WARNING, pgettext_lazy("text message", "answers to a danger")
        REQUEST = sending.REQUEST, pgettext_lazy("text message", "news of requests")
        AGENT = sending.AGENT, pgettext_lazy("text message", "written by agents")
        NOTICE = sending.NOTICE, pgettext_lazy("text message", "messages to the public")
        EMERGENCY = sending.EMERGENCY, pgettext_lazy("text message", "alerts of health and safety")

    class Result(models.TextChoices):
        DELIVERED = states.DELIVERED, pgettext_lazy("text message", "delivered")
        REFUSED = "refused", _NOT_SENT

    class HeldFor(models.TextChoices):
        PAUSE = sending.PAUSED, pgettext_lazy("text message", "held: texts are paused")
        CAP = sending.CAPPED, pgettext_lazy("text message", "held: the limit of the day is reached")

    LABELS = {
        **dict.fromkeys((State.QUEUED, State.HELD, State.SENDING, State.UNCERTAIN), _WAITING),
        State.SENT: pgettext_lazy("text message", "sent"),
        State.FAILED: pgettext_lazy("text message", "not delivered"),
        **dict.fromkeys((State.EXPIRED, State.CANCELLED), _NOT_SENT),
        **dict(Result.choices),
    }

    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=9, choices=Kind, default=Kind.CODE)
    to = models.CharField(max_length=20, help_text="E.164; empty once erased")
    body = models.TextField(blank=True)
    parts = models.PositiveSmallIntegerField(default=1, help_text="what the provider bills")
    thread = models.CharField(max_length=40, blank=True)
    on_sent = models.CharField(max_length=120, blank=True)
    held_for = models.CharField(max_length=5, choices=HeldFor, blank=True)
    result = models.CharField(max_length=9, choices=Result, blank=True)
    provider_id = models.CharField(max_length=64, blank=True)

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
    def never_left(self) -> bool:
        """Whether nothing of it was sent, and nothing will be."""
        return self.state in (State.EXPIRED, State.CANCELLED) or self.result == self.Result.REFUSED

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is expected: it was delivered, or never will be."""
        return not self.is_pending and (self.state != State.SENT or bool(self.result))

    @property
    def news(self) -> str:
        """What is known of it since it left, in the terms of `rules.states`; "" before."""
        if self.is_pending:
            return ""
        return states.FAILED if self.state != State.SENT else self.result or states.SENT
