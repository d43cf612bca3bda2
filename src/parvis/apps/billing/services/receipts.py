"""The letters that follow a payment."""

from django.db import transaction

from parvis.apps.billing.letters import PAID_TWICE_RENDERER, RECEIPT_RENDERER
from parvis.apps.billing.models import Invoice, Payment, Refund
from parvis.apps.households.models import Household
from parvis.apps.households.queries import recipients_of
from parvis.apps.mail.services.outgoing import queue_letter


@transaction.atomic
def send_receipt(*, invoice_id: int) -> None:
    """Queues the receipt of a paid invoice, once, to those who register for its household; nothing for one of 0 $."""
    invoice = Invoice.objects.select_related("household").get(pk=invoice_id)
    if Payment.objects.filter(invoice=invoice).exists():
        _write(f"receipt/{invoice.public_id}", invoice.household, RECEIPT_RENDERER, invoice.pk)


@transaction.atomic
def tell_paid_twice(*, refund_id: int) -> None:
    """Queues a letter, once, that says that what was paid twice is being given back."""
    refund = Refund.objects.select_related("payment__invoice__household").get(pk=refund_id)
    _write(f"paid-twice/{refund.pk}", refund.payment.invoice.household, PAID_TWICE_RENDERER, refund.pk)


def _write(key: str, household: Household, renderer: str, row_id: int) -> None:
    for rank, recipient in enumerate(recipients_of(household)):
        queue_letter(
            key=f"{key}/{rank}",
            to=recipient.email,
            language=recipient.language,
            renderer=renderer,
            args=[row_id],
        )
