"""Phone calls that leave, and the numbers that refuse them."""

from django.db import models
from django.utils.translation import pgettext_lazy

from parvis.apps.voice.rules import states


class OutgoingCall(models.Model):
    """A call to place, and to place again when it is missed; queued in the transaction that needs it.

    `key` is its idempotency key. `words` are spoken whole, one paragraph a line, in `language`. Outside the hours when
    calls are allowed only those of `any_hour` are placed. `recalls`: how many times it may be placed again at most;
    None: as the town's settings say. `asked_at`: its line is taken, its job was asked for. While `posted_at` is set on
    a queued call, the provider may have it: see `tasks.place`. `missed` is what became of the attempt before the one
    that waits. The jobs `on_confirmed` and `on_refused` are asked for, once, with the id of the call.
    """

    class State(models.TextChoices):
        QUEUED = states.QUEUED, pgettext_lazy("call", "waiting to be placed")
        PLACED = states.PLACED, pgettext_lazy("call", "ringing, or being heard")
        CONFIRMED = states.CONFIRMED, pgettext_lazy("call", "confirmed by a key")
        HEARD = states.HEARD, pgettext_lazy("call", "heard to its end")
        MACHINE = states.MACHINE, pgettext_lazy("call", "left on an answering machine")
        UNANSWERED = states.UNANSWERED, pgettext_lazy("call", "no answer")
        BUSY = states.BUSY, pgettext_lazy("call", "busy")
        HUNG_UP = states.HUNG_UP, pgettext_lazy("call", "hung up before the end")
        FAILED = states.FAILED, pgettext_lazy("call", "could not be placed")
        REFUSED = states.REFUSED, pgettext_lazy("call", "not placed")

    key = models.CharField(max_length=120)
    to = models.CharField(max_length=20, help_text="E.164; empty once erased")
    language = models.CharField(max_length=2, default="fr")
    words = models.TextField(blank=True)
    any_hour = models.BooleanField(default=False)
    recalls = models.PositiveSmallIntegerField(null=True)
    on_confirmed = models.CharField(max_length=120, blank=True)
    on_refused = models.CharField(max_length=120, blank=True)
    not_before = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    missed = models.CharField(max_length=10, choices=State, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    provider_id = models.CharField(max_length=64, blank=True)
    queued_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, help_text="when its line was taken")
    posted_at = models.DateTimeField(null=True, help_text="last attempt whose result is unknown")
    placed_at = models.DateTimeField(null=True, help_text="last time that the provider took it")
    looked_at = models.DateTimeField(null=True, help_text="last time that the provider was asked what became of it")
    changed_at = models.DateTimeField(null=True, help_text="when its state changed last")

    class Meta:
        # Not `unique=True`, which adds a second index for LIKE 'abc%' on PostgreSQL.
        constraints = [models.UniqueConstraint(fields=["key"], name="outgoing_call_key_once")]
        indexes = [
            models.Index(fields=["state", "not_before"], name="outgoing_call_by_state"),
            models.Index(fields=["to"], name="outgoing_call_to_number"),
            models.Index(fields=["provider_id"], name="outgoing_call_of_provider"),
        ]

    @property
    def settled(self) -> bool:
        """Whether nothing more is expected of it."""
        return self.state not in (self.State.QUEUED, self.State.PLACED)


class CallRefusal(models.Model):
    """A number that asked for no more calls (key 9).

    Only its digest by the secret key is kept (`queries.digest`): the refusal holds after an erasure by law, and the
    number cannot be read from it.
    """

    digest = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
