"""What becomes of the places of an invoice: confirmed once it is paid, free again once nobody can pay it any more."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from parvis.apps.billing.models import Invoice, Payment, PaymentAttempt
from parvis.apps.billing.queries.balances import balance_of, paid_of, total_of
from parvis.apps.billing.services.invoices import credit_line
from parvis.apps.billing.services.refunds import propose_refund, refund_invoice
from parvis.apps.leisure.models import Group, Registration, RegistrationEvent
from parvis.apps.leisure.services import cancelling, places
from parvis.apps.leisure.services.cancelling import line_of, may_be_paid_on_line
from parvis.lib import clock
from parvis.lib.jobs import enqueue, job

CONFIRM_BY_LETTER = job("parvis.apps.leisure.tasks.send_confirmations")
TIME_OVER_RENDERER = "parvis.apps.leisure.letters.time_over"
TOO_LATE_RENDERER = "parvis.apps.leisure.letters.paid_too_late"
MAY_STILL_COME = timedelta(minutes=30)
State, What = Registration.State, RegistrationEvent.What
NOT_PAID, TOO_LATE = gettext_noop("not paid in time"), gettext_noop("paid when the place was gone")


@transaction.atomic
def confirm_paid(*, invoice_id: int) -> list[Registration]:
    """Confirms the places of a paid invoice, and has their letters written; returns them. May run again.

    Those that someone asked to cancel are cancelled: what was paid for them meanwhile is proposed as a refund. Money
    that comes when the places are free again gives them back if nobody took them; else it is refunded, and that is
    told.
    """
    rows, groups = _locked(invoice_id)
    invoice = Invoice.objects.get(pk=invoice_id)
    if not rows or balance_of(invoice) > 0:
        return []
    cancelling.finish(rows)
    owed = [row for row in rows if row.state in (State.LAPSED, State.AWAITING_PAYMENT) and not _taken_back(row)]
    kept = [row for row in owed if row.state == State.AWAITING_PAYMENT and not groups[row.group_id].cancelled_at]
    late = [row for row in owed if row not in kept]
    _confirm(kept)
    seated: list[Registration] = []
    for unit in places.units(late):
        if _fits(unit, groups[unit[0].group_id]):
            _confirm(unit)
            seated += unit
    if confirmed := [row.pk for row in (*kept, *seated)]:
        enqueue(CONFIRM_BY_LETTER, confirmed)
        places.call_off_letter(invoice.household, key=_time_over_key(invoice))
    unseated = [row for row in late if row not in seated]
    for row in unseated:
        credit_line(key=f"leisure-late:{row.pk}", line=line_of(row), why=TOO_LATE)
    places.end([row for row in unseated if row.state == State.AWAITING_PAYMENT], State.CANCELLED)
    if (over := paid_of(invoice) - total_of(invoice)) > 0:
        last = Payment.objects.filter(invoice=invoice).latest("pk")
        _give_back_late(invoice, unseated or rows, last, over)
    return [*kept, *seated]


def _give_back_late(invoice: Invoice, rows: Sequence[Registration], payment: Payment, cents: int) -> None:
    """Gives back what came when these places were gone; where they were cancelled as asked, the treasury decides."""
    key = f"leisure-late:{payment.pk}"
    if all(row.state == State.CANCELLED and row.cancel_asked_at for row in rows):
        propose_refund(key=key, invoice=invoice, cents=cents, why=cancelling.PAID_SINCE)
        places.record(rows, What.PROPOSED)
    else:
        refund_invoice(key=key, invoice=invoice, cents=cents, why=TOO_LATE)
        places.record(rows, What.REFUNDED)
    key = f"leisure-late/{payment.pk}"
    places.write_to_household(invoice.household, TOO_LATE_RENDERER, key=key, args=[invoice.pk])


def _confirm(rows: Sequence[Registration]) -> None:
    mine = Registration.objects.filter(pk__in=[row.pk for row in rows])
    mine.update(state=State.CONFIRMED, until=None, ended_at=None)
    places.record(rows, What.CONFIRMED)


def _fits(unit: Sequence[Registration], group: Group) -> bool:
    """Whether places that were free again may be given to the same ones."""
    people = [row.individual_id for row in unit]
    again = Registration.objects.filter(group=group, individual__in=people, state__in=Registration.LIVE)
    again = again.exclude(pk__in=[row.pk for row in unit])
    needed = sum(row.state == State.LAPSED for row in unit)
    return not group.cancelled_at and not again.exists() and needed <= places.free_for(group, resident=unit[0].resident)


@transaction.atomic
def follow_page(*, invoice_id: int) -> None:
    """Does what waited for the bank to say that nobody can pay an invoice on line any more: the cancellations that
    were asked for, then the places whose time is over. May run again.
    """
    rows, _groups = _locked(invoice_id)
    invoice = Invoice.objects.get(pk=invoice_id)
    if cancelling.asked_for(rows) and not may_be_paid_on_line(invoice):
        cancelling.finish(rows)
    free_unpaid(invoice_id=invoice_id)


@transaction.atomic
def free_unpaid(*, invoice_id: int) -> list[Registration]:
    """Frees the places of an invoice whose time to pay is over, and that nobody can pay on line any more; returns them.
    May run again.
    """
    rows, _groups = _locked(invoice_id)
    moment = clock.now()
    unpaid = [row for row in rows if row.state == State.AWAITING_PAYMENT and (not row.until or row.until <= moment)]
    invoice = Invoice.objects.get(pk=invoice_id)
    if not unpaid or may_be_paid_on_line(invoice) or balance_of(invoice) <= 0:
        return []
    places.end(unpaid, State.LAPSED)
    places.record(unpaid, What.LAPSED, at=moment)
    places.free_again(row.group_id for row in unpaid)
    args = [invoice.pk]
    places.write_to_household(invoice.household, TIME_OVER_RENDERER, key=_time_over_key(invoice), args=args)
    return unpaid


def _time_over_key(invoice: Invoice) -> str:
    return f"leisure-time-over/{invoice.pk}"


def unpaid_to_credit() -> list[int]:
    """The registrations that lapsed after they were billed, and whose money can hardly come any more, by id."""
    rows = Registration.objects.filter(state=State.LAPSED, invoice_line__isnull=False, invoice_line__reversals=None)
    return list(rows.filter(ended_at__lte=clock.now() - MAY_STILL_COME).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def credit_unpaid(*, registration_id: int) -> None:
    """Takes back the line of a place that lapsed unpaid, so that nothing is owed for it. May run again."""
    row = Registration.objects.select_related("invoice_line__invoice").get(pk=registration_id)
    places.lock_groups([row.group_id])
    row.refresh_from_db(fields=["state"])
    if row.state == State.LAPSED and not _taken_back(row) and balance_of(line_of(row).invoice) > 0:
        credit_line(key=f"leisure-unpaid:{row.pk}", line=line_of(row), why=NOT_PAID)


def overdue_invoices() -> list[int]:
    """The invoices of the places whose time to pay has passed, by id."""
    rows = Registration.objects.filter(state=State.AWAITING_PAYMENT, until__lte=clock.now())
    return sorted(set(rows.values_list("invoice_line__invoice", flat=True)) - {None})


@transaction.atomic
def note_attempt(*, attempt_id: int, what: RegistrationEvent.What) -> None:
    """Writes in the journal of the places of an attempt that their household was sent to the page of the bank, or that
    the bank refused; once an attempt.
    """
    attempt = PaymentAttempt.objects.get(pk=attempt_id)
    rows, _groups = _locked(attempt.invoice_id)
    waiting = [row for row in rows if row.state == State.AWAITING_PAYMENT]
    words = f"attempt {attempt.pk}"
    noted = RegistrationEvent.objects.filter(registration__in=waiting, what=what, words=words)
    if not noted.exists():
        places.record(waiting, what, words=words)


def lock_billed_with(registration: Registration) -> list[Registration]:
    """Locks the groups of the basket of a registration, then returns the other places of its invoice; the registration
    is as it is then.
    """
    basket = Registration.objects.filter(cart=registration.cart_id).exclude(cart=None)
    places.lock_groups([registration.group_id, *basket.values_list("group", flat=True)])
    registration.refresh_from_db()
    line = registration.invoice_line
    if line is None:
        return []
    others = basket.filter(invoice_line__invoice=line.invoice_id).exclude(pk=registration.pk)
    return list(others.select_related("household", "individual", "invoice_line__invoice", "group").order_by("pk"))


def _locked(invoice_id: int) -> tuple[list[Registration], dict[int, Group]]:
    """The registrations that an invoice bills, with their groups locked."""
    rows = Registration.objects.filter(invoice_line__invoice=invoice_id)
    groups = places.lock_groups(rows.values_list("group", flat=True))
    read = rows.select_related("household", "individual", "invoice_line__invoice", "group").order_by("pk")
    return list(read), groups


def _taken_back(row: Registration) -> bool:
    return line_of(row).reversals.exists()
