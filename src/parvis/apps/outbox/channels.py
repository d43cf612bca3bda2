"""What a carrier supplies, and the carriers of this installation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet

from parvis.apps.outbox.models import OutboxItem, State
from parvis.apps.outbox.rules import Backoff, growing
from parvis.lib.clock import now
from parvis.lib.jobs import enqueue

I = TypeVar("I", bound=OutboxItem)  # noqa: E741


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt, or why there is none: the new state, why, and the carrier's own fields to store.

    `wait`: before it is tried again; the carrier's own when None.
    """

    state: State = State.SENT
    error: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    wait: timedelta | None = None


class Carrier(Generic[I]):
    """How one kind of item leaves, item by item. See `docs/build/add-a-channel.md`.

    `lease`: how long handing one over may take. `look_after`: how long the provider may take to list what it has.
    `left_behind_after`: then no job tries an item any more, and one is asked for again. `give_up_after` being queued,
    an item has failed; None: never. `begun`: fields of the carrier that are stored as an attempt begins.
    """

    model: type[I]
    job: str
    lease = timedelta(minutes=1)
    look_after = timedelta(minutes=1)
    left_behind_after = timedelta(minutes=10)
    give_up_after: timedelta | None = None
    backoff: Backoff = growing(timedelta(minutes=1), 2, timedelta(hours=1))
    begun: Mapping[str, Any] = {}

    @property
    def rows(self) -> QuerySet[I]:
        """The items of this carrier."""
        return QuerySet(self.model)

    def refusal(self, item: I) -> Outcome | None:
        """Why an item that was queued does not leave now, before anything of it is begun; None when it does."""
        return None

    def admission(self, item: I) -> Outcome | None:
        """The same, in the transaction that begins the attempt: what depends on what else leaves."""
        return None

    def send(self, item: I) -> Outcome:
        """Hands an item over. Raises TransientError, PermanentError, DeliveryUncertain (`lib.transport`)."""
        raise NotImplementedError

    def find(self, item: I) -> Outcome | None:
        """What the provider has of an item that it may have taken; None when it surely does not have it.

        Raises TransientError when the provider does not say.
        """
        raise NotImplementedError

    def settled(self, item: I, state: State) -> State:
        """The state that an item which still waits, or is being handed over, takes by an outcome that is recorded in
        this transaction: `state`, unless something else was asked of it meanwhile.
        """
        return state

    def sent(self, item: I) -> None:
        """Called in the transaction that records that an item left, the first time."""

    def ask(self, item_id: int) -> None:
        """Asks for a job that hands an item over, in the caller's transaction."""
        enqueue(self.job, item_id)


class BatchCarrier(Carrier[I]):
    """How items leave many at a time, where a repetition does no harm: nobody is asked about an attempt whose worker
    died, which is simply made again when its lease is over.
    """

    size = 500

    def due(self) -> QuerySet[I]:
        """What may leave now, in the order in which it does."""
        moment = now()
        waiting = Q(Q(not_before=None) | Q(not_before__lte=moment), state=State.QUEUED)
        return self.rows.filter(waiting | Q(state=State.SENDING, claimed_until__lte=moment))

    def send_batch(self, items: Sequence[I]) -> Mapping[int, Outcome]:
        """Hands these items over: what became of each, by its id."""
        raise NotImplementedError
