"""What the ledger says of a day, and what is odd in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from parvis.apps.billing.models import (
    Invoice,
    InvoiceLine,
    LedgerAccount,
    Leg,
    Payment,
    PaymentAttempt,
    ProviderEvent,
    Refund,
    Transaction,
)
from parvis.apps.outbox.models import State

LATE = timedelta(days=1)
MONEY = (LedgerAccount.PROVIDER, LedgerAccount.DRAWER, LedgerAccount.BANK)


class OddKind(StrEnum):
    """What is not as it should be."""

    UNBALANCED = "unbalanced"  # a transaction whose legs do not sum to zero, or that has none
    UNPOSTED = "unposted"  # a payment whose legs do not say what it paid, or what was taken
    REFUND_UNPOSTED = "refund-unposted"  # a refund whose legs do not say what was given back
    LINES_UNPOSTED = "lines-unposted"  # an invoice whose lines do not amount to what its legs say
    ORPHAN = "orphan"  # a transaction of a payment, or of a refund, that is no longer there
    UNRECORDED = "unrecorded"  # an attempt that succeeded, without a payment
    REFUND_LATE = "refund-late"  # asked for more than a day ago, and not done
    REFUND_FAILED = "refund-failed"  # the card takes it no more: a cheque is to be made
    EVENT_SET_ASIDE = "event-set-aside"  # what the provider told could not be handled three times, and nobody closed it
    REFUND_PROPOSED = "refund-proposed"  # paid after its cancellation was asked for: the treasury decides
    OVERPAID = "overpaid"  # paid more than a day ago beyond what is owed, and no refund was asked for


@dataclass(frozen=True)
class Odd:
    """Something odd: its kind, what it concerns (a number, or a key), and the cents in question."""

    kind: OddKind
    reference: str
    cents: int


@dataclass(frozen=True)
class Reconciliation:
    """A day of the town: the cents that the ledger has as come by the provider, less those that left, and what is odd
    at the end of that day.
    """

    day: date
    ledger_cents: int
    odd: tuple[Odd, ...]


def reconcile_day(day: date) -> Reconciliation:
    """What the ledger says of a day of the town, 23 or 25 hours long when its clocks change. Twelve queries."""
    first, after = day_bounds(day)
    legs = Leg.objects.filter(
        account=LedgerAccount.PROVIDER, transaction__at__gte=first, transaction__at__lt=after
    ).aggregate(cents=Sum("cents"))
    odd = (
        *_of_transactions(first, after),
        *_of_payments(first, after),
        *_of_refunds_done(first, after),
        *_of_lines(first, after),
        *_of_orphans(first, after),
        *_of_attempts(after),
        *_of_refunds(after),
        *_of_invoices(after),
        *_of_events(after),
    )
    return Reconciliation(day, legs["cents"] or 0, odd)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The first moment of a day of the town, and that of the next."""
    first, after = (timezone.make_aware(datetime.combine(each, time())) for each in (day, day + timedelta(days=1)))
    return first, after


def _of_transactions(first: datetime, after: datetime) -> Iterator[Odd]:
    rows = Transaction.objects.filter(at__gte=first, at__lt=after).annotate(cents=Sum("legs__cents"))
    for row in rows.filter(Q(cents=None) | ~Q(cents=0)):
        yield Odd(OddKind.UNBALANCED, row.key, row.cents or 0)


def _of_payments(first: datetime, after: datetime) -> Iterator[Odd]:
    rows = Payment.objects.filter(received_at__gte=first, received_at__lt=after)
    rows = rows.annotate(said=_legs(LedgerAccount.RECEIVABLE), held=_legs(*MONEY))
    for row in rows.exclude(said=-F("cents"), held=F("tendered_cents")):
        yield Odd(OddKind.UNPOSTED, row.number, row.cents)


def _of_refunds_done(first: datetime, after: datetime) -> Iterator[Odd]:
    rows = Refund.objects.filter(done_at__gte=first, done_at__lt=after).select_related("payment")
    for row in rows.annotate(said=_legs(LedgerAccount.RECEIVABLE)).exclude(said=F("cents")):
        yield Odd(OddKind.REFUND_UNPOSTED, row.payment.number, row.cents)


def _of_lines(first: datetime, after: datetime) -> Iterator[Odd]:
    """The invoices billed, or credited, that day whose lines and legs do not say the same."""
    touched = Invoice.objects.filter(lines__made_at__gte=first, lines__made_at__lt=after).values("pk")
    cents = F("net_cents") + F("gst_cents") + F("qst_cents")
    lines = InvoiceLine.objects.filter(invoice__in=touched).order_by()
    billed = {
        pk: (number, total)
        for pk, number, total in lines.values_list("invoice", "invoice__number").annotate(total=Sum(cents))
    }
    posted = dict(
        Leg.objects.filter(
            invoice__in=touched,
            account=LedgerAccount.RECEIVABLE,
            transaction__what__in=(Transaction.What.INVOICE, Transaction.What.CREDIT),
        )
        .order_by()
        .values_list("invoice")
        .annotate(cents=Sum("cents"))
    )
    for pk, (number, total) in sorted(billed.items()):
        if difference := total - posted.get(pk, 0):
            yield Odd(OddKind.LINES_UNPOSTED, number, difference)


def _of_orphans(first: datetime, after: datetime) -> Iterator[Odd]:
    """Money that moved for a payment or a refund that is not there; one that came back is reversed, and is not odd."""
    rows = Transaction.objects.filter(at__gte=first, at__lt=after, reversed_by=None)
    lost = Q(what=Transaction.What.PAYMENT, payment=None) | Q(what=Transaction.What.REFUND, refund=None)
    moved = Coalesce(Sum("legs__cents", filter=Q(legs__account__in=MONEY)), 0)
    for row in rows.filter(lost).annotate(cents=moved).exclude(cents=0):
        yield Odd(OddKind.ORPHAN, row.words or row.key, row.cents)


def _of_events(after: datetime) -> Iterator[Odd]:
    rows = ProviderEvent.objects.filter(handled_at=None, set_aside_at__isnull=False, received_at__lt=after)
    for event_id in rows.order_by("pk").values_list("event_id", flat=True):
        yield Odd(OddKind.EVENT_SET_ASIDE, event_id, 0)


def _legs(*accounts: LedgerAccount) -> Coalesce:
    """What the legs of a payment, or of a refund, say of these accounts."""
    return Coalesce(Sum("transaction__legs__cents", filter=Q(transaction__legs__account__in=accounts)), 0)


def _of_attempts(after: datetime) -> Iterator[Odd]:
    rows = PaymentAttempt.objects.filter(stage=PaymentAttempt.Stage.SUCCEEDED, made_at__lt=after, payments=None)
    for row in rows.order_by("pk"):
        yield Odd(OddKind.UNRECORDED, row.key, row.cents)


def _of_refunds(after: datetime) -> Iterator[Odd]:
    rows = Refund.objects.filter(asked_at__lt=after).filter(Q(done_at=None) | Q(done_at__gte=after))
    for row in rows.exclude(state=State.CANCELLED).select_related("payment"):
        if row.failed_at:
            yield Odd(OddKind.REFUND_FAILED, row.payment.number, row.cents)
        elif row.is_proposed:
            yield Odd(OddKind.REFUND_PROPOSED, row.payment.number, row.cents)
        elif row.asked_at < after - LATE:
            yield Odd(OddKind.REFUND_LATE, row.payment.number, row.cents)


def _of_invoices(after: datetime) -> Iterator[Odd]:
    """What was paid beyond what is owed for more than a day, less what is about to be given back."""
    until = after - LATE
    receivable = Q(legs__account=LedgerAccount.RECEIVABLE, legs__transaction__at__lt=until)
    paid = Invoice.objects.annotate(owed=Sum("legs__cents", filter=receivable)).filter(owed__lt=0)
    asked = dict(
        Refund.objects.filter(payment__invoice__in=paid.values("pk"))
        .exclude(state=State.CANCELLED)
        .filter(Q(done_at=None) | Q(done_at__gte=until))
        .order_by()
        .values_list("payment__invoice")
        .annotate(cents=Sum("cents"))
    )
    for invoice in paid.order_by("pk"):
        if (left := -invoice.owed - asked.get(invoice.pk, 0)) > 0:
            yield Odd(OddKind.OVERPAID, invoice.number, left)
