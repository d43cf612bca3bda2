"""Numbers that follow each other without holes."""

from datetime import datetime

from django.utils import timezone

from parvis.apps.billing.models import NumberSeries
from parvis.lib.database.rows import insert

INVOICES, RECEIPTS = "F", "P"


def lock_series(letter: str, at: datetime) -> NumberSeries:
    """The series of that letter for the town's year, "F-26", locked until the caller's transaction ends.

    Whatever the caller looks for before it takes a number, it looks for after this.
    """
    name = f"{letter}-{timezone.localtime(at):%y}"
    insert(NumberSeries(name=name), unless="name")
    return NumberSeries.objects.select_for_update(of=("self",)).get(name=name)


def take_number(series: NumberSeries) -> str:
    """The next number of a locked series: "F-26-00012". One rolled back is given again."""
    series.last += 1
    series.save(update_fields=["last"])
    return f"{series.name}-{series.last:05d}"
