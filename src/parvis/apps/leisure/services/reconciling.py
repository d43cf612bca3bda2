"""The comparison of a day: the provider, the ledger, the registrations."""

from datetime import date, timedelta

from parvis.apps.billing.models import ReconciliationReport
from parvis.apps.billing.queries.oddities import OddPlace
from parvis.apps.billing.services.reconciling import Found, compare_with_provider, keep_report
from parvis.apps.leisure.queries.reconciling import paid_without_place, place_without_payment, registrations_cents
from parvis.lib.clock import today
from parvis.lib.jobs import enqueue, job

COMPARE = job("parvis.apps.leisure.tasks.reconcile_day")
LOOKED_BACK = 7  # days that are compared again, each night, until they agree


def reconcile(*, day: date) -> ReconciliationReport:
    """Compares a day of the town, and keeps what was found. May run again; asks the provider outside a transaction."""
    said = compare_with_provider(day=day)
    odd = [Found(OddPlace.UNSEATED, number, cents) for number, cents in paid_without_place(day)]
    odd += [Found(OddPlace.UNPAID, number, cents) for number, cents in place_without_payment()]
    return keep_report(day=day, said=said, registrations_cents=registrations_cents(day), odd=odd)


def reconcile_nights() -> list[ReconciliationReport]:
    """Compares yesterday, and the days before it that did not agree yet, LOOKED_BACK days back."""
    days = [today() - timedelta(days=back) for back in range(1, LOOKED_BACK + 1)]
    agreed = {report.day for report in ReconciliationReport.objects.filter(day__in=days) if report.agrees}
    return [reconcile(day=day) for day in sorted(days) if day not in agreed]


def ask_to_compare(*, day: date) -> None:
    """Has a day compared again, by a job."""
    enqueue(COMPARE, day.isoformat())
