"""Giving money back: by the way it came, else by cheque; never more than what was paid."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from parvis.apps.billing.channels.base import RefundOutcome, RefundState
from parvis.apps.billing.models import Invoice, LedgerAccount, Payment, Refund, Transaction
from parvis.apps.billing.rules.cash import rounded
from parvis.apps.billing.services.ledger import NewLeg, post, reverse
from parvis.apps.billing.services.sending import REFUNDS
from parvis.apps.billing.services.settling import lock_invoice
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outbox import services as outbox
from parvis.apps.outbox.models import State
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.jobs import announce, event

PAID_TWICE = event("billing.paid_twice")
"""With the id of a refund: what was paid beyond what was owed is being given back."""
REFUND_DONE = event("billing.refund_done")
"""With the id of a refund: the money left."""
DOUBLE = "Paid twice"
Method, Way = Payment.Method, Refund.Way
_WAYS = {Method.CARD: Way.ORIGINAL, Method.CASH: Way.CASH, Method.CHEQUE: Way.CHEQUE}


@transaction.atomic
def refund_invoice(
    *, key: str, invoice: Invoice, cents: int, why: str, by: User | None = None, asked_by: User | None = None
) -> list[Refund]:
    """Asks for money paid for an invoice to be given back, once for its key: one refund for each payment that it takes,
    cards first, then the latest. A card is asked at the provider by a job; cash and cheques wait for the counter.

    `by`: who decides it; None when a rule of the town does, and then `asked_by` is whose gesture the rule follows.
    Raises NotAllowed, and Invalid (cents) for more than what was paid and not given back yet, or for nothing.
    """
    _require(by)
    return _refund(key, invoice, cents, why, by or asked_by, proposed=False)


@transaction.atomic
def propose_refund(*, key: str, invoice: Invoice, cents: int, why: str) -> list[Refund]:
    """The same, for the treasury to decide: it waits until `let_go`, or until the counter gives it (`record_given`)."""
    return _refund(key, invoice, cents, why, None, proposed=True)


def _refund(key: str, invoice: Invoice, cents: int, why: str, by: User | None, *, proposed: bool) -> list[Refund]:
    invoice = lock_invoice(invoice.pk)
    payments = list(Payment.objects.select_for_update(of=("self",)).filter(invoice=invoice).order_by("pk"))
    keys = [f"{key}:{payment.pk}" for payment in payments]
    if known := list(Refund.objects.filter(key__in=keys)):
        return known
    left = _left(payments)
    if cents > sum(left.values()):
        raise Invalid.in_field("cents", _("More than what was paid, and not refunded yet, cannot be refunded."))
    if cents <= 0:
        raise Invalid.in_field("cents", _("Say how much to refund."))
    refunds = []
    for payment in sorted(payments, key=lambda payment: (payment.method != Method.CARD, -payment.pk)):
        if taken := min(cents, left[payment.pk]):
            refunds.append(_ask(f"{key}:{payment.pk}", payment, taken, why, by, proposed=proposed))
            cents -= taken
    return refunds


@transaction.atomic
def let_go(*, refund: Refund, by: User) -> Refund:
    """Has a refund that was proposed given back on its card. Done once: called again, it does nothing.

    Raises NotAllowed, and Conflict when it was settled otherwise, or did not come by card.
    """
    _require(by)
    row = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
    if row.way != Way.ORIGINAL or row.failed_at:
        raise Conflict(_("This refund is not given on a card."))
    if row.state == State.HELD:
        moment = now()
        row.state, row.asked_by, row.queued_at, row.changed_at = State.QUEUED, by, moment, moment
        row.claimed_until = moment + REFUNDS.left_behind_after
        row.save()
        REFUNDS.ask(row.pk)
    return row


def refund_double(*, payment: Payment, cents: int) -> Refund:
    """Gives back what a payment brought beyond what was owed, in the transaction that records it, and announces it."""
    refund = _ask(f"double:{payment.pk}", payment, cents, DOUBLE, None)
    announce(PAID_TWICE, refund.pk)
    return refund


def _ask(key: str, payment: Payment, cents: int, why: str, by: User | None, *, proposed: bool = False) -> Refund:
    moment, way = now(), _WAYS[Method(payment.method)]
    by_card = way == Way.ORIGINAL and not proposed
    refund = Refund.objects.create(
        key=key,
        payment=payment,
        cents=cents,
        way=way,
        why=why[:200],
        asked_at=moment,
        asked_by=by,
        queued_at=moment,
        state=State.QUEUED if by_card else State.HELD,
        claimed_until=moment + REFUNDS.left_behind_after if by_card else None,
    )
    if by_card:
        REFUNDS.ask(refund.pk)
    return refund


def _left(payments: Iterable[Payment]) -> dict[int, int]:
    """What of each payment was not given back, nor is about to be; one that failed is still owed, by cheque."""
    rows = Refund.objects.filter(payment__in=payments).exclude(state=State.CANCELLED).order_by()
    given = dict(rows.values_list("payment").annotate(cents=Sum("cents")))
    return {payment.pk: payment.cents - given.get(payment.pk, 0) for payment in payments}


@transaction.atomic
def record_refund(*, refund: Refund, outcome: RefundOutcome) -> Refund:
    """Records what the provider says of a refund, in any order, as often as it says it.

    One that was done, and then came back since the card takes it no more, is reversed, and waits for a cheque.
    """
    row = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
    if row.way != Way.ORIGINAL or row.failed_at:  # settled otherwise since
        return row
    row.provider_id = outcome.refund_id or row.provider_id
    if outcome.state is RefundState.FAILED:
        row.failed_at, row.error = outcome.at or now(), outcome.error[:300]
        if row.transaction:
            key = f"refund:{row.pk}:returned"
            reverse(key=key, posted=row.transaction, by=None, words=row.error or row.why, at=row.failed_at)
        row.done_at, row.transaction = None, None
        outbox.move(REFUNDS, row, State.FAILED)
    else:
        outbox.move(REFUNDS, row, State.SENT)
        if outcome.state is RefundState.DONE and row.done_at is None:
            row.done_at = outcome.at or now()
            _give(row, f"refund:{row.pk}", LedgerAccount.PROVIDER, row.cents, row.asked_by, row.why)
    row.save()
    return row


@transaction.atomic
def record_given(*, refund: Refund, way: Refund.Way, details: str = "", by: User) -> Refund:
    """Records that the counter gave a refund: in cash (rounded to five cents), or by cheque, with its number.

    For one that waits for the counter, and for one that the card took no more, which goes by cheque. Done once: called
    again, it does nothing. Raises NotAllowed, and Conflict while the provider may still give it.
    """
    _require(by)
    row = Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)
    if row.done_at:
        return row
    if row.state not in (State.HELD, State.FAILED):
        raise Conflict(_("The provider is giving this money back: do not give it twice."))
    if way == Way.ORIGINAL or (row.failed_at and way != Way.CHEQUE):
        raise Invalid.in_field("way", _("Give this refund by cheque."))
    given = rounded(row.cents) if way == Way.CASH else row.cents
    account = LedgerAccount.DRAWER if way == Way.CASH else LedgerAccount.BANK
    row.way, row.done_at = way, now()
    outbox.move(REFUNDS, row, State.SENT)
    _give(row, f"refund:{row.pk}:counter", account, given, by, details or row.why)
    row.save()
    return row


def _give(refund: Refund, key: str, account: LedgerAccount, given: int, by: User | None, words: str) -> None:
    """Posts money that left an account, and tells it; its caller saves the refund."""
    invoice = refund.payment.invoice
    legs = [
        NewLeg(account, -given, invoice),
        NewLeg(LedgerAccount.RECEIVABLE, refund.cents, invoice),
        NewLeg(LedgerAccount.ROUNDING, given - refund.cents, invoice),
    ]
    refund.transaction = post(key=key, what=Transaction.What.REFUND, legs=legs, by=by, words=words, at=refund.done_at)
    announce(REFUND_DONE, refund.pk)


def _require(by: User | None) -> None:
    if by is not None:
        by.require(Action.REFUND_PAYMENT, _("Your role does not refund payments."))
