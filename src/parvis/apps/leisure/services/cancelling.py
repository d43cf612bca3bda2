"""Ending billed places that someone asked to cancel: at once, or as soon as the bank says that nobody can pay them.

The other places of the same invoice are kept until their own deadline, and the invoice is made again without those that
ended.
"""

from collections.abc import Sequence

from django.utils.translation import gettext_noop

from parvis.apps.billing.models import Invoice, InvoiceLine, PaymentAttempt, TaxNature
from parvis.apps.billing.queries.balances import paid_of, total_of
from parvis.apps.billing.services.invoices import NewLine, credit_line, issue
from parvis.apps.billing.services.payments import end_attempts
from parvis.apps.billing.services.refunds import propose_refund, refund_invoice
from parvis.apps.billing.services.settling import lock_invoice
from parvis.apps.directory.models import User
from parvis.apps.leisure.models import Cart, Registration, RegistrationEvent
from parvis.apps.leisure.queries.cancellations import given_back
from parvis.apps.leisure.services import places
from parvis.lib import clock

State, What = Registration.State, RegistrationEvent.What
CANCELLED_RENDERER = "parvis.apps.leisure.letters.cancelled"
GROUP_CANCELLED_RENDERER = "parvis.apps.leisure.letters.group_cancelled"
CANCELLED = gettext_noop("registration cancelled")
PAID_SINCE = gettext_noop("paid after its cancellation was asked for")
MADE_AGAIN = gettext_noop("on another invoice")


def ask(row: Registration, *, why: str, channel: str, by: User | None) -> None:
    """Remembers that the cancellation of a place of a locked group was asked for, and has the page of the bank closed.

    From then on nobody is sent to pay its invoice: what the bank says decides (`finish`).
    """
    if row.cancel_asked_at is None:
        row.cancel_asked_at = clock.now()
        row.save(update_fields=["cancel_asked_at"])
        places.record([row], What.CANCEL_ASKED, channel=channel, by=by, words=why)
    end_attempts(invoice=line_of(row).invoice)


def asked_for(rows: Sequence[Registration]) -> list[Registration]:
    """Those of these that still wait for their payment, and whose cancellation was asked for."""
    return [row for row in rows if row.state == State.AWAITING_PAYMENT and row.cancel_asked_at]


def asked_invoices() -> list[int]:
    """The invoices of which a cancellation was asked for and is not done, by id."""
    rows = Registration.objects.filter(state=State.AWAITING_PAYMENT, cancel_asked_at__isnull=False)
    return sorted(set(rows.values_list("invoice_line__invoice", flat=True)) - {None})


def finish(rows: Sequence[Registration]) -> list[Registration]:
    """Cancels the places of an invoice for which it was asked, their groups being locked; returns them.

    `rows`: all those of the invoice, with their groups. Nobody can pay it on line any more, or somebody did: what they
    paid meanwhile is proposed as a refund, unless the town cancelled the group, whose refunds are decided.
    """
    ended = asked_for(rows)
    for row in ended:
        step = row.events.filter(what=What.CANCEL_ASKED).select_related("by").latest("at", "pk")
        by_town = row.group.cancelled_at is not None
        take_back(row, in_full=True, why=step.words, channel=step.channel, by=step.by, proposed=not by_town)
        if by_town:
            key, args = f"leisure-cancelled/{row.pk}", [row.pk, step.words]
            places.write_to_household(row.household, GROUP_CANCELLED_RENDERER, key=key, args=args)
        else:
            tell(row)
    if ended:
        make_again(rows)
        places.free_again(row.group_id for row in ended)
    return ended


def tell(row: Registration) -> None:
    """Has the letter of a cancellation written: what is given back, and what stays."""
    places.write_to_household(row.household, CANCELLED_RENDERER, key=f"leisure-gone/{row.pk}", args=[row.pk])


def take_back(
    row: Registration, *, in_full: bool, why: str, channel: str, by: User | None, proposed: bool = False
) -> None:
    """Cancels a billed registration of a locked group: takes back what is left of its line, and refunds what was paid
    of it; `proposed`: the treasury decides of that refund.
    """
    line = line_of(row)
    back = given_back(row, in_full=in_full or row.state == State.AWAITING_PAYMENT)
    places.end([row], State.CANCELLED)
    places.record([row], What.CANCELLED, channel=channel, by=by, words=why)
    words = why or CANCELLED
    credit = credit_line(
        key=f"leisure-cancel:{row.pk}",
        line=line,
        net_cents=back.net_cents,
        aid_cents=back.aid_cents,
        why=words,
        by=by,
    )
    over = min(-credit.total_cents, paid_of(line.invoice) - total_of(line.invoice))
    if over <= 0:
        return
    key = refund_key(row)
    if proposed:
        propose_refund(key=key, invoice=line.invoice, cents=over, why=PAID_SINCE)
        places.record([row], What.PROPOSED, channel=channel, by=by)
    else:
        refund_invoice(key=key, invoice=line.invoice, cents=over, why=words, asked_by=by)
        places.record([row], What.REFUNDED, channel=channel, by=by)


def refund_key(row: Registration) -> str:
    """The key of what is given back when a registration is cancelled."""
    return f"leisure-cancel:{row.pk}"


def make_again(rows: Sequence[Registration]) -> Invoice | None:
    """Issues anew the invoice of places that still wait for their payment, without those that ended, at the same
    prices; the first one is taken back whole. None when none waits, when nothing ended, or when something was paid.

    `rows`: all the places of the invoice, their groups being locked.
    """
    kept = [row for row in rows if row.state == State.AWAITING_PAYMENT]
    if not kept or len(kept) == len(rows):
        return None
    former = lock_invoice(line_of(kept[0]).invoice.pk)  # before the series of numbers
    lines = [line_of(row) for row in kept]
    touched = InvoiceLine.objects.filter(pk__in=[line.pk for line in lines], reversals__isnull=False)
    if former.payments.exists() or touched.exists():
        return None
    made = issue(
        key=f"{former.key.split('#')[0]}#{_times(former) + 1}",
        household=former.household,
        payer=former.payer,
        language=former.language,
        lines=[_again(line) for line in lines],
    )
    by_source = {line.source: line for line in made.lines.all()}
    for row, line in zip(kept, lines, strict=True):
        row.invoice_line = by_source[line.source]
        row.save(update_fields=["invoice_line"])
        credit_line(key=f"made-again:{line.pk}", line=line, why=MADE_AGAIN)
    Cart.objects.filter(invoice=former).update(invoice=made)
    places.record(kept, What.BILLED, words=made.number)
    return made


def _times(former: Invoice) -> int:
    """How many times it was made again already."""
    _key, _mark, times = former.key.partition("#")
    return int(times or 0)


def _again(line: InvoiceLine) -> NewLine:
    return NewLine(
        source=line.source,
        participant=line.participant,
        words_fr=line.words_fr,
        words_en=line.words_en,
        price_cents=line.price_cents,
        rebate_cents=line.rebate_cents,
        aid_cents=line.aid_cents,
        tax_nature=TaxNature(line.tax_nature),
        child_care=bool(line.slip_cents),
    )


def may_be_paid_on_line(invoice: Invoice) -> bool:
    """Whether someone may still pay it on a page of the bank."""
    return PaymentAttempt.objects.filter(invoice=invoice, stage__in=PaymentAttempt.OPEN).exists()


def line_of(row: Registration) -> InvoiceLine:
    """The line that bills a registration. ValueError when it is not billed."""
    if row.invoice_line is None:
        raise ValueError(f"registration {row.pk} is not billed")
    return row.invoice_line
