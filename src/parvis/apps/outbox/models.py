"""A row of an outbox, whoever carries it, and what someone writes for many people. Each kind has a table of its own."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from parvis.lib.clock import now
from parvis.lib.words import one_line


class OutboxItem(models.Model):
    """Something to hand over, queued in the transaction that needs it.

    Held: it waits until a person, or another day, lets it go. Sending: it is being handed over, until `claimed_until`;
    then its worker is taken for dead, and it is uncertain: the provider may have it, and is asked before it is sent
    again. Nothing is done before `not_before`; nothing leaves from `expires_at` on. `claimed_until` of a queued one: a
    job was asked for, or a worker has it.

    What the provider tells of it once it was taken is a field of the carrier, `result` by custom.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        HELD = "held"
        SENDING = "sending"
        SENT = "sent"
        UNCERTAIN = "uncertain"
        FAILED = "failed"
        EXPIRED = "expired"
        CANCELLED = "cancelled"

    LABELS: ClassVar[Mapping[str, Any]] = {}  # the words of each state, and of each result
    result = ""

    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="how many times it was handed over")
    error = models.CharField(max_length=300, blank=True)
    queued_at = models.DateTimeField(help_text="when it was queued, or let go after being held")
    not_before = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    attempted_at = models.DateTimeField(null=True, help_text="when it was last handed over")
    sent_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True, help_text="when its state changed last")

    class Meta:
        abstract = True

    @classmethod
    def unreached(cls) -> models.Q:
        """Which items nobody received, by a fault of somebody: those that were called off are left out."""
        return models.Q(state__in=(cls.State.FAILED, cls.State.EXPIRED))

    @property
    def state_label(self) -> str:
        """Where it stands, in words."""
        return str(self.LABELS[self.state if self.is_pending else self.result or self.state])

    @property
    def is_pending(self) -> bool:
        """Whether it may still leave, or may be leaving."""
        return self.state in PENDING

    @property
    def is_uncertain(self) -> bool:
        """Whether the provider may have it, without our knowing."""
        return self.state in PERHAPS_SENT


State = OutboxItem.State
UNSENT = (State.QUEUED, State.HELD)
"""Nothing of it was handed over, or surely nothing was taken."""
PERHAPS_SENT = (State.SENDING, State.UNCERTAIN)
PENDING = (*UNSENT, *PERHAPS_SENT)
DUE = (State.QUEUED, State.UNCERTAIN)
"""There is something to do as soon as its moment comes: to hand it over, or to look for it."""
UNDELIVERED = (State.FAILED, State.EXPIRED, State.CANCELLED)
CALLED_OFF, TOO_LATE, PERHAPS_LEFT, ERASED = "called off", "too late", "unknown", "erased"
"""What `error` says when nothing that the provider did is the reason."""


class Broadcast(models.Model):
    """Something that someone wrote for many people: it leaves at its moment, unless it is held until a person decides.

    Each kind has its own states and its own journal: `journal`, lines that extend `BroadcastEntry`. What leaves
    at `starts_at` is in `SCHEDULED_STATE`, what is held in `HELD_STATE`; `HELD_ENTRY` is the line that says so.
    """

    SCHEDULED_STATE: ClassVar[str]
    HELD_STATE: ClassVar[str]
    HELD_ENTRY: ClassVar[str]
    journal: Any

    state = models.CharField(max_length=9)
    starts_at = models.DateTimeField(null=True, help_text="null: as soon as it is approved")
    held_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True

    def note(self, what: str, *, by: Any = None, words: str = "", **values: Any) -> None:
        """Adds a line to its journal, in the caller's transaction. `by`: a user, or None for the system."""
        self.journal.create(what=what, by=by, words=one_line(words)[:500], at=now(), **values)


class BroadcastEntry(models.Model):
    """One line of what was done to a broadcast, and by whom. Append-only."""

    words = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", help_text="null: the system"
    )
    at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["pk"]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Inserts the line. Raises TypeError for one already written."""
        if self.pk:
            raise TypeError("the journal of a broadcast is append-only")
        super().save(*args, **kwargs)
