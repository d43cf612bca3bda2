"""An invoice and its receipt, as a page, a letter and a paper show them; those of a household."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q, Sum
from django.utils.translation import get_language

from parvis.apps.billing.models import Invoice, InvoiceLine, Payment, Refund
from parvis.apps.billing.queries.balances import balances_of, refunds_of
from parvis.apps.content.queries.facts import facts_current
from parvis.apps.content.queries.rendering import show_fact
from parvis.apps.households.models import Household
from parvis.apps.outbox.models import State
from parvis.lib import clock
from parvis.lib.i18n.languages import clean

GST_NUMBER, QST_NUMBER = "tps-numero", "tvq-numero"


@dataclass(frozen=True)
class Share:
    """The lines of one participant; `name` is "" for those that are nobody's."""

    name: str
    lines: Sequence[InvoiceLine]


@dataclass(frozen=True)
class Receipt:
    """What was sold to whom, each tax, what was paid and given back, and what is still owed. Cents.

    `rebate_cents` is what was taken off the prices, `aid_cents` the financial aid; `net_cents` what is left before
    taxes, once the lines taken back are out. The numbers of the taxes are those of the town's facts, "" when it has
    none that stands.
    """

    invoice: Invoice
    shares: Sequence[Share]
    rebate_cents: int
    aid_cents: int
    net_cents: int
    gst_cents: int
    qst_cents: int
    payments: Sequence[Payment]
    refunds: Sequence[Refund]
    balance_cents: int
    gst_number: str
    qst_number: str

    @property
    def total_cents(self) -> int:
        """What it amounts to, taxes included."""
        return self.net_cents + self.gst_cents + self.qst_cents

    @property
    def rounding_cents(self) -> int:
        """What the rounding of cash added to what was owed, or took off it."""
        return sum(payment.tendered_cents - payment.cents for payment in self.payments)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed for it."""
        return self.balance_cents <= 0

    @property
    def is_receipt(self) -> bool:
        """Whether it is a receipt: money came, and nothing is owed."""
        return self.is_settled and bool(self.payments)

    @property
    def dated_at(self) -> datetime:
        """When it was paid, else issued."""
        return self.payments[-1].received_at if self.is_receipt else self.invoice.issued_at

    @property
    def number(self) -> str:
        """That of the last payment once it is settled, else that of the invoice."""
        return self.payments[-1].number if self.is_receipt else self.invoice.number


@dataclass(frozen=True)
class Owed:
    """An invoice of a household, what it amounts to, and what is still owed for it.

    `paid_cents` is all that came for it, `refunded_cents` what was given back of it, `asked_cents` what is to be.
    """

    invoice: Invoice
    total_cents: int
    balance_cents: int
    paid_cents: int = 0
    refunded_cents: int = 0
    asked_cents: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed for it."""
        return self.balance_cents <= 0

    @property
    def is_void(self) -> bool:
        """Whether all of it was taken back before anything was paid."""
        return (
            not self.paid_cents and not self.total_cents and any(line.reverses_id for line in self.invoice.lines.all())
        )


def receipt_of(invoice: Invoice) -> Receipt:
    """The invoice, or its receipt once it is paid. Five queries, whatever its length."""
    lines = list(invoice.lines.select_related("participant"))
    numbers = _tax_numbers() if any(line.gst_cents or line.qst_cents for line in lines) else {}
    return Receipt(
        invoice=invoice,
        shares=_shares(lines),
        rebate_cents=sum(line.rebate_cents for line in lines),
        aid_cents=sum(line.aid_cents for line in lines),
        net_cents=sum(line.net_cents for line in lines),
        gst_cents=sum(line.gst_cents for line in lines),
        qst_cents=sum(line.qst_cents for line in lines),
        payments=list(Payment.objects.filter(invoice=invoice)),
        refunds=list(refunds_of(invoice).order_by("pk")),
        balance_cents=balances_of([invoice])[invoice.pk],
        gst_number=numbers.get(GST_NUMBER, ""),
        qst_number=numbers.get(QST_NUMBER, ""),
    )


def invoices_of(household: Household, *, limit: int = 100) -> list[Owed]:
    """The last invoices of a household, latest first. Five queries."""
    return owed_of(Invoice.objects.filter(household=household).prefetch_related("lines")[:limit])


def owed_of(rows: Iterable[Invoice]) -> list[Owed]:
    """What each amounts to, what came and went, and what is still owed. Their lines were fetched. Three queries."""
    invoices = list(rows)
    owed = balances_of(invoices)
    paid, refunds = Payment.objects.filter(invoice__in=invoices), Refund.objects.exclude(state=State.CANCELLED)
    came = dict(paid.order_by().values_list("invoice").annotate(cents=Sum("cents")))
    went = refunds.filter(payment__invoice__in=invoices).order_by().values_list("payment__invoice")
    sums = went.annotate(done=Sum("cents", filter=Q(done_at__isnull=False)), asked=Sum("cents", filter=Q(done_at=None)))
    back = {invoice: (done or 0, asked or 0) for invoice, done, asked in sums}
    return [
        Owed(
            invoice,
            sum(line.total_cents for line in invoice.lines.all()),
            owed[invoice.pk],
            came.get(invoice.pk, 0),
            *back.get(invoice.pk, (0, 0)),
        )
        for invoice in invoices
    ]


def invoice_in(household: Household, public_id: str) -> Invoice | None:
    """The invoice of that household with that public identifier; None for another's."""
    rows = Invoice.objects.select_related("payer", "household")
    return rows.filter(household=household, public_id=public_id).first()


def _shares(lines: Sequence[InvoiceLine]) -> list[Share]:
    by_name: dict[int | None, list[InvoiceLine]] = {}
    for line in lines:
        by_name.setdefault(line.participant_id, []).append(line)
    return [Share(rows[0].participant.name if rows[0].participant else "", rows) for rows in by_name.values()]


def _tax_numbers() -> dict[str, str]:
    """The numbers of the taxes that the town's facts give today."""
    today, language, keys = clock.today(), clean(get_language()), (GST_NUMBER, QST_NUMBER)
    facts = facts_current(keys, today)
    shown = {key: show_fact(key, facts.get(key), language, demo=settings.PARVIS_DEMO, today=today) for key in keys}
    return {key: fact.shown for key, fact in shown.items() if fact.told}
