"""What is done around every change of what an invoice is owed, under its lock."""

from parvis.apps.billing.models import Invoice
from parvis.lib.jobs import event

PAID = event("billing.invoice_paid")
"""With the id of an invoice: money came, or there was nothing to pay, and nothing is owed for it any more.

Also when money came after all of its lines were taken back: whoever sold them seats the people after all, or gives it
back. Never twice for one payment.
"""


def lock_invoice(invoice_id: int) -> Invoice:
    """The invoice, locked until the caller's transaction ends. Attempts, payments and refunds are locked after it."""
    return Invoice.objects.select_for_update(of=("self",)).get(pk=invoice_id)
