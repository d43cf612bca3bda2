"""A provider of payments of this machine: what Stripe keeps of Checkout sessions, payments, refunds and events.

Only what the town asks of Stripe is here. It misbehaves on demand; no card is real.
"""

import copy
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

from parvis.operations.fake_services.payments_controls import CARDS, Controls
from parvis.operations.fake_services.payments_webhooks import Webhooks

Object = dict[str, Any]
KEY, SECRET = "sk_test_standin", "whsec_standin"
HALF_HOUR, DAY = 1800, 24 * 3600
LEAST_CENTS = 50
FEE_RATE, FEE_CENTS = 0.029, 30
_REFUSALS = {"0002": "generic_decline", "9995": "insufficient_funds"}
_CLOSED, _SLOW = ("9987", "5126"), ("7726",)
_PREFIXES = {
    "checkout.session": "cs_test",
    "payment_intent": "pi",
    "charge": "ch",
    "refund": "re",
    "balance_transaction": "txn",
    "event": "evt",
}


class ApiError(Exception):
    """An answer of the API that refuses."""

    def __init__(self, message: str, code: str = "", status: int = 400, kind: str = "invalid_request_error") -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **({"code": code} if code else {})}}


@dataclass
class Answered:
    """What was answered under an idempotency key, None while it is being worked out."""

    asked: str
    status: int = 0
    body: Object | None = None


@dataclass
class PaymentProvider:
    """The account: every object by its identifier, in the order in which they were made."""

    port: int = 0
    controls: Controls = field(default_factory=Controls)
    objects: dict[str, Object] = field(default_factory=dict)
    private: dict[str, Object] = field(default_factory=dict)  # what the API does not tell of an object
    answered: dict[str, Answered] = field(default_factory=dict)
    lock: Any = field(default_factory=threading.RLock)
    events: list[Object] = field(default_factory=list)
    webhooks: Webhooks = field(init=False)
    hook: str = ""
    kept_in: Path | None = None  # the file where it keeps what it holds, to find it again at the next start

    def __post_init__(self) -> None:
        self.webhooks = Webhooks(self.hook, [SECRET], self.controls)
        if self.kept_in and self.kept_in.exists():
            kept = json.loads(self.kept_in.read_text())
            self.objects, self.private = kept["objects"], kept["private"]

    @property
    def now(self) -> int:
        """Its clock, in Unix seconds."""
        return int(time.time() if self.controls.now is None else self.controls.now)

    def make(self, kind: str, **values: Any) -> Object:
        """Keeps a new object."""
        identifier = f"{_PREFIXES[kind]}_{uuid4().hex[:24]}"
        made = {"id": identifier, "object": kind, "created": self.now, "livemode": False} | values
        self.objects[identifier] = made
        return made

    def get(self, identifier: str, kind: str) -> Object:
        """An object; ApiError 404 when there is none of that kind."""
        found = self.objects.get(identifier)
        if found is None or found["object"] != kind:
            raise ApiError(f"No such {kind}: '{identifier}'", "resource_missing", HTTPStatus.NOT_FOUND)
        if kind == "checkout.session" and found["status"] == "open" and found["expires_at"] <= self.now:
            self.end(found)
        return found

    @contextmanager
    def gesture(self, *, wait: bool = False) -> Iterator[None]:
        """One change: alone, then the webhooks of its events."""
        with self.lock:
            before = len(self.events)
            yield
            told = self.events[before:]
            if self.kept_in:
                self.kept_in.write_text(json.dumps({"objects": self.objects, "private": self.private}))
        self.webhooks.send(told, wait=wait)

    def tell(self, kind: str, about: Object) -> None:
        """Adds an event to those of the gesture."""
        data = {"object": copy.deepcopy(about)}
        event = self.make("event", type=kind, data=data, api_version="2026-10-28.stand-in", pending_webhooks=1)
        self.events.append(event)

    def once(self, key: str, asked: str, do: Callable[[], tuple[int, Object]]) -> tuple[int, Object, bool]:
        """What `do` answers, done once for a key: the same again to the same request, an error to another one.

        The last value says whether it is a repetition. Refusals of a malformed request are not kept.
        """
        with self.lock:
            known = self.answered.get(key) if key else None
            if known and known.asked != asked:
                words = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                )
                raise ApiError(words, status=HTTPStatus.BAD_REQUEST, kind="idempotency_error")
            if known and known.body is None:
                words = "There is currently another in-progress request using this Idempotent Key."
                raise ApiError(words, "idempotency_key_in_use", HTTPStatus.CONFLICT)
            if known and known.body is not None:
                return known.status, copy.deepcopy(known.body), True
            kept = Answered(asked)
            if key:
                self.answered[key] = kept
        try:
            kept.status, body = do()
        except BaseException:
            self.answered.pop(key, None)
            raise
        kept.body = copy.deepcopy(body)
        return kept.status, body, False

    # --- Checkout ------------------------------------------------------------------------------------------------

    def make_session(self, given: Mapping[str, Any]) -> Object:
        """POST /v1/checkout/sessions, in mode "payment"."""
        items = list(given.get("line_items", {}).values())
        if given.get("mode") != "payment" or not items or not given.get("success_url"):
            raise ApiError("Missing required param: mode=payment, line_items, success_url.", "parameter_missing")
        prices = [item["price_data"] for item in items]
        total = sum(
            int(price["unit_amount"]) * int(item.get("quantity", 1)) for item, price in zip(items, prices, strict=True)
        )
        if total < LEAST_CENTS:
            raise ApiError("The Checkout Session's total amount must be at least $0.50 cad.", "amount_too_small")
        expires = int(given.get("expires_at", self.now + DAY))
        if not self.now + HALF_HOUR <= expires <= self.now + DAY:
            raise ApiError("The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from now.")
        session = self.make(
            "checkout.session",
            mode="payment",
            status="open",
            payment_status="unpaid",
            payment_intent=None,
            amount_total=total,
            currency=prices[0]["currency"].lower(),
            client_reference_id=given.get("client_reference_id"),
            metadata=dict(given.get("metadata", {})),
            locale=given.get("locale"),
            success_url=given["success_url"],
            cancel_url=given.get("cancel_url"),
            expires_at=expires,
        )
        session["url"] = f"http://127.0.0.1:{self.port}/c/pay/{session['id']}"
        names = [price["product_data"]["name"] for price in prices]
        self.private[session["id"]] = {
            "names": names,
            "metadata": dict(given.get("payment_intent_data", {}).get("metadata", {})),
        }
        return session

    def expire_session(self, session: Object) -> Object:
        """POST /v1/checkout/sessions/{id}/expire."""
        if session["status"] != "open":
            words = f"Only Checkout Sessions with a status in ['open'] can be expired; this one is {session['status']}."
            raise ApiError(words)
        self.end(session)
        return session

    def end(self, session: Object) -> None:
        """Nobody can pay there any more."""
        session |= {"status": "expired", "url": None}
        self.tell("checkout.session.expired", session)

    def pay(self, session: Object, card: str, *, confirmed: bool = False) -> str:
        """Someone pays on the page of a session: "paid", "refused", "confirm" (their bank asks), or "over"."""
        if self.get(session["id"], "checkout.session")["status"] != "open":
            return "over"
        intent = self._intent_of(session)
        last4 = card[-4:]
        if last4 in _REFUSALS or last4 not in CARDS:
            self._refuse(intent, last4)
            return "refused"
        if last4 == "3155" and not confirmed:  # noqa: PLR2004
            intent["status"] = "requires_action"
            return "confirm"
        self.charge(intent, last4)
        session |= {"status": "complete", "payment_status": "paid", "url": None}
        self.tell("checkout.session.completed", session)
        return "paid"

    def refuse_confirmation(self, session: Object) -> None:
        """The holder of the card did not confirm."""
        self._refuse(self._intent_of(session), "3155")

    def _intent_of(self, session: Object) -> Object:
        if not session["payment_intent"]:
            metadata = self.private[session["id"]]["metadata"]
            session["payment_intent"] = self.make_intent(session["amount_total"], session["currency"], metadata)["id"]
        return self.objects[session["payment_intent"]]

    # --- Payments and refunds ------------------------------------------------------------------------------------

    def make_intent(self, cents: int, currency: str, metadata: Mapping[str, str]) -> Object:
        """A PaymentIntent without a card yet."""
        return self.make(
            "payment_intent",
            amount=cents,
            amount_received=0,
            currency=currency,
            status="requires_payment_method",
            metadata=dict(metadata),
            latest_charge=None,
            last_payment_error=None,
        )

    def charge(self, intent: Object, last4: str) -> None:
        """The card is charged."""
        charge = self._make_charge(intent, last4, status="succeeded", paid=True)
        charge["balance_transaction"] = self.move("charge", intent["amount"], charge["id"])["id"]
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
        self.tell("charge.succeeded", charge)
        self.tell("payment_intent.succeeded", intent)

    def _refuse(self, intent: Object, last4: str) -> None:
        code = _REFUSALS.get(last4, "generic_decline")
        charge = self._make_charge(intent, last4, status="failed", paid=False)
        charge |= {"failure_code": "card_declined", "failure_message": "Your card was declined."}
        error = {"type": "card_error", "code": "card_declined", "decline_code": code, "charge": charge["id"]}
        intent |= {"status": "requires_payment_method", "last_payment_error": error}
        self.tell("charge.failed", charge)
        self.tell("payment_intent.payment_failed", intent)

    def _make_charge(self, intent: Object, last4: str, **values: Any) -> Object:
        charge = self.make(
            "charge",
            amount=intent["amount"],
            amount_refunded=0,
            currency=intent["currency"],
            payment_intent=intent["id"],
            metadata=dict(intent["metadata"]),
            balance_transaction=None,
            refunded=False,
            payment_method_details={"type": "card", "card": {"brand": "visa", "last4": last4}},
            **values,
        )
        intent["latest_charge"] = charge["id"]
        return charge

    def move(self, kind: str, cents: int, source: str) -> Object:
        """A movement of the balance; a charge pays a fee."""
        fee = round(cents * FEE_RATE) + FEE_CENTS if kind == "charge" else 0
        values = {"amount": cents, "fee": fee, "net": cents - fee, "currency": "cad", "source": source}
        return self.make("balance_transaction", type=kind, reporting_category=kind, **values)

    def make_refund(self, given: Mapping[str, Any]) -> Object:
        """POST /v1/refunds, of all that is left unless `amount` says less. More than what is left is refused."""
        charge = self._charge_to_refund(given)
        left = charge["amount"] - charge["amount_refunded"]
        cents = int(given.get("amount", left))
        if left <= 0:
            raise ApiError(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
        if not 0 < cents <= left:
            raise ApiError(f"Refund amount ({cents}) is greater than unrefunded amount on charge ({left})")
        last4 = charge["payment_method_details"]["card"]["last4"]
        waits = last4 in _CLOSED or last4 in _SLOW
        refund = self.make(
            "refund",
            amount=cents,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
            metadata=dict(given.get("metadata", {})),
            status="pending" if waits else "succeeded",
            failure_reason=None,
            failure_balance_transaction=None,
        )
        refund["balance_transaction"] = self.move("refund", -cents, refund["id"])["id"]
        charge["amount_refunded"] += cents
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.tell("refund.created", refund)
        self.tell("charge.refunded", charge)
        if waits:
            timer = threading.Timer(self.controls.refund_seconds, self.settle_refund, (refund, last4 in _CLOSED))
            timer.daemon = True
            timer.start()
        return refund

    def settle_refund(self, refund: Object, closed: bool) -> None:
        """What became of a pending refund: the card took it, or it is closed and the money came back."""
        with self.gesture(wait=self.controls.webhook_before_redirect):
            refund["status"] = "failed" if closed else "succeeded"
            if closed:
                refund["failure_reason"] = "expired_or_canceled_card"
                back = self.move("refund_failure", refund["amount"], refund["id"])
                refund["failure_balance_transaction"] = back["id"]
                charge = self.objects[refund["charge"]]
                charge["amount_refunded"] -= refund["amount"]
                charge["refunded"] = False
            self.tell("refund.updated", refund)
            if closed:
                self.tell("refund.failed", refund)

    def _charge_to_refund(self, given: Mapping[str, Any]) -> Object:
        if intent := given.get("payment_intent"):
            latest = self.get(intent, "payment_intent")["latest_charge"]
        else:
            latest = given.get("charge", "")
        charge = self.get(latest or "", "charge")
        if charge["status"] != "succeeded":
            raise ApiError("This PaymentIntent does not have a successful charge to refund.")
        return charge

    # --- What a test asks ----------------------------------------------------------------------------------------

    def state(self) -> Object:
        """What it holds, and how it behaves."""
        with self.lock:
            kinds: dict[str, list[Object]] = {kind: [] for kind in _PREFIXES}
            for one in list(self.objects.values()):
                kinds[one["object"]].append(copy.deepcopy(one))
            return {
                "controls": vars(self.controls),
                "secrets": self.webhooks.secrets,
                "hook": self.webhooks.url,
                "deliveries": list(self.webhooks.deliveries),
                **kinds,
            }

    def control(self, given: Mapping[str, Any]) -> Object:
        """Changes how it behaves, or does what is asked at once; ApiError for a word that it does not know."""
        given = dict(given)
        answer: Object = {}
        session_id, card = given.pop("pay", ""), str(given.pop("card", "4242"))
        for name, value in given.items():
            if name == "rotate_secret":
                answer["secret"] = self.webhooks.rotate(value if isinstance(value, str) else "")
            elif name == "secret":
                self.webhooks.secrets = [str(value)]
            elif name == "hook":
                self.webhooks.url = str(value or "")
            elif name == "resend":
                self.webhooks.send([self.get(str(value), "event")], wait=True)
            elif name in vars(self.controls):
                setattr(self.controls, name, _value(name, value))
            else:
                raise ApiError(f"No such control: {name}.")
        if session_id:
            answer |= self.pay_by_control(session_id, card)
        return answer or {"controls": vars(self.controls)}

    def pay_by_control(self, session_id: str, card: str) -> Object:
        """Pays a session as its page does, confirming where the bank asks for it."""
        with self.gesture(wait=self.controls.webhook_before_redirect):
            session = self.get(session_id, "checkout.session")
            outcome = self.pay(session, card, confirmed=True)
        return {"outcome": outcome, "redirect": session["success_url"] if outcome == "paid" else None}


def _value(name: str, value: Any) -> Any:
    """A control as it is kept: `true` means twice, always, or 500, as the case may be."""
    if name == "duplicate":
        return 2 if value is True else int(value or 1)
    if name == "drop":
        return 1_000_000 if value is True else int(value or 0)
    if name in ("fail", "fail_after_charging"):
        return "500" if value is True else str(value or "")
    return value


def fingerprint(method: str, path: str, given: Mapping[str, Any]) -> str:
    """What a request asks, to compare two that come under one key."""
    return json.dumps([method, path, given], sort_keys=True)
