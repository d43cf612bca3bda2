"""What households are reminded of before the first meeting."""

from datetime import timedelta

from django.db import transaction

from parvis.apps.leisure.queries.health import to_remind
from parvis.apps.leisure.services.places import write_to_household

BEFORE = timedelta(days=7)
HEALTH_RENDERER = "parvis.apps.leisure.letters.health_form"


@transaction.atomic
def remind_health_forms() -> int:
    """Reminds, in the week before the first meeting, each household of the health form that a participant has not or
    that will be older than a year; once a registration. Returns how many lack one.
    """
    rows = to_remind(BEFORE)
    for row in rows:
        write_to_household(row.household, HEALTH_RENDERER, key=f"leisure-health/{row.pk}", args=[row.pk])
    return len(rows)
