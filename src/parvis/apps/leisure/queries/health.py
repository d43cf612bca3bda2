"""For whom a health form is asked; which forms, and which emergency contacts, nothing needs any more."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Exists, Min, OuterRef, Q
from django.utils import timezone

from parvis.apps.households.models import HealthForm, Household
from parvis.apps.households.queries import health_states
from parvis.apps.leisure.models import Registration
from parvis.apps.leisure.queries.rosters import KEPT
from parvis.lib import clock


def without_health_form(rows: Iterable[Registration], on: date | None = None) -> set[int]:
    """The registrations, by key, of an activity that asks for a health form, and whose household has none that is good
    on a day, today unless given. Reads `group.activity`. One query.
    """
    asked = [row for row in rows if row.group.activity.health_form]
    states = health_states(((row.individual_id, row.household_id) for row in asked), on)
    return {row.pk for row in asked if not states[row.individual_id, row.household_id].good}


def lacking_health_forms(household: Household) -> set[int]:
    """The people of a household, by key, who come to something that asks for a health form, and have none that is good
    today. Two queries.
    """
    rows = Registration.objects.filter(
        household=household,
        state__in=KEPT,
        group__activity__health_form=True,
        group__cancelled_at=None,
        group__season__ends_on__gte=clock.today(),
    ).select_related("group__activity")
    lacking = without_health_form(rows)
    return {row.individual_id for row in rows if row.pk in lacking}


def to_remind(before: timedelta) -> list[Registration]:
    """Those who come, whose first meeting is to come within `before`, and who have no form that is good on that day.
    One query a day of meetings.
    """
    moment = clock.now()
    rows = Registration.objects.filter(state__in=KEPT, group__activity__health_form=True, group__cancelled_at=None)
    rows = rows.annotate(first=Min("group__meetings__starts_at")).filter(first__gt=moment, first__lte=moment + before)
    days: dict[date, list[Registration]] = {}
    for row in rows.select_related("group__activity", "household").order_by("pk"):
        days.setdefault(timezone.localdate(row.first), []).append(row)
    lacking = {day: without_health_form(own, day) for day, own in days.items()}
    return [row for day, own in days.items() for row in own if row.pk in lacking[day]]


def not_needed(since: date) -> Q:
    """Which health forms are of people who attend nothing in a season that ends on a day or later, signed before it."""
    attended = Registration.objects.filter(
        individual=OuterRef("individual"), state__in=Registration.LIVE, group__season__ends_on__gte=since
    )
    return Q(~Exists(attended), signed_at__date__lt=since)


def contacts_not_needed(since: date) -> Q:
    """Which emergency contacts were replaced before a day; or are of a household of which nobody attends anything in a
    season that ends on that day or later, and that said or signed nothing since then.
    """
    attended = Registration.objects.filter(
        household=OuterRef("household"), state__in=Registration.LIVE, group__season__ends_on__gte=since
    )
    signed = HealthForm.objects.filter(household=OuterRef("household"), destroyed_at=None, signed_at__date__gte=since)
    idle = Q(~Exists(attended), ~Exists(signed), replaced_at=None, said_at__date__lt=since)
    return Q(replaced_at__date__lt=since) | idle
