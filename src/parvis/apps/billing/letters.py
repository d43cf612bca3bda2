"""The letters of billing: the receipt, and what was paid twice."""

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.billing.models import Invoice, Refund
from parvis.apps.billing.queries.receipts import Receipt, receipt_of
from parvis.apps.mail.letters import Content, Letter, compose
from parvis.lib import quebec
from parvis.lib.i18n.languages import clean

RECEIPT_RENDERER = f"{__name__}.receipt"
PAID_TWICE_RENDERER = f"{__name__}.paid_twice"


def receipt(invoice_id: int) -> Letter:
    """What was paid, line by line, with each tax."""
    told = receipt_of(Invoice.objects.select_related("payer", "household").get(pk=invoice_id))
    number = told.number
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[_("Thank you: your payment is received. This is your receipt.")],
        pairs=[(_("Receipt"), number), (_("In the name of"), told.invoice.payer.name), *_lines(told), *_sums(told)],
        action=_("See or print my receipt"),
        action_url=f"{settings.PARVIS_URL}/mon-dossier/factures/{told.invoice.public_id}/",
        closing=[_("Keep this letter: it may serve for your income taxes.")],
    )
    return compose(_("Your receipt %(number)s") % {"number": number}, content)


def paid_twice(refund_id: int) -> Letter:
    """A second payment of the same invoice is being given back."""
    refund = Refund.objects.select_related("payment__invoice").get(pk=refund_id)
    values = {"amount": _money(refund.cents), "number": refund.payment.invoice.number}
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("Invoice %(number)s was paid beyond what was owed: %(amount)s too much.") % values,
            _("We are giving it back, the way you paid it. There is nothing to do."),
            _("What you paid for stays: your places are yours."),
        ],
        closing=[_("The bank shows it within ten days.")],
    )
    return compose(_("We are giving you back %(amount)s") % values, content)


def _lines(told: Receipt) -> list[tuple[str, str]]:
    english = clean(get_language()) == "en"
    return [
        (
            (f"{share.name} | " if share.name else "") + (line.words_en if english else line.words_fr),
            _money(line.net_cents),
        )
        for share in told.shares
        for line in share.lines
    ]


def _sums(told: Receipt) -> list[tuple[str, str]]:
    sums = []
    if told.rebate_cents:
        sums.append((_("Rebates, already taken off"), _money(told.rebate_cents)))
    if told.aid_cents:
        sums.append((_("Financial aid, already taken off"), _money(told.aid_cents)))
    if told.gst_cents or told.qst_cents:
        sums.append((f"{_('GST')} {told.gst_number}".strip(), _money(told.gst_cents)))
        sums.append((f"{_('QST')} {told.qst_number}".strip(), _money(told.qst_cents)))
    if told.rounding_cents:
        sums.append((_("Rounding of cash"), _money(told.rounding_cents)))
    for payment in told.payments:
        sums.append((_("Paid, %(how)s") % {"how": payment.how}, _money(payment.tendered_cents)))
        if payment.handed_cents is not None:
            sums.append((_("Cash handed over"), _money(payment.handed_cents)))
            sums.append((_("Change given back"), _money(payment.change_cents or 0)))
    return sums


def _money(cents: int) -> str:
    return quebec.money(cents, clean(get_language()), exact=True)
