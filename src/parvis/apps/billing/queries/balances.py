"""What is owed, paid and refunded, and the tries to pay, of one invoice or of several."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db.models import Count, F, QuerySet, Sum

from parvis.apps.billing.models import Invoice, LedgerAccount, Leg, Payment, PaymentAttempt, Refund
from parvis.apps.directory.models import User
from parvis.apps.outbox.models import State


def balance_of(invoice: Invoice) -> int:
    """What is owed for it, in cents: 0 once settled, less than nothing while money is to be given back."""
    return balances_of([invoice])[invoice.pk]


def balances_of(invoices: Iterable[Invoice]) -> dict[int, int]:
    """The same of several invoices, by their id. One query."""
    ids = [invoice.pk for invoice in invoices]
    legs = Leg.objects.filter(invoice__in=ids, account=LedgerAccount.RECEIVABLE).order_by()
    return dict.fromkeys(ids, 0) | dict(legs.values_list("invoice").annotate(owed=Sum("cents")))


def total_of(invoice: Invoice) -> int:
    """What its lines amount to, taxes included, less what was taken back."""
    total: int | None = invoice.lines.aggregate(cents=Sum(F("net_cents") + F("gst_cents") + F("qst_cents")))["cents"]
    return total or 0


def refunds_decided_by(user: User, *, since: datetime) -> tuple[int, int]:
    """(how many, cents in all) of the refunds that follow what this person did since a moment. One query."""
    rows = Refund.objects.filter(asked_by=user, asked_at__gte=since).exclude(state=State.CANCELLED)
    sums = rows.aggregate(count=Count("pk"), cents=Sum("cents"))
    return sums["count"], sums["cents"] or 0


def paid_of(invoice: Invoice) -> int:
    """What was paid for it, less what was given back or is about to be."""
    paid = Payment.objects.filter(invoice=invoice).aggregate(cents=Sum("cents"))["cents"] or 0
    given: int | None = refunds_of(invoice).aggregate(cents=Sum("cents"))["cents"]
    return int(paid) - (given or 0)


def refunds_of(invoice: Invoice) -> QuerySet[Refund]:
    """The refunds asked for, done or not, of what was paid for it."""
    return Refund.objects.filter(payment__invoice=invoice)


def has_provider() -> bool:
    """Whether one may pay on line; else only at the counter."""
    return bool(settings.PARVIS_PAYMENTS)


def attempt_by_secret(secret: str) -> PaymentAttempt | None:
    """The attempt whose page it is, with its invoice."""
    return PaymentAttempt.objects.select_related("invoice__household").filter(secret=secret).first()


def latest_attempt(invoice: Invoice) -> PaymentAttempt | None:
    """The last try to pay it on line."""
    return PaymentAttempt.objects.filter(invoice=invoice).order_by("-pk").first()
