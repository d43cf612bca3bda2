"""Issuing an invoice, and taking lines of it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from parvis.apps.billing.models import Invoice, InvoiceLine, LedgerAccount, TaxNature, Transaction
from parvis.apps.billing.queries.balances import balance_of, paid_of
from parvis.apps.billing.rules.taxes import part, sale_taxes
from parvis.apps.billing.services.ledger import NewLeg, post
from parvis.apps.billing.services.numbers import INVOICES, lock_series, take_number
from parvis.apps.billing.services.payments import end_attempts
from parvis.apps.billing.services.settling import PAID, lock_invoice
from parvis.apps.directory.models import User
from parvis.apps.households.models import Household, Individual
from parvis.lib import clock
from parvis.lib.errors import Invalid
from parvis.lib.i18n.languages import clean
from parvis.lib.jobs import announce


@dataclass(frozen=True)
class NewLine:
    """Something sold, in cents before taxes. `source`: what it bills, "registration:12"; `child_care`: whether a tax
    slip will want it; `aid_cents`: the financial aid taken off it, besides the rebate.
    """

    source: str
    participant: Individual | None
    words_fr: str
    words_en: str
    price_cents: int
    rebate_cents: int = 0
    tax_nature: str = TaxNature.EXEMPT
    child_care: bool = False
    aid_cents: int = 0

    @property
    def net_cents(self) -> int:
        """What is owed for it before taxes."""
        return self.price_cents - self.rebate_cents - self.aid_cents


@transaction.atomic
def issue(
    *,
    key: str,
    household: Household,
    payer: Individual,
    language: str,
    lines: Sequence[NewLine],
    by: User | None = None,
) -> Invoice:
    """Issues an invoice, once for its key, and posts it. One of nothing is paid at once: `billing.invoice_paid`.

    ValueError without a line, or when a rebate and an aid are more than their price.
    """
    if not lines or any(min(line.rebate_cents, line.aid_cents, line.net_cents) < 0 for line in lines):
        raise ValueError("an invoice has lines, and what is taken off a line is at most its price")
    moment = clock.now()
    series = lock_series(INVOICES, moment)
    if known := Invoice.objects.filter(key=key).first():
        return known
    invoice = Invoice.objects.create(
        key=key,
        number=take_number(series),
        household=household,
        payer=payer,
        language=clean(language),
        issued_at=moment,
    )
    rows = [_row(invoice, rank, line, clock.today()) for rank, line in enumerate(lines)]
    InvoiceLine.objects.bulk_create(rows)
    _post_lines(f"invoice:{key}", Transaction.What.INVOICE, rows, by, invoice.number)
    if not sum(row.total_cents for row in rows):
        announce(PAID, invoice.pk)
    return invoice


def _row(invoice: Invoice, rank: int, line: NewLine, on: date) -> InvoiceLine:
    net = line.net_cents
    gst, qst = sale_taxes(net, line.tax_nature, on)
    return InvoiceLine(
        key=f"{invoice.key}:{rank}",
        invoice=invoice,
        source=line.source,
        participant=line.participant,
        words_fr=line.words_fr,
        words_en=line.words_en,
        price_cents=line.price_cents,
        rebate_cents=line.rebate_cents,
        aid_cents=line.aid_cents,
        net_cents=net,
        gst_cents=gst,
        qst_cents=qst,
        tax_nature=line.tax_nature,
        slip_cents=net + gst + qst if line.child_care else 0,
        made_at=invoice.issued_at,
    )


@transaction.atomic
def credit_line(
    *,
    key: str,
    line: InvoiceLine,
    net_cents: int | None = None,
    aid_cents: int | None = None,
    why: str,
    by: User | None = None,
) -> InvoiceLine:
    """Takes back a line of an invoice, or a part of it before taxes (None: all that is left), once for its key.

    Each tax goes back in proportion, to the cent: parts that make up the line take back all of its taxes. What is no
    longer owed is no longer asked for: an open page of payment is ended. Money is given back by `refund_invoice`; the
    financial aid is not: `aid_cents` of it (None: in proportion) may be given again.
    Raises Invalid when less than that is left of the line.
    """
    invoice = lock_invoice(line.invoice_id)
    if known := InvoiceLine.objects.filter(key=key).first():
        return known
    before = balance_of(invoice)
    done: int = -(line.reversals.aggregate(cents=Sum("net_cents"))["cents"] or 0)
    net = line.net_cents - done if net_cents is None else net_cents
    if not 0 <= net <= line.net_cents - done or line.reverses_id:
        raise Invalid.in_field("net_cents", _("More than what is left of this line cannot be taken back."))
    gst, qst, slip, aid = (
        part(whole, done, net, line.net_cents)
        for whole in (line.gst_cents, line.qst_cents, line.slip_cents, line.aid_cents)
    )
    if aid_cents is not None:
        aid = aid_cents
    elif not line.net_cents:
        aid = line.aid_cents
    row = InvoiceLine.objects.create(
        key=key,
        invoice=invoice,
        source=line.source,
        participant_id=line.participant_id,
        words_fr=line.words_fr,
        words_en=line.words_en,
        price_cents=-net - aid,
        aid_cents=-aid,
        net_cents=-net,
        gst_cents=-gst,
        qst_cents=-qst,
        tax_nature=line.tax_nature,
        slip_cents=-slip,
        reverses=line,
        made_at=clock.now(),
    )
    if net:
        _post_lines(f"credit:{key}", Transaction.What.CREDIT, [row], by, why)
        end_attempts(invoice=invoice)
        if before > 0 >= balance_of(invoice) and paid_of(invoice) > 0:
            announce(PAID, invoice.pk)
    return row


def _post_lines(key: str, what: Transaction.What, rows: Sequence[InvoiceLine], by: User | None, words: str) -> None:
    """Posts what lines amount to, unless that is nothing."""
    net, gst, qst = (sum(getattr(row, name) for row in rows) for name in ("net_cents", "gst_cents", "qst_cents"))
    if not net:
        return
    invoice = rows[0].invoice
    legs = [
        NewLeg(LedgerAccount.RECEIVABLE, net + gst + qst, invoice),
        NewLeg(LedgerAccount.REVENUE, -net, invoice),
        NewLeg(LedgerAccount.GST, -gst, invoice),
        NewLeg(LedgerAccount.QST, -qst, invoice),
    ]
    post(key=key, what=what, legs=legs, by=by, words=words)
