"""Phone calls that leave."""

from django.db import models
from django.utils.translation import pgettext_lazy

from parvis.apps.outbox.models import PENDING, OutboxItem, State
from parvis.apps.telephony.rules import call_states as states

_WAITING = pgettext_lazy("call", "waiting to be placed")
_RINGING = pgettext_lazy("call", "ringing, or being heard")
_FAILED = pgettext_lazy("call", "could not be placed")
_NOT_PLACED = pgettext_lazy("call", "not placed")


class OutgoingCall(OutboxItem):
    """A call to place, and to place again when it is missed; queued in the transaction that needs it (`apps.outbox`).

    `key` is its idempotency key. `words` are spoken whole, one paragraph a line, in `language`. Outside the hours when
    calls are allowed only those of `any_hour` are placed. `recalls`: how many times it may be placed again at most;
    None: as the town's settings say. A queued call with `claimed_until` has its line. `result` is what became of the
    last attempt that the provider took: "" while it rings. `attempts` counts those, and the one that it may have taken.
    `sent_at`: the last time that it took one. The jobs `on_confirmed` and `on_refused` are asked for, once, with the id
    of the call.
    """

    class Result(models.TextChoices):
        CONFIRMED = states.CONFIRMED, pgettext_lazy("call", "confirmed by a key")
        HEARD = states.HEARD, pgettext_lazy("call", "heard to its end")
        MACHINE = states.MACHINE, pgettext_lazy("call", "left on an answering machine")
        UNANSWERED = states.UNANSWERED, pgettext_lazy("call", "no answer")
        BUSY = states.BUSY, pgettext_lazy("call", "busy")
        HUNG_UP = states.HUNG_UP, pgettext_lazy("call", "hung up before the end")
        FAILED = states.FAILED, _FAILED
        REFUSED = states.REFUSED, _NOT_PLACED

    LABELS = {
        **dict.fromkeys(PENDING, _WAITING),
        State.SENT: _RINGING,
        **dict.fromkeys((State.EXPIRED, State.CANCELLED), _NOT_PLACED),
        **dict(Result.choices),
    }

    key = models.CharField(max_length=120)
    to = models.CharField(max_length=20, help_text="E.164; empty once erased")
    language = models.CharField(max_length=2, default="fr")
    words = models.TextField(blank=True)
    any_hour = models.BooleanField(default=False)
    recalls = models.PositiveSmallIntegerField(null=True)
    on_confirmed = models.CharField(max_length=120, blank=True)
    on_refused = models.CharField(max_length=120, blank=True)
    result = models.CharField(max_length=10, choices=Result, blank=True)
    provider_id = models.CharField(max_length=64, blank=True)
    looked_at = models.DateTimeField(null=True, help_text="last time that the provider was asked what became of it")

    class Meta:
        # Not `unique=True`, which adds a second index for LIKE 'abc%' on PostgreSQL.
        constraints = [models.UniqueConstraint(fields=["key"], name="outgoing_call_key_once")]
        indexes = [
            models.Index(fields=["state", "not_before"], name="outgoing_call_by_state"),
            models.Index(fields=["to"], name="outgoing_call_to_number"),
            models.Index(fields=["provider_id"], name="outgoing_call_of_provider"),
        ]

    @classmethod
    def unreached(cls) -> models.Q:
        """See `OutboxItem.unreached`: those that rang for nobody, and are not placed again."""
        return models.Q(state=State.SENT, result__in=(*states.MISSED, states.FAILED))

    @property
    def standing(self) -> str:
        """Where it stands, in the terms of `rules.states`."""
        if self.is_pending:
            return states.QUEUED
        of_state = {State.SENT: states.PLACED, State.FAILED: states.FAILED}
        return self.result or of_state.get(State(self.state), states.REFUSED)


RINGING = models.Q(state=State.SENT, result="")
"""The calls that ring, or are being heard."""
