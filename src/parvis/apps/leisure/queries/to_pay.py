"""What a household has still to pay for its places: each invoice once, with the places that it keeps and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from parvis.apps.billing.models import Invoice, PaymentAttempt
from parvis.apps.billing.queries.balances import balances_of
from parvis.apps.billing.queries.standing import standing_of
from parvis.apps.billing.rules.standing import Standing
from parvis.apps.households.models import Household
from parvis.apps.leisure.models import Registration
from parvis.lib import clock

State = Registration.State


@dataclass(frozen=True)
class ToPay:
    """An invoice whose places wait for its payment. `cents` is owed for all of them together.

    `until`: when the first of them is free again. `held_since`: when their basket was begun. `attempt`: the last try to
    pay it on line, and where it stands. `is_cancelling`: a cancellation is being done on it.
    """

    invoice: Invoice
    rows: Sequence[Registration]
    cents: int
    until: datetime | None
    held_since: datetime
    attempt: PaymentAttempt | None
    standing: Standing | None
    is_cancelling: bool


def to_pay(household: Household, invoice: Invoice | None = None) -> list[ToPay]:
    """What the household has to pay, what ends first before; or that invoice alone. Three queries at most."""
    rows = Registration.objects.filter(household=household, state=State.AWAITING_PAYMENT, invoice_line__isnull=False)
    if invoice:
        rows = rows.filter(invoice_line__invoice=invoice)
    by_invoice: dict[Invoice, list[Registration]] = {}
    related = ("invoice_line__invoice", "individual", "group__activity", "cart")
    for row in rows.select_related(*related).order_by("pk"):
        if row.invoice_line:
            by_invoice.setdefault(row.invoice_line.invoice, []).append(row)
    if not by_invoice:
        return []
    owed, attempts, moment = balances_of(by_invoice), _latest(by_invoice), clock.now()
    found = []
    for each, mine in by_invoice.items():
        attempt, ends = attempts.get(each.pk), [row.until for row in mine if row.until]
        if owed[each.pk] <= 0:
            continue  # it is paid, and about to be confirmed
        over = attempt.is_over(moment) if attempt else False
        found.append(
            ToPay(
                invoice=each,
                rows=mine,
                cents=owed[each.pk],
                until=min(ends, default=attempt.pay_before if attempt else None),
                held_since=min(row.cart.made_at if row.cart else each.issued_at for row in mine),
                attempt=attempt,
                standing=standing_of(attempt, owed=owed[each.pk], is_over=over) if attempt else None,
                is_cancelling=any(row.cancel_asked_at for row in mine),
            )
        )
    return sorted(found, key=lambda one: (one.until or moment, one.invoice.pk))


def are_free_again(invoice: Invoice) -> bool:
    """Whether the places of an invoice are free again since nobody paid them in time. One query."""
    rows = Registration.objects.filter(invoice_line__invoice=invoice, state=State.LAPSED, invoice_line__reversals=None)
    return rows.exists()


def _latest(invoices: dict[Invoice, list[Registration]]) -> dict[int, PaymentAttempt]:
    """The last try to pay each of these invoices on line, by the id of the invoice."""
    tries = PaymentAttempt.objects.filter(invoice__in=[invoice.pk for invoice in invoices]).order_by()
    latest = tries.values("invoice").annotate(last=Max("pk")).values("last")
    return {attempt.invoice_id: attempt for attempt in PaymentAttempt.objects.filter(pk__in=latest)}
