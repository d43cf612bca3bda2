"""What the places say that the provider holds, and the places that do not agree with what was paid."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from parvis.apps.billing.models import Invoice, InvoiceLine, LedgerAccount, Payment, Refund, Transaction
from parvis.apps.billing.queries.balances import balances_of
from parvis.apps.billing.queries.reconciling import day_bounds
from parvis.apps.leisure.models import Registration
from parvis.apps.outbox.models import State

SEATED = (Registration.State.CONFIRMED, Registration.State.CANCELLED)
Method, Way = Payment.Method, Refund.Way


def registrations_cents(day: date) -> int:
    """What the lines of the places say that the provider received in a day of the town, less what it gave back.

    Of each invoice that a card paid: what its places cost, less what the counter took of it, and plus what is asked
    back and did not leave yet. A place that someone does not have counts for nothing. Six queries.
    """
    first, after = day_bounds(day)
    invoices = invoices_of_day(first, after)
    lines, payments, refunds = _by_invoice(invoices)
    left_at = _left_at(refund for rows in refunds.values() for refund in rows)
    seats = _seats(line for rows in lines.values() for line in rows)
    return sum(
        _held(lines[invoice], seats, payments[invoice], refunds[invoice], left_at, moment) * sign
        for invoice in invoices
        for moment, sign in ((after, 1), (first, -1))
    )


def invoices_of_day(first: datetime, after: datetime) -> list[int]:
    """The invoices of which the provider received, or gave back, something between two moments, by id."""
    rows = Invoice.objects.filter(
        legs__account=LedgerAccount.PROVIDER, legs__transaction__at__gte=first, legs__transaction__at__lt=after
    )
    return sorted(set(rows.values_list("pk", flat=True)))


def paid_without_place(day: date) -> list[tuple[str, int]]:
    """The invoices that a card paid in a day, with the cents of their places that nobody has: (number, cents)."""
    paid = Invoice.objects.filter(pk__in=invoices_of_day(*day_bounds(day)))
    settled = [pk for pk, owed in balances_of(paid).items() if owed <= 0]
    rows = Registration.objects.filter(invoice_line__invoice__in=settled, invoice_line__reversals=None)
    missing: dict[str, int] = defaultdict(int)
    for row in rows.exclude(state__in=SEATED).select_related("invoice_line__invoice"):
        if line := row.invoice_line:
            missing[line.invoice.number] += line.total_cents
    return sorted(missing.items())


def place_without_payment() -> list[tuple[str, int]]:
    """The invoices of which something is owed though someone has the place: (number, cents)."""
    rows = Registration.objects.filter(state=Registration.State.CONFIRMED, invoice_line__isnull=False)
    invoices = list(Invoice.objects.filter(pk__in=rows.values("invoice_line__invoice")))
    owed = balances_of(invoices)
    return sorted((invoice.number, owed[invoice.pk]) for invoice in invoices if owed[invoice.pk] > 0)


def _by_invoice(
    invoices: Sequence[int],
) -> tuple[Mapping[int, Sequence[InvoiceLine]], Mapping[int, Sequence[Payment]], Mapping[int, Sequence[Refund]]]:
    lines: dict[int, list[InvoiceLine]] = defaultdict(list)
    payments: dict[int, list[Payment]] = defaultdict(list)
    refunds: dict[int, list[Refund]] = defaultdict(list)
    for line in InvoiceLine.objects.filter(invoice__in=invoices):
        lines[line.invoice_id].append(line)
    for payment in Payment.objects.filter(invoice__in=invoices):
        payments[payment.invoice_id].append(payment)
    asked = Refund.objects.filter(payment__invoice__in=invoices).exclude(state=State.CANCELLED)
    for refund in asked.select_related("payment"):
        refunds[refund.payment.invoice_id].append(refund)
    return lines, payments, refunds


def _left_at(refunds: Iterable[Refund]) -> dict[int, datetime]:
    """When the money of each refund left the provider, though it may have come back since."""
    keys = {f"refund:{refund.pk}": refund.pk for refund in refunds}
    return {keys[key]: at for key, at in Transaction.objects.filter(key__in=keys).values_list("key", "at")}


def _seats(lines: Iterable[InvoiceLine]) -> dict[int, bool]:
    """Whether someone has, or had, the place that a line bills, by the id of the line; only those that bill a place."""
    rows = Registration.objects.filter(invoice_line__in=[line.pk for line in lines])
    return {line: state in SEATED for line, state in rows.values_list("invoice_line", "state") if line}


def _held(
    lines: Sequence[InvoiceLine],
    seats: Mapping[int, bool],
    payments: Sequence[Payment],
    refunds: Sequence[Refund],
    left_at: Mapping[int, datetime],
    until: datetime,
) -> int:
    """What the provider should hold of an invoice just before a moment."""
    before = [payment for payment in payments if payment.received_at < until]
    if not any(payment.method == Method.CARD for payment in before):
        return 0
    billed = sum(
        line.total_cents for line in lines if line.made_at < until and seats.get(line.reverses_id or line.pk, True)
    )
    counter = sum(payment.cents for payment in before if payment.method != Method.CARD)
    kept = 0
    for refund in refunds:
        by_card = refund.payment.method == Method.CARD
        if refund.asked_at >= until:
            continue
        given = bool(refund.way != Way.ORIGINAL and refund.done_at and refund.done_at < until)
        left = left_at.get(refund.pk)
        gone = bool(left and left < until and not (refund.failed_at and refund.failed_at < until))
        if by_card and given:
            counter -= refund.cents  # by cheque: the provider keeps what the card did not take
        elif by_card and not gone:
            kept += refund.cents
        elif not by_card:
            counter -= refund.cents
    return billed - counter + kept
