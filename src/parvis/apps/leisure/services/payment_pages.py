"""The page where an invoice is paid, sent by e-mail to a household that is on the telephone or at the counter."""

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.billing.models import Invoice
from parvis.apps.billing.queries.balances import balance_of
from parvis.apps.directory.models import User
from parvis.apps.households.queries import recipients_of
from parvis.apps.leisure.queries.access import Deed, may
from parvis.apps.leisure.services.registering import pay_again
from parvis.apps.mail.services.outgoing import Sending, queue_letter
from parvis.lib.errors import Conflict, NotAllowed

RENDERER = "parvis.apps.leisure.letters.payment_page"


@transaction.atomic
def send_payment_page(*, invoice: Invoice, by: User) -> list[str]:
    """Sends the page of the try that is open, or of a new one; returns the addresses. Twice for one try is once.

    Raises Conflict when nothing is owed, when nobody of the household has an address, or as `pay_again` does;
    NotAllowed.
    """
    if not may(by, Deed.REGISTER):
        raise NotAllowed(_("Your role does not register people."))
    recipients = recipients_of(invoice.household)
    if not recipients:
        raise Conflict(_("Nobody of this household has an e-mail address."))
    if balance_of(invoice) <= 0:
        raise Conflict(_("Nothing is owed on this invoice."))
    attempt = pay_again(household=invoice.household, invoice=invoice, language=recipients[0].language)
    for each in recipients:
        queue_letter(
            key=f"leisure-pay/{attempt.pk}/{each.email}"[:120],
            to=each.email,
            language=each.language,
            renderer=RENDERER,
            args=[attempt.pk],
            sending=Sending(urgent=True),
        )
    return [each.email for each in recipients]
