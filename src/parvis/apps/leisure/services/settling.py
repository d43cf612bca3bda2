"""What becomes of the places of an invoice: confirmed once it is paid, free again once nobody can pay it any more."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from parvis.apps.billing.models import Invoice, InvoiceLine, Payment, PaymentAttempt
from parvis.apps.billing.queries.balances import balance_of, paid_of, total_of
from parvis.apps.billing.services.invoices import credit_line
from parvis.apps.billing.services.refunds import refund_invoice
from parvis.apps.directory.models import User
from parvis.apps.leisure.models import Group, Registration, RegistrationEvent
from parvis.apps.leisure.queries.cancellations import given_back
from parvis.apps.leisure.services import places
from parvis.lib import clock
from parvis.lib.jobs import enqueue, job

CONFIRM_BY_LETTER = job("parvis.apps.leisure.tasks.send_confirmations")
TIME_OVER_RENDERER = "parvis.apps.leisure.letters.time_over"
TOO_LATE_RENDERER = "parvis.apps.leisure.letters.paid_too_late"
MAY_STILL_COME = timedelta(minutes=30)
State, What = Registration.State, RegistrationEvent.What
NOT_PAID, TOO_LATE = gettext_noop("not paid in time"), gettext_noop("paid when the place was gone")
CANCELLED = gettext_noop("registration cancelled")


@transaction.atomic
def confirm_paid(*, invoice_id: int) -> list[Registration]:
    """Confirms the places of a paid invoice, and has their letters written; returns them. May run again.

    Money that comes when the places are free again gives them back if nobody took them; else it is refunded, and that
    is told.
    """
    rows, groups = _locked(invoice_id)
    invoice = Invoice.objects.get(pk=invoice_id)
    if not rows or balance_of(invoice) > 0:
        return []
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
    unseated = [row for row in late if row not in seated]
    for row in unseated:
        credit_line(key=f"leisure-late:{row.pk}", line=line_of(row), why=TOO_LATE)
    places.end([row for row in unseated if row.state == State.AWAITING_PAYMENT], State.CANCELLED)
    if (over := paid_of(invoice) - total_of(invoice)) > 0:
        last = Payment.objects.filter(invoice=invoice).latest("pk")
        refund_invoice(key=f"leisure-late:{last.pk}", invoice=invoice, cents=over, why=TOO_LATE)
        places.record(unseated or rows, What.REFUNDED)
        key = f"leisure-late/{last.pk}"
        places.write_to_household(invoice.household, TOO_LATE_RENDERER, key=key, args=[invoice.pk])
    return [*kept, *seated]


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
def free_unpaid(*, invoice_id: int, overdue: bool = False) -> list[Registration]:
    """Frees the places of an invoice that nobody can pay on line any more; returns them. May run again.

    Those to be paid at the counter are kept until their day; `overdue`: it has passed.
    """
    rows, _groups = _locked(invoice_id)
    moment = clock.now()
    unpaid = [row for row in rows if row.state == State.AWAITING_PAYMENT]
    if not overdue:
        unpaid = [row for row in unpaid if row.until is None]
    else:
        unpaid = [row for row in unpaid if row.until is not None and row.until <= moment]
    invoice = Invoice.objects.get(pk=invoice_id)
    if not unpaid or may_be_paid_on_line(invoice) or balance_of(invoice) <= 0:
        return []
    places.end(unpaid, State.LAPSED)
    places.record(unpaid, What.LAPSED, at=moment)
    places.free_again(row.group_id for row in unpaid)
    key = f"leisure-time-over/{invoice.pk}"
    places.write_to_household(invoice.household, TIME_OVER_RENDERER, key=key, args=[invoice.pk])
    return unpaid


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
    """The invoices to be paid at the counter whose day has passed, by id."""
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


def _locked(invoice_id: int) -> tuple[list[Registration], dict[int, Group]]:
    """The registrations that an invoice bills, with their groups locked."""
    rows = Registration.objects.filter(invoice_line__invoice=invoice_id)
    groups = places.lock_groups(rows.values_list("group", flat=True))
    read = rows.select_related("household", "individual", "invoice_line__invoice").order_by("pk")
    return list(read), groups


def take_back(row: Registration, *, in_full: bool, why: str, channel: str, by: User | None) -> None:
    """Cancels a billed registration of a locked group: takes back what is left of its line, and refunds what was paid
    of it.
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
    if over > 0:
        refund_invoice(key=f"leisure-cancel:{row.pk}", invoice=line.invoice, cents=over, why=words, asked_by=by)
        places.record([row], What.REFUNDED, channel=channel, by=by)


def may_be_paid_on_line(invoice: Invoice) -> bool:
    """Whether someone may still pay it on a page of the bank."""
    return PaymentAttempt.objects.filter(invoice=invoice, stage__in=PaymentAttempt.OPEN).exists()


def line_of(row: Registration) -> InvoiceLine:
    """The line that bills a registration. ValueError when it is not billed."""
    if row.invoice_line is None:
        raise ValueError(f"registration {row.pk} is not billed")
    return row.invoice_line


def _taken_back(row: Registration) -> bool:
    return line_of(row).reversals.exists()
