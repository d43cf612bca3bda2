"""What passes between the product and a provider of payments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from parvis.apps.billing.models import PaymentAttempt, Refund
from parvis.lib.transport import PermanentError


class CardClosed(PermanentError):
    """The card, or its account, takes no more money back: a cheque is needed."""


class MalformedEvent(PermanentError):
    """An event has not the shape that the provider says it has."""


@dataclass(frozen=True)
class Session:
    """A page of the provider where one attempt is paid. `expires_at`: when it ends by itself."""

    session_id: str
    url: str
    expires_at: datetime | None = None


@dataclass(frozen=True)
class PaymentOutcome:
    """What became of an attempt, as the provider says now.

    SENT: nothing was paid yet. PROCESSING: it may have gone through. SUCCEEDED: with the identifier of the payment,
    what was paid, with what ("Visa 4242"), and when. FAILED: refused, and may be tried again on the same page. EXPIRED:
    ended, and nothing can be paid there any more.
    """

    stage: PaymentAttempt.Stage
    payment_id: str = ""
    cents: int = 0
    details: str = ""
    at: datetime | None = None
    error: str = ""


class RefundState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class RefundOutcome:
    """What became of a refund, as the provider says now: when the money left, or why it could not."""

    state: RefundState
    refund_id: str
    at: datetime | None = None
    error: str = ""


class About(NamedTuple):
    """What an event is about: the `key` of an attempt, or that of a refund; the other one is ""."""

    attempt_key: str = ""
    refund_key: str = ""


@dataclass(frozen=True)
class Movement:
    """Money that came to the town's account at the provider (cents above zero), or left it, before their fees.

    `what`: "charge", "refund", "refund_failure" (it came back), or "other". `words`: the provider's own.
    """

    identifier: str
    what: str
    cents: int
    at: datetime
    payment_id: str = ""
    refund_key: str = ""
    words: str = ""


class PaymentProvider(Protocol):
    """One provider. Every method raises the errors of `lib.transport`; none is called in a transaction."""

    def create_session(self, attempt: PaymentAttempt) -> Session:
        """Makes the page where an attempt is paid, which carries `attempt.key` and goes back to its page.

        Under the idempotency key `key_of(attempt)`. A page made twice does no harm: the address of the lost one is
        known to nobody. Raises TransientError, PermanentError, DeliveryUncertain.
        """

    def expire_session(self, session_id: str) -> None:
        """Ends a page. Returns when it is ended, now or before, or is completed: then `look` tells what was paid.

        Raises TransientError when the provider does not say.
        """

    def look(self, attempt: PaymentAttempt) -> PaymentOutcome:
        """What became of an attempt, by its `session_id`. Raises TransientError when the provider does not say."""

    def refund(self, refund: Refund) -> RefundOutcome:
        """Gives back `refund.cents` of the payment `refund.payment.attempt.payment_id`; it carries `refund.key`.

        Under the idempotency key `key_of(refund)`: it is asked again only once `look_refund` found nothing. Raises
        CardClosed, TransientError, PermanentError, DeliveryUncertain.
        """

    def look_refund(self, refund: Refund) -> RefundOutcome | None:
        """What the provider has of a refund, by its `provider_id`, else by the `key` that it carries.

        None when it surely does not have it. Raises TransientError when the provider does not say.
        """

    def about(self, kind: str, body: Mapping[str, Any]) -> About | None:
        """What an event of this provider is about; None when we do nothing of it. Asks nothing of the network.

        Raises MalformedEvent.
        """

    def movements(self, start: datetime, end: datetime) -> Iterator[Movement]:
        """What came and left from `start` until before `end`. Raises TransientError when the provider does not say."""


def key_of(item: PaymentAttempt | Refund) -> str:
    """The idempotency key of the present try, since a provider may answer 500 again to the same key for a day.

    It names its kind: attempts and refunds share the keys of an account, each with names of its own.
    """
    kind = "refund" if isinstance(item, Refund) else "attempt"
    return f"{kind}:{item.key}:{item.attempts}"
