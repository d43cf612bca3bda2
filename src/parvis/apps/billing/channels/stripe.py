"""Stripe: Checkout by redirect, with its official library. No data of a card ever reaches us.

Amounts are whole cents in Canadian dollars. Nothing is tried again here, and every key is given: by itself the library
would draw one at random.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar

import requests
import stripe
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from parvis.apps.billing.channels.base import (
    About,
    MalformedEvent,
    Movement,
    PaymentOutcome,
    RefundOutcome,
    RefundState,
    Session,
    key_of,
)
from parvis.apps.billing.models import PaymentAttempt, Refund
from parvis.lib.transport import DeliveryUncertain, PermanentError, TransientError, TransportError

T = TypeVar("T")
Stage = PaymentAttempt.Stage
CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 12.0  # both together end well before the job is given again
SESSION_LASTS = timedelta(hours=2)  # they ask for half an hour or more; we end it ourselves, at `pay_before`
LISTED = 100
LOCALES = {"fr": "fr-CA", "en": "en"}
CHARGES, REFUNDS = ("charge", "payment"), ("refund", "payment_refund")
REFUND_FAILURES = ("refund_failure", "payment_failure_refund")
TOLD = ("checkout.session.", "payment_intent.", "charge.succeeded", "charge.failed", "refund.")
OTHERS_IGNORED = ("stripe_fee", "payout", "payout_cancel", "payout_failure", "tax_fee")


@cache
def client_of(base: str, key: str, connect: float, answer: float) -> stripe.StripeClient:
    """The client of one account."""
    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=(connect, answer)),
    )


@dataclass(frozen=True)
class Stripe:
    """One account (`PaymentProvider`)."""

    base: str
    key: str
    connect_seconds: float = CONNECT_SECONDS
    answer_seconds: float = ANSWER_SECONDS

    @property
    def client(self) -> stripe.StripeClient:
        """The library, for this account."""
        return client_of(self.base, self.key, self.connect_seconds, self.answer_seconds)

    def create_session(self, attempt: PaymentAttempt) -> Session:
        """See `PaymentProvider.create_session`.

        Someone waits, and a page that nobody knows harms nobody: what has no clear answer is asked once more at once.
        """
        fields = session_fields(attempt)
        key = key_of(attempt)
        try:
            made = self._make_session(fields, key)
        except DeliveryUncertain:
            made = self._make_session(fields, f"{key}:again")
        return Session(made.id, str(made.url), _moment(made.expires_at))

    def expire_session(self, session_id: str) -> None:
        """See `PaymentProvider.expire_session`."""
        try:
            with failures(writes=False):
                self.client.v1.checkout.sessions.expire(session_id)
        except PermanentError as refusal:  # it is ended, completed, or was never there
            if refusal.code == "resource_missing":
                return
            with failures(writes=False):
                found = self.client.v1.checkout.sessions.retrieve(session_id)
            if found.status == "open":
                raise TransientError(str(refusal)) from refusal

    def look(self, attempt: PaymentAttempt) -> PaymentOutcome:
        """See `PaymentProvider.look`."""
        expand = ["payment_intent.latest_charge.balance_transaction"]
        try:
            with failures(writes=False):
                session = self.client.v1.checkout.sessions.retrieve(attempt.session_id, {"expand": expand})
        except PermanentError as missing:
            if missing.code == "resource_missing":
                return PaymentOutcome(Stage.EXPIRED)
            raise
        return outcome_of(session)

    def refund(self, refund: Refund) -> RefundOutcome:
        """See `PaymentProvider.refund`."""
        attempt = refund.payment.attempt
        if attempt is None:
            raise PermanentError("this payment did not come from the provider")
        with failures(writes=True):
            made = self.client.v1.refunds.create(
                {
                    "payment_intent": attempt.payment_id,
                    "amount": refund.cents,
                    "metadata": {"refund": refund.key},
                    "expand": ["balance_transaction", "failure_balance_transaction"],
                },
                {"idempotency_key": key_of(refund)},
            )
        return refund_outcome_of(made)

    def look_refund(self, refund: Refund) -> RefundOutcome | None:
        """See `PaymentProvider.look_refund`."""
        with failures(writes=False):
            if refund.provider_id:
                expand = ["balance_transaction", "failure_balance_transaction"]
                return refund_outcome_of(self.client.v1.refunds.retrieve(refund.provider_id, {"expand": expand}))
            attempt = refund.payment.attempt
            if attempt is None:
                return None
            listed = self.client.v1.refunds.list(
                {
                    "payment_intent": attempt.payment_id,
                    "limit": LISTED,
                    "expand": ["data.balance_transaction", "data.failure_balance_transaction"],
                }
            )
            ours = (one for one in listed.auto_paging_iter() if metadata_of(one).get("refund") == refund.key)
            found = next(ours, None)
        return refund_outcome_of(found) if found else None

    def about(self, kind: str, body: Mapping[str, Any]) -> About | None:
        """See `PaymentProvider.about`: what we make carries its key in its metadata."""
        if not kind.startswith(TOLD):
            return None
        metadata = member_of(member_of(member_of(body, "data"), "object"), "metadata", missing={})
        about = About(key_in(metadata, "attempt"), key_in(metadata, "refund"))
        return about if any(about) else None

    def movements(self, start: datetime, end: datetime) -> Iterator[Movement]:
        """See `PaymentProvider.movements`: their balance transactions, page by page."""
        bounds = {"gte": int(start.timestamp()), "lt": int(end.timestamp())}
        with failures(writes=False):
            asked: Any = {"created": bounds, "limit": LISTED, "expand": ["data.source"]}
            listed = self.client.v1.balance_transactions.list(asked)
            for one in listed.auto_paging_iter():
                if one.type not in OTHERS_IGNORED:
                    yield movement_of(one)

    def _make_session(self, fields: Any, key: str) -> Any:
        with failures(writes=True):
            return self.client.v1.checkout.sessions.create(fields, {"idempotency_key": key})


def stripe_provider() -> Stripe:
    """The account of the settings."""
    return Stripe(settings.PARVIS_STRIPE["base"], settings.PARVIS_STRIPE["key"])


def session_fields(attempt: PaymentAttempt) -> dict[str, Any]:
    """What is asked of the page of an attempt: the same each time, since a key is for one request. No name is told."""
    with override(attempt.language):
        what = _("Invoice %(number)s") % {"number": attempt.invoice.number}
    page = f"{settings.PARVIS_URL}/paiement/{attempt.secret}/"
    return {
        "mode": "payment",
        "payment_method_types": ["card"],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {"currency": "cad", "unit_amount": attempt.cents, "product_data": {"name": what}},
            }
        ],
        "client_reference_id": attempt.key,
        "metadata": {"attempt": attempt.key},
        "payment_intent_data": {"metadata": {"attempt": attempt.key}},
        "locale": LOCALES.get(attempt.language, "auto"),
        "expires_at": int((attempt.made_at + SESSION_LASTS).timestamp()),
        "success_url": f"{page}?etape=retour",
        "cancel_url": f"{page}?etape=annule",
    }


def outcome_of(session: Any) -> PaymentOutcome:
    """What became of a session whose `payment_intent` is expanded down to its balance transaction."""
    intent = session.payment_intent
    charge = intent.latest_charge if intent else None
    if intent and intent.status == "succeeded":
        movement: Any = getattr(charge, "balance_transaction", None)
        return PaymentOutcome(
            stage=Stage.SUCCEEDED,
            payment_id=intent.id,
            cents=intent.amount_received,
            details=card_words(charge),
            at=_moment(getattr(movement, "created", None) or intent.created),
        )
    payment_id = intent.id if intent else ""
    if (intent and intent.status == "processing") or session.status == "complete":
        return PaymentOutcome(Stage.PROCESSING, payment_id)
    if session.status == "expired":
        return PaymentOutcome(Stage.EXPIRED, payment_id)
    if refused := intent.last_payment_error if intent else None:
        words = getattr(refused, "decline_code", None) or getattr(refused, "code", None) or ""
        return PaymentOutcome(Stage.FAILED, payment_id, error=words)
    return PaymentOutcome(Stage.SENT, payment_id)


def card_words(charge: Any) -> str:
    """With what a charge was paid: "Visa 4242"."""
    card = getattr(getattr(charge, "payment_method_details", None), "card", None)
    return f"{str(card.brand or '').title()} {card.last4}".strip() if card else ""


def member_of(body: Mapping[str, Any], name: str, missing: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """An object in an event; `missing` for none. Raises MalformedEvent for anything else."""
    value = body.get(name)
    value = missing if value is None else value
    if not isinstance(value, Mapping):
        raise MalformedEvent(f"{name} is missing" if value is None else f"{name} is not an object")
    return value


def key_in(metadata: Mapping[str, Any], name: str) -> str:
    """A key that we wrote on an object; "" for none. Raises MalformedEvent for what is no text."""
    value = metadata.get(name, "")
    if not isinstance(value, str):
        raise MalformedEvent(f"metadata.{name} is not a text")
    return value


def metadata_of(made: Any) -> dict[str, str]:
    """What we wrote on an object."""
    found: Any = getattr(made, "metadata", None)
    return found.to_dict() if hasattr(found, "to_dict") else dict(found or {})


def refund_outcome_of(refund: Any) -> RefundOutcome:
    """What became of a refund whose balance transactions are expanded.

    It is done from the moment when the money left our account, even if the card has not taken it yet: so do the ledger
    and the balance of the provider agree on every day.
    """
    failed = refund.status in ("failed", "canceled")
    movement: Any = refund.failure_balance_transaction if failed else refund.balance_transaction
    moved = movement is not None and hasattr(movement, "created")
    done = RefundState.DONE if refund.status == "succeeded" or moved else RefundState.PENDING
    state = RefundState.FAILED if failed else done
    at = _moment(movement.created if moved else refund.created)
    return RefundOutcome(state, refund.id, at, getattr(refund, "failure_reason", None) or "")


def movement_of(one: Any) -> Movement:
    """A balance transaction whose `source` is expanded, before its fee."""
    what = "other"
    for word, kinds in (("charge", CHARGES), ("refund", REFUNDS), ("refund_failure", REFUND_FAILURES)):
        what = word if one.type in kinds else what
    source = one.source if hasattr(one.source, "id") else None
    intent = getattr(source, "payment_intent", None) or ""
    metadata = metadata_of(source)
    return Movement(
        identifier=one.id,
        what=what,
        cents=one.amount,
        at=_moment(one.created),
        payment_id=str(getattr(intent, "id", intent)),
        refund_key=str(metadata.get("refund", "")) if what != "charge" else "",
        words=one.type,
    )


@contextmanager
def failures(*, writes: bool) -> Iterator[None]:
    """Turns the errors of the library into those of `lib.transport`. `writes`: something was asked to be made."""
    try:
        yield
    except stripe.StripeError as error:
        raise failure_of(error, writes=writes) from error


def failure_of(error: stripe.StripeError, *, writes: bool) -> TransportError:
    """What a failure means: whether something may have been made, and whether to ask again."""
    words = " ".join(str(error.user_message or error).split())[:300]
    status, code = error.http_status or 0, error.code or ""
    if isinstance(error, stripe.APIConnectionError):
        return DeliveryUncertain(words) if writes and _left(error.__cause__) else TransientError(words)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # They say of 503 too that what was asked may be done.
        return DeliveryUncertain(words, code) if writes else TransientError(words, code)
    passing = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS)
    if status in passing or not status:
        return TransientError(words, code)
    return PermanentError(words, code)


def _left(cause: BaseException | None) -> bool:
    """Whether a request may have reached them."""
    if isinstance(cause, requests.ConnectTimeout | requests.exceptions.SSLError):
        return False
    reason = cause.args[0] if cause and cause.args else None
    reason = getattr(reason, "reason", None) or reason
    return type(reason).__name__ not in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
