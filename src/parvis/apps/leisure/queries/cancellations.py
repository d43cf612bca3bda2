"""What cancelling a registration does, before and after: what is given back of it, and what stays of its invoice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from parvis.apps.billing.models import Invoice, PaymentAttempt, Refund
from parvis.apps.billing.queries.balances import paid_of, total_of
from parvis.apps.billing.rules.taxes import part
from parvis.apps.leisure.models import CancellationRequest, Meeting, Registration
from parvis.apps.leisure.rules.pricing import part_left
from parvis.lib import clock, quebec
from parvis.lib.i18n.languages import clean

State = Registration.State


@dataclass(frozen=True)
class GivenBack:
    """What cancelling now gives back: `left` meetings out of `of`; cents before taxes, and of each tax.

    `aid_cents`: the part of the financial aid that may be given again; it is not money given back.
    """

    left: int
    of: int
    net_cents: int
    gst_cents: int
    qst_cents: int
    aid_cents: int = 0

    @property
    def total_cents(self) -> int:
        """Taxes included."""
        return self.net_cents + self.gst_cents + self.qst_cents


def cancellations_asked() -> list[CancellationRequest]:
    """What waits for a second person, the oldest first, with what it is about, and who asked. One query."""
    joined = ("group__activity", "registration__group__activity", "registration__individual", "asked_by")
    return list(CancellationRequest.objects.filter(decided_at=None).select_related(*joined).order_by("pk"))


def given_back(registration: Registration, *, in_full: bool = False) -> GivenBack:
    """What cancelling a registration now takes off its invoice line; `in_full`: all that is left of it. Two queries.

    Before the first meeting, all of it. A meeting that has begun is not given back.
    """
    meetings = Meeting.objects.filter(group=registration.group_id)
    counts = meetings.aggregate(of=Count("pk"), left=Count("pk", filter=Q(starts_at__gt=clock.now())))
    line = registration.invoice_line
    if line is None:
        return GivenBack(counts["left"], counts["of"], 0, 0, 0)
    done = -(line.reversals.aggregate(cents=Sum("net_cents"))["cents"] or 0)
    remains = line.net_cents - done
    whole = in_full or counts["left"] == counts["of"]
    net = remains if whole else min(remains, part_left(line.net_cents, left=counts["left"], of=counts["of"]))
    gst, qst = (part(tax, done, net, line.net_cents) for tax in (line.gst_cents, line.qst_cents))
    aid = part(line.aid_cents, done, net, line.net_cents)
    if not line.net_cents:
        aid = line.aid_cents if whole else part_left(line.aid_cents, left=counts["left"], of=counts["of"])
    return GivenBack(counts["left"], counts["of"], net, gst, qst, aid)


@dataclass(frozen=True)
class Kept:
    """The other places of an invoice, which wait for their payment: until when, and what they cost together. Cents."""

    rows: Sequence[Registration]
    until: datetime | None
    cents: int
    invoice: Invoice

    @property
    def names(self) -> str:
        """Whose they are."""
        return quebec.join(list(dict.fromkeys(row.individual.name for row in self.rows)), clean(get_language()))


@dataclass(frozen=True)
class Effect:
    """What cancelling a registration now does, before it is done: what is refunded of what was paid, in cents, whether
    a page of the bank is closed first, whether it was asked for already, and what stays.
    """

    back: GivenBack
    refund_cents: int
    is_paid: bool
    closes_page: bool
    is_asked: bool
    kept: Kept | None


def effect_of(registration: Registration) -> Effect:
    """What cancelling a registration now does. A constant number of queries."""
    back = given_back(registration, in_full=registration.state == State.AWAITING_PAYMENT)
    line = registration.invoice_line
    paid = paid_of(line.invoice) if line else 0
    over = paid - (total_of(line.invoice) - back.total_cents) if line else 0
    waits = registration.state == State.AWAITING_PAYMENT
    opened = PaymentAttempt.objects.filter(invoice=line.invoice_id if line else None, stage__in=PaymentAttempt.OPEN)
    return Effect(
        back=back,
        refund_cents=max(0, min(back.total_cents, over)),
        is_paid=registration.state == State.CONFIRMED or (waits and paid > 0),
        closes_page=waits and opened.exists(),
        is_asked=waits and registration.cancel_asked_at is not None,
        kept=kept_beside_cancelled(registration),
    )


def kept_beside_cancelled(registration: Registration) -> Kept | None:
    """The other places billed with a registration that wait for their payment; None without any. One query."""
    line = registration.invoice_line
    if line is None:
        return None
    same = Q(invoice_line__invoice=line.invoice_id)
    if registration.cart_id:
        same |= Q(cart=registration.cart_id)  # its invoice may have been made again
    rows = Registration.objects.filter(same, state=State.AWAITING_PAYMENT, cancel_asked_at=None)
    rows = rows.exclude(pk=registration.pk).select_related("individual", "group__activity", "invoice_line__invoice")
    found = [row for row in rows.order_by("pk") if row.invoice_line]
    lines = [row.invoice_line for row in found if row.invoice_line]
    if not lines:
        return None
    ends = [row.until for row in found if row.until]
    return Kept(found, min(ends, default=None), sum(one.total_cents for one in lines), lines[0].invoice)


def words_after(registration: Registration) -> list[str]:
    """What became of a registration that someone asked to cancel, from what happened: a sentence for each thing."""
    if registration.state == State.AWAITING_PAYMENT and registration.cancel_asked_at:
        words = [
            _("The cancellation is noted. The page of the bank is being closed first: we write to you once it is done.")
        ]
    elif registration.state == State.CANCELLED:
        words = [_("It is cancelled."), _money_words(registration)]
    else:
        return [_("It had ended already.")]
    return [*words, *kept_words(kept_beside_cancelled(registration))]


def kept_words(kept: Kept | None) -> list[str]:
    """What stays of an invoice, and until when."""
    if kept is None:
        return []
    language = clean(get_language())
    until = quebec.moment(kept.until or clock.now(), language, timezone.get_default_timezone(), year=False)
    values = {"names": kept.names, "until": until, "amount": quebec.money(kept.cents, language)}
    said = ngettext(
        "The place of %(names)s is kept until %(until)s. Its invoice is made again: %(amount)s to pay.",
        "The places of %(names)s are kept until %(until)s. Their invoice is made again: %(amount)s to pay.",
        len(kept.rows),
    )
    return [quebec.without_double_stop(said % values)]


def _money_words(registration: Registration) -> str:
    refunds = list(Refund.objects.filter(key__startswith=f"leisure-cancel:{registration.pk}:"))
    amount = quebec.money(sum(refund.cents for refund in refunds), clean(get_language()))
    if not refunds:
        return _("Nothing is to be refunded, and nothing is owed for it any more.")
    if any(refund.is_proposed for refund in refunds):
        words = _("Your payment came after: a refund of %(amount)s is proposed to the treasury, which decides of it.")
        return words % {"amount": amount}
    return _("%(amount)s are being refunded, the way you paid.") % {"amount": amount}
