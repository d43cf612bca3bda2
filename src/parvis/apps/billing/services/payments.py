"""Trying to pay on line, what became of it, and what the counter takes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.billing.channels.base import PaymentOutcome
from parvis.apps.billing.models import Invoice, LedgerAccount, Payment, PaymentAttempt, ProviderEvent, Transaction
from parvis.apps.billing.queries.balances import balance_of, has_provider, paid_of
from parvis.apps.billing.rules.cash import rounded
from parvis.apps.billing.services.ledger import NewLeg, post
from parvis.apps.billing.services.numbers import RECEIPTS, lock_series, take_number
from parvis.apps.billing.services.refunds import refund_double
from parvis.apps.billing.services.sending import ATTEMPTS
from parvis.apps.billing.services.settling import PAID, lock_invoice
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outbox import services as outbox
from parvis.lib.clock import now
from parvis.lib.database.rows import insert
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.i18n.languages import clean
from parvis.lib.jobs import announce, enqueue, event, job

ATTEMPT_ENDED = event("billing.attempt_ended")
"""With the id of an attempt: the provider said that nothing can be paid there any more, and nothing was."""
ATTEMPT_REFUSED = event("billing.attempt_refused")
"""With the id of an attempt: the bank refused; another card may be tried on the same page."""
END = job("parvis.apps.billing.tasks.end_attempt", urgent=True)
HANDLE = job("parvis.apps.billing.tasks.handle_event", urgent=True)
Stage, Method = PaymentAttempt.Stage, Payment.Method


class AlreadyPaid(Conflict):
    """Nothing is owed for it any more."""

    code = "already-paid"


class BeingVerified(Conflict):
    """A payment of it may have gone through: nobody pays it again meanwhile."""

    code = "being-verified"


@transaction.atomic
def start(*, key: str, invoice: Invoice, language: str, pay_before: datetime) -> PaymentAttempt:
    """An attempt to pay what is owed for an invoice: the open one, if it is for that amount and its time is not over;
    else a new one, whose page a job makes. Another that is open is ended.

    Its session is ended at the provider at `pay_before`. `key`, 60 characters at most, tells whose it is. Raises
    AlreadyPaid, BeingVerified, and Conflict when no provider is set.
    """
    if not has_provider():
        raise Conflict(_("One cannot pay on line here: pay at the counter."))
    owed = _owed(invoice := lock_invoice(invoice.pk))
    opened = PaymentAttempt.objects.filter(invoice=invoice, stage__in=PaymentAttempt.OPEN).order_by("-pk")
    moment = now()
    for attempt in opened:
        if attempt.cents == owed and not attempt.is_over(moment):
            return attempt
    end_attempts(invoice=invoice)
    attempt = PaymentAttempt.objects.create(
        key=f"{key}:{PaymentAttempt.objects.filter(invoice=invoice).count() + 1}",
        invoice=invoice,
        cents=owed,
        provider=settings.PARVIS_PAYMENTS,
        language=clean(language),
        pay_before=pay_before,
        expires_at=pay_before,
        made_at=moment,
        queued_at=moment,
        claimed_until=moment + ATTEMPTS.left_behind_after,
    )
    ATTEMPTS.ask(attempt.pk)
    return attempt


def _owed(invoice: Invoice) -> int:
    """What is owed for a locked invoice. Raises AlreadyPaid, BeingVerified."""
    owed = balance_of(invoice)
    if owed <= 0:
        raise AlreadyPaid(_("This invoice is already paid."))
    if PaymentAttempt.objects.filter(invoice=invoice, stage=Stage.PROCESSING).exists():
        raise BeingVerified(
            _("A payment of this invoice is being verified. Do not pay again: we tell you as soon as we know.")
        )
    return owed


@transaction.atomic
def end_attempts(*, invoice: Invoice) -> None:
    """Has the open attempts of an invoice ended at the provider; what became of each is announced once it says so.

    The caller holds the lock of the invoice, or takes no other one after this.
    """
    moment = now()
    rows = PaymentAttempt.objects.filter(invoice=invoice, stage__in=PaymentAttempt.OPEN)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    mine = PaymentAttempt.objects.filter(pk__in=ids)
    mine.filter(pay_before__gt=moment).update(pay_before=moment)
    outbox.cancel(mine)
    for attempt_id in ids:
        enqueue(END, attempt_id)


def record_outcome(*, attempt: PaymentAttempt, outcome: PaymentOutcome) -> None:
    """Records what the provider says of an attempt, in any order, as often as it says it."""
    if outcome.stage == Stage.SUCCEEDED:
        record_paid(
            attempt=attempt,
            payment_id=outcome.payment_id,
            cents=outcome.cents,
            details=outcome.details,
            at=outcome.at,
        )
    elif outcome.stage == Stage.PROCESSING:
        record_processing(attempt=attempt)
    elif outcome.stage == Stage.FAILED:
        record_refused(attempt=attempt, error=outcome.error)
    elif outcome.stage == Stage.EXPIRED:
        record_expired(attempt=attempt)


@transaction.atomic
def record_paid(
    *, attempt: PaymentAttempt, payment_id: str, cents: int, details: str = "", at: datetime | None = None
) -> Payment:
    """Records money that the provider took, once for its identifier of the payment, whatever was said before.

    Announces `billing.invoice_paid` when nothing is owed any more. What is paid twice, or beyond what is owed, is
    given back at once; the paid order stays.
    """
    invoice = lock_invoice(attempt.invoice_id)
    row = PaymentAttempt.objects.select_for_update(of=("self",)).get(pk=attempt.pk)
    if known := Payment.objects.filter(key=f"{row.provider}:{payment_id}").first():
        return known
    earlier = paid_of(invoice)
    row.stage, row.payment_id, row.settled_at = Stage.SUCCEEDED, payment_id, at or now()
    row.save(update_fields=["stage", "payment_id", "settled_at"])
    payment = Payment(
        key=f"{row.provider}:{payment_id}",
        invoice=invoice,
        attempt=row,
        method=Method.CARD,
        cents=cents,
        tendered_cents=cents,
        details=details[:80],
        received_at=at or now(),
    )
    return _received(payment, earlier)


@transaction.atomic
def take_at_counter(
    *,
    key: str,
    invoice: Invoice,
    method: Payment.Method,
    details: str = "",
    handed_cents: int | None = None,
    by: User,
) -> Payment:
    """Takes what is owed for an invoice, in cash (rounded to five cents) or by cheque; once for its key.

    `handed_cents`: the cash that was handed over, so that the receipt tells the change. Raises NotAllowed, AlreadyPaid,
    BeingVerified while a payment on line may have gone through, and Invalid (received) for less cash than is owed.
    """
    by.require(Action.TAKE_PAYMENT, _("Your role does not take payments."))
    if method not in (Method.CASH, Method.CHEQUE):
        raise ValueError(f"the counter takes cash and cheques, not {method}")
    invoice = lock_invoice(invoice.pk)
    if known := Payment.objects.filter(key=f"counter:{key}").first():
        return known
    owed = _owed(invoice)
    taken = rounded(owed) if method == Method.CASH else owed
    if method != Method.CASH:
        handed_cents = None
    if handed_cents is not None and handed_cents < taken:
        raise Invalid.in_field("received", _("This is less than what is owed. Nothing was taken."))
    payment = Payment(
        key=f"counter:{key}",
        invoice=invoice,
        method=method,
        cents=owed,
        tendered_cents=taken,
        handed_cents=handed_cents,
        details=details[:80],
        received_at=now(),
        received_by=by,
    )
    return _received(payment, paid_of(invoice))


_HELD_IN = {Method.CARD: LedgerAccount.PROVIDER, Method.CASH: LedgerAccount.DRAWER, Method.CHEQUE: LedgerAccount.BANK}


def _received(payment: Payment, earlier: int) -> Payment:
    """Numbers, posts and saves a payment of a locked invoice, and tells what follows. `earlier`: paid before."""
    invoice, owed = payment.invoice, balance_of(payment.invoice)
    payment.number = take_number(lock_series(RECEIPTS, payment.received_at))
    legs = [
        NewLeg(_HELD_IN[Method(payment.method)], payment.tendered_cents, invoice),
        NewLeg(LedgerAccount.RECEIVABLE, -payment.cents, invoice),
        NewLeg(LedgerAccount.ROUNDING, payment.cents - payment.tendered_cents, invoice),
    ]
    payment.transaction = post(
        key=f"payment:{payment.key}",
        what=Transaction.What.PAYMENT,
        legs=legs,
        by=payment.received_by,
        words=payment.number,
        at=payment.received_at,
    )
    payment.save(force_insert=True)
    if owed > 0 or earlier <= 0:
        if owed <= payment.cents:
            announce(PAID, invoice.pk)
            end_attempts(invoice=invoice)
        double = payment.cents - owed if owed > 0 else 0
    else:
        double = payment.cents
    if double > 0:
        refund_double(payment=payment, cents=double)
    return payment


@transaction.atomic
def record_processing(*, attempt: PaymentAttempt) -> None:
    """Records that an attempt may have gone through, and that the bank verifies it."""
    _move(attempt, Stage.PROCESSING, among=(Stage.CREATED, Stage.SENT, Stage.FAILED))


@transaction.atomic
def record_refused(*, attempt: PaymentAttempt, error: str = "") -> None:
    """Records that the bank refused, and announces it: the page stays open until its time is over."""
    if _move(attempt, Stage.FAILED, among=(Stage.CREATED, Stage.SENT, Stage.PROCESSING), error=error[:300]):
        announce(ATTEMPT_REFUSED, attempt.pk)


@transaction.atomic
def record_expired(*, attempt: PaymentAttempt) -> None:
    """Records that nothing can be paid there any more, as the provider says, and announces it once."""
    if _move(attempt, Stage.EXPIRED, among=PaymentAttempt.OPEN, settled_at=now()):
        announce(ATTEMPT_ENDED, attempt.pk)


def _move(attempt: PaymentAttempt, stage: PaymentAttempt.Stage, *, among: Any, **values: Any) -> bool:
    rows = PaymentAttempt.objects.filter(pk=attempt.pk, stage__in=among)
    return bool(rows.update(stage=stage, **values))


@transaction.atomic
def store_event(*, provider: str, event_id: str, kind: str, body: Mapping[str, Any]) -> bool:
    """Stores what a provider tells, as it came, once for its identifier, and has it handled; False when it is known."""
    row = ProviderEvent(provider=provider, event_id=event_id, kind=kind[:80], body=dict(body), received_at=now())
    if not insert(row, unless=("provider", "event_id")):
        return False
    enqueue(HANDLE, row.pk)
    return True
