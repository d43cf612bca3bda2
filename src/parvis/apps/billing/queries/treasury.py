"""What a treasurer reads: the nights, the payments of a day, the refunds that wait; and the invoices of the counter."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from parvis.apps.billing.models import Invoice, Payment, ReconciliationReport, Refund
from parvis.apps.billing.queries.oddities import WORDS, Gesture
from parvis.apps.billing.queries.receipts import Owed, owed_of
from parvis.apps.billing.queries.reconciling import day_bounds
from parvis.apps.outbox.models import State

NIGHTS, MOST_FOUND, MOST_REFUNDS = 14, 20, 100


@dataclass(frozen=True)
class OddRow:
    """Something odd, in words; `invoice` when it concerns one."""

    title: str
    cause: str
    gesture: Gesture
    reference: str
    cents: int
    invoice: Invoice | None


@dataclass(frozen=True)
class Taken:
    """What was taken in a day by one method."""

    method: str
    payments: Sequence[Payment]

    @property
    def cents(self) -> int:
        """What was taken, cash rounded."""
        return sum(payment.tendered_cents for payment in self.payments)


def latest_reports() -> list[ReconciliationReport]:
    """The last nights, latest first."""
    return list(ReconciliationReport.objects.all()[:NIGHTS])


def odd_rows(report: ReconciliationReport) -> list[OddRow]:
    """What is odd in a report, as it is kept, in words. One query."""
    numbers = {one["reference"] for one in report.odd}
    invoices = {invoice.number: invoice for invoice in Invoice.objects.filter(number__in=numbers)}
    payments = Payment.objects.filter(number__in=numbers).select_related("invoice")
    invoices |= {payment.number: payment.invoice for payment in payments}
    return [
        OddRow(
            str(WORDS[one["kind"]].title),
            str(WORDS[one["kind"]].cause),
            WORDS[one["kind"]].gesture,
            one["reference"],
            one["cents"],
            invoices.get(one["reference"]),
        )
        for one in report.odd
    ]


def payments_of(day: date) -> list[Taken]:
    """What was taken in a day of the town, by method. One query."""
    first, after = day_bounds(day)
    rows = Payment.objects.filter(received_at__gte=first, received_at__lt=after)
    taken: dict[str, list[Payment]] = defaultdict(list)
    for row in rows.select_related("invoice__payer", "received_by").order_by("pk"):
        taken[row.get_method_display()].append(row)
    return [Taken(method, payments) for method, payments in taken.items()]


def waiting_refunds() -> list[Refund]:
    """The refunds that are asked for and not done, first those on which the treasury decides or makes a cheque."""
    rows = Refund.objects.filter(done_at=None).exclude(state=State.CANCELLED)
    found = rows.select_related("payment__invoice__payer").order_by("asked_at")[:MOST_REFUNDS]
    return sorted(found, key=lambda refund: refund.failed_at is None and not refund.is_proposed)


def find_invoices(text: str) -> list[Owed]:
    """The invoices of this number, or of a household or a payer whose name contains these words, latest first."""
    words = text.strip()
    if not words:
        return []
    rows = Invoice.objects.select_related("payer", "household").prefetch_related("lines")
    named = Q(payer__name__icontains=words) | Q(household__name__icontains=words)
    numbered = Q(number__iexact=words) | Q(payments__number__iexact=words)
    return owed_of(rows.filter(numbered | named).distinct()[:MOST_FOUND])


def invoice_by_public_id(public_id: str) -> Invoice | None:
    """The invoice, with its payer and its household."""
    return Invoice.objects.select_related("payer", "household").filter(public_id=public_id).first()
