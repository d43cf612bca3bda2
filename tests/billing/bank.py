"""A provider of payments held in memory. The one that speaks HTTP is `operations.fake_services.payments`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from parvis.apps.billing.channels.base import (
    About,
    CardClosed,
    PaymentOutcome,
    RefundOutcome,
    RefundState,
    Session,
)
from parvis.apps.billing.models import PaymentAttempt, Refund
from parvis.lib.clock import now
from parvis.lib.transport import DeliveryUncertain, PermanentError, TransientError

Stage = PaymentAttempt.Stage
T = TypeVar("T")


@dataclass
class Bank:
    """What it holds: the outcome of each page, by the key of its attempt, and each refund, by its key.

    `faults`: what the next calls do instead of answering ("down", "lost": done, and not told).
    """

    pages: dict[str, PaymentOutcome] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    refunds: dict[str, RefundOutcome] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    closed_cards: bool = False
    refunds_wait: bool = False
    failure: Exception | None = None  # of every call, until it is None again

    def create_session(self, attempt: PaymentAttempt) -> Session:
        def make() -> Session:
            self.made.append(attempt.key)
            self.pages.setdefault(attempt.key, PaymentOutcome(Stage.SENT))
            return Session(f"cs_{attempt.key}", f"https://bank.example/{len(self.made)}")

        return self._answered(make)

    def expire_session(self, session_id: str) -> None:
        self._answered(lambda: None)
        key = session_id.removeprefix("cs_")
        if self.pages[key].stage in (Stage.SENT, Stage.FAILED):
            self.pages[key] = PaymentOutcome(Stage.EXPIRED)

    def look(self, attempt: PaymentAttempt) -> PaymentOutcome:
        return self._answered(lambda: self.pages[attempt.key])

    def refund(self, refund: Refund) -> RefundOutcome:
        if self.closed_cards:
            raise CardClosed("the account is closed")

        def give() -> RefundOutcome:
            attempt = refund.payment.attempt
            assert attempt and attempt.payment_id
            if refund.key in self.refunds:
                raise PermanentError("refunded twice")
            state = RefundState.PENDING if self.refunds_wait else RefundState.DONE
            self.refunds[refund.key] = RefundOutcome(state, f"re_{refund.key}", now())
            return self.refunds[refund.key]

        return self._answered(give)

    def look_refund(self, refund: Refund) -> RefundOutcome | None:
        return self._answered(lambda: self.refunds.get(refund.key))

    def about(self, kind: str, body: Mapping[str, Any]) -> About | None:
        return About(body.get("attempt", ""), body.get("refund", "")) if body else None

    def pay(self, attempt: PaymentAttempt, payment_id: str = "", cents: int | None = None) -> None:
        """Someone pays on the page of an attempt."""
        paid = attempt.cents if cents is None else cents
        identifier = payment_id or f"pi_{attempt.key}"
        self.pages[attempt.key] = PaymentOutcome(Stage.SUCCEEDED, identifier, paid, "Visa 4242", now())

    def says(self, attempt: PaymentAttempt, stage: PaymentAttempt.Stage) -> None:
        self.pages[attempt.key] = PaymentOutcome(stage)

    def _answered(self, work: Callable[[], T]) -> T:
        if self.failure:
            raise self.failure
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "down":
            raise TransientError("503")
        result = work()
        if fault == "lost":
            raise DeliveryUncertain("time-out")
        return result
