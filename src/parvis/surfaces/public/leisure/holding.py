"""What a household holds, until when: the basket, and each invoice to pay. Shown wherever somebody looks for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.apps.billing.models import Invoice
from parvis.apps.billing.rules.standing import Standing
from parvis.apps.households.models import Household
from parvis.apps.leisure.queries.registrations import CartView, open_cart
from parvis.apps.leisure.queries.to_pay import ToPay, to_pay
from parvis.lib import clock, quebec
from parvis.surfaces.public.leisure import words

COUNTED = timedelta(hours=1)  # beyond, a day and an hour are enough
MINUTE = 60


@dataclass(frozen=True)
class Holding:
    """Places that are held: `said` is "3 places are held until 10:28."; `seconds` are left, None when none are counted.

    `pay_row`: the public identifier by which they are paid. `invoice`, with `cents` to pay, once they are billed;
    `payment_secret`: where their payment is followed while the bank verifies it.
    """

    said: str
    seconds: int | None
    whole: int
    names: str
    invoice: Invoice | None = None
    cents: int = 0
    pay_row: str = ""
    payment_secret: str = ""
    is_cancelling: bool = False

    @property
    def clock_words(self) -> str:
        """Reads "7:05"."""
        left = self.seconds or 0
        return f"{left // MINUTE}:{left % MINUTE:02d}"


def holdings(household: Household, *, basket: bool = True, invoice: Invoice | None = None) -> list[Holding]:
    """What the household holds, what ends first before: its basket unless it is left out, and what it has to pay, or
    that invoice alone.
    """
    cart = open_cart(household) if basket else None
    billed = [_billed(one) for one in to_pay(household, invoice)]
    return [*([_of_cart(cart)] if cart else []), *billed]


def _of_cart(cart: CartView) -> Holding:
    names = [person.name for person, _lines in cart.by_participant]
    seconds, whole = _left(cart.cart.made_at, cart.expires_at)
    return Holding(_said(len(cart.lines), cart.expires_at), seconds, whole, quebec.join(names, words.lang()))


def _billed(one: ToPay) -> Holding:
    names = list(dict.fromkeys(row.individual.name for row in one.rows))
    seconds, whole = _left(one.held_since, one.until)
    verifying = one.standing is Standing.VERIFYING and one.attempt and not one.is_cancelling
    return Holding(
        said=_said(len(one.rows), one.until),
        seconds=seconds,
        whole=whole,
        names=quebec.join(names, words.lang()),
        invoice=one.invoice,
        cents=one.cents,
        pay_row=one.rows[0].public_id,
        payment_secret=one.attempt.secret if one.attempt and verifying else "",
        is_cancelling=one.is_cancelling,
    )


def _left(since: datetime, until: datetime | None) -> tuple[int | None, int]:
    """The seconds that are left, None when they are not counted, and how many there were."""
    left = until - clock.now() if until else timedelta()
    counted = timedelta() < left <= COUNTED and until is not None
    whole = int((until - since).total_seconds()) if until else 1
    return (int(left.total_seconds()) if counted else None), max(1, whole)


def _said(count: int, until: datetime | None) -> str:
    if until is None or until <= clock.now():
        return _("The time to pay is over: the bank is asked whether they are paid, before they are free again.")
    said = ngettext("%(count)d place is held until %(until)s.", "%(count)d places are held until %(until)s.", count)
    return quebec.without_double_stop(said % {"count": count, "until": words.when_words(until)})
