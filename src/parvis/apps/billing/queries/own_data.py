"""What a household was billed, paid and was given back, as its own data: plain values. Cents."""

from typing import Any

from django.db.models import Prefetch

from parvis.apps.billing.models import Invoice, InvoiceLine, Payment, PaymentAttempt, Refund
from parvis.apps.billing.queries.balances import balances_of
from parvis.apps.billing.queries.standing import stage_words
from parvis.apps.households.models import Household


def own_invoices(household: Household) -> list[dict[str, Any]]:
    """The invoices of a household, the first one first: {number, at, payer, owed_cents, lines, payments, attempts}.

    A payment holds its refunds. Of a card, what its receipt says: its brand and its last digits. A constant number of
    queries.
    """
    refunds = Prefetch("refunds", Refund.objects.order_by("pk"))
    rows = Invoice.objects.filter(household=household).select_related("payer").order_by("pk")
    invoices = list(
        rows.prefetch_related(
            Prefetch("lines", InvoiceLine.objects.select_related("participant").order_by("pk")),
            Prefetch("payments", Payment.objects.prefetch_related(refunds).order_by("pk")),
            Prefetch("attempts", PaymentAttempt.objects.order_by("pk")),
        )
    )
    owed = balances_of(invoices)
    return [_invoice(invoice, owed[invoice.pk]) for invoice in invoices]


def _invoice(invoice: Invoice, owed: int) -> dict[str, Any]:
    return {
        "number": invoice.number,
        "at": invoice.issued_at,
        "payer": invoice.payer.name,
        "owed_cents": owed,
        "lines": [
            {
                "what": line.words,
                "participant": line.participant.name if line.participant else "",
                "price_cents": line.price_cents,
                "rebate_cents": line.rebate_cents,
                "aid_cents": line.aid_cents,
                "gst_cents": line.gst_cents,
                "qst_cents": line.qst_cents,
                "total_cents": line.total_cents,
            }
            for line in invoice.lines.all()
        ],
        "payments": [_payment(payment) for payment in invoice.payments.all()],
        "attempts": [
            {"at": row.made_at, "state": stage_words(row), "total_cents": row.cents} for row in invoice.attempts.all()
        ],
    }


def _payment(payment: Payment) -> dict[str, Any]:
    return {
        "number": payment.number,
        "at": payment.received_at,
        "by": payment.how,
        "details": payment.details,
        "total_cents": payment.cents,
        "refunds": [
            {
                "asked_at": row.asked_at,
                "at": row.done_at,
                "by": str(row.get_way_display()),
                "why": row.why,
                "total_cents": row.cents,
            }
            for row in payment.refunds.all()
        ],
    }
