"""Loading of leisure.yaml: activities, halls, and the groups of each season with their meetings."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import override

from parvis.apps.billing.models import TaxNature
from parvis.apps.content.schemas import FactData
from parvis.apps.directory.models import Department
from parvis.apps.directory.queries import working_calendar
from parvis.apps.directory.rules.calendar import WEEKDAYS
from parvis.apps.leisure.models import (
    Activity,
    ActivityCategory,
    Group,
    Hall,
    Meeting,
    Registration,
    Season,
    SeasonFact,
)
from parvis.apps.leisure.queries.halls import JOINED, hall_trouble
from parvis.apps.leisure.rules.meetings import Meet, meetings_on, weekly_days
from parvis.apps.leisure.schemas import ActivityData, LeisureFile, LeisureGroupData, SeasonData
from parvis.apps.leisure.services.season_facts import tell_openings
from parvis.apps.places.queries.addresses import exact
from parvis.lib import clock
from parvis.lib.database.upsert import UpsertCounts, assign, sync_rows
from parvis.lib.ingest.fields import columns

# Of the product once it is loaded: a leisure manager moves an opening, and nobody wants it moved back by a file.
OPENINGS = ("residents_open_at", "everyone_opens_at", "closes_at", "late_from", "published_at")


@dataclass
class Kept:
    """What the product changed, or people registered for, and the file would have changed."""

    lines: list[str] = field(default_factory=list)

    def because(self, what: str, changes: Iterable[str], why: str) -> UpsertCounts:
        """Notes what was kept, if anything."""
        named = sorted(changes)
        if named:
            self.lines.append(f"{what}: {', '.join(named)}: {why}")
        return UpsertCounts(kept=bool(named))


@transaction.atomic
def load_leisure(*, leisure: LeisureFile | None, demo: bool) -> tuple[dict[str, UpsertCounts], list[str]]:
    """Makes activities and groups match the file; idempotent. An example is loaded only in a demonstration.

    The openings of a season belong to the product once it is loaded; so do the places and the meetings of a group once
    someone registered for it. Such a group is never deleted. Whatever was kept so is listed.
    """
    data = leisure if leisure and (demo or not leisure.example) else LeisureFile()
    kept, tallies = Kept(), {}
    tallies["categories of leisure"] = _categories(data)
    tallies["halls"] = sync_rows(Hall.objects.all(), ("slug",), _halls(data), gone="leave")
    tallies["activities"] = _activities(data)
    tallies["seasons"] = _seasons(data, kept)
    tallies["groups of activities"] = _groups(data, kept)
    return tallies, kept.lines


def hall_warnings(*, leisure: LeisureFile | None) -> list[str]:
    """What is wrong with the halls in the seasons of the file that are not over, once it is loaded, in English."""
    seasons = [season.slug for season in leisure.seasons] if leisure else []
    rows = Group.objects.filter(season__slug__in=seasons, season__ends_on__gte=clock.today(), cancelled_at=None)
    with override("en"):
        return [f"leisure.yaml: {words}" for words in hall_trouble(rows.select_related(*JOINED)).words]


@transaction.atomic
def load_season_facts(*, facts: Sequence[FactData]) -> UpsertCounts:
    """Those of the facts of a town that follow its seasons, with their present values; the others are left out."""
    departments = dict(Department.objects.values_list("slug", "pk"))
    wanted = [
        {
            "key": fact.key,
            "follows": fact.follows,
            "label_fr": fact.label.fr,
            "label_en": fact.label.en,
            "owner_id": departments[fact.owner],
        }
        for fact in facts
        if fact.follows
    ]
    counts = sync_rows(SeasonFact.objects.all(), ("key",), wanted, gone="delete")
    tell_openings()
    return counts


def _categories(data: LeisureFile) -> UpsertCounts:
    wanted = [columns(category) | {"position": rank} for rank, category in enumerate(data.categories)]
    return sync_rows(ActivityCategory.objects.all(), ("slug",), wanted, gone="leave")


def _halls(data: LeisureFile) -> list[dict[str, Any]]:
    rows = []
    for hall in data.halls:
        known = exact(hall.address) if hall.address else None
        rows.append(
            columns(hall, "address", "buffer")
            | {"address_id": known and known.pk, "address_text": hall.address, "buffer_minutes": hall.buffer}
        )
    return rows


def _activities(data: LeisureFile) -> UpsertCounts:
    categories = dict(ActivityCategory.objects.values_list("slug", "pk"))
    wanted = [_activity(activity, categories) for activity in data.activities]
    counts = sync_rows(Activity.objects.all(), ("slug",), wanted, gone="leave")
    ids = dict(Activity.objects.values_list("slug", "pk"))
    after = [{"slug": one.slug, "prerequisite_id": ids.get(one.prerequisite)} for one in data.activities]
    return counts + sync_rows(Activity.objects.all(), ("slug",), after, gone="leave")


def _activity(data: ActivityData, categories: dict[str, int]) -> dict[str, Any]:
    return columns(data, "category", "ages", "prerequisite", "taxable") | {
        "category_id": categories[data.category],
        "min_age": data.ages.first if data.ages else None,
        "max_age": data.ages.last if data.ages else None,
        "tax_nature": TaxNature.TAXABLE if data.taxable else TaxNature.EXEMPT,
    }


def _seasons(data: LeisureFile, kept: Kept) -> UpsertCounts:
    existing = {season.slug: season for season in Season.objects.all()}
    counts, wanted = UpsertCounts(), []
    for season in data.seasons:
        values = _season(season, example=data.example)
        if present := existing.get(season.slug):
            differ = [name for name in OPENINGS if getattr(present, name) != values[name]]
            counts += kept.because(f"season {season.slug}", differ, "openings belong to the product")
            values |= {name: getattr(present, name) for name in OPENINGS}
        wanted.append(values)
    return counts + sync_rows(Season.objects.all(), ("slug",), wanted, gone="leave")


def _season(data: SeasonData, *, example: bool) -> dict[str, Any]:
    return columns(data, "opens", "closes", "late_from", "published", "household_cap", "skipped", "groups") | {
        "residents_open_at": in_town(data.opens.residents),
        "everyone_opens_at": in_town(data.opens.everyone),
        "closes_at": in_town(data.closes),
        "late_from": data.late_from and in_town(data.late_from),
        "published_at": data.published and in_town(data.published),
        "household_cap_cents": data.household_cap,
        "example": example,
    }


def _groups(data: LeisureFile, kept: Kept) -> UpsertCounts:
    """Groups made in the product are left alone; those of the file that it no longer names go, if nobody is in them."""
    activities, halls = (dict(model.objects.values_list("slug", "pk")) for model in (Activity, Hall))
    seasons = dict(Season.objects.values_list("slug", "pk"))
    ours = {group.slug: group for group in Group.objects.filter(from_file=True)}
    registered = set(Registration.objects.filter(group__from_file=True).values_list("group_id", flat=True).distinct())
    taken = set(Group.objects.filter(from_file=False).values_list("slug", flat=True))
    counts, closed = UpsertCounts(), working_calendar().closed
    for season, group in ((one, group) for one in data.seasons for group in one.groups):
        if group.slug in taken:
            counts += kept.because(f"group {group.slug}", ["all of it"], "made in the product")
            continue
        values = _group(group) | {
            "season_id": seasons[season.slug],
            "activity_id": activities[group.activity],
            "hall_id": halls[group.hall],
        }
        meetings = meetings_of(group, season, closed)
        counts += _save(ours.pop(group.slug, None), values, meetings, registered, kept)
    return counts + _after(data) + _remove(ours.values(), registered, kept)


def _after(data: LeisureFile) -> UpsertCounts:
    """Says which group comes after which, once all are there; one that names none is left as it is."""
    ids, ours = dict(Group.objects.values_list("slug", "pk")), Group.objects.filter(from_file=True)
    known = set(ours.values_list("slug", flat=True))
    named = [group for season in data.seasons for group in season.groups if group.previous and group.slug in known]
    wanted = [{"slug": group.slug, "previous_id": ids.get(group.previous)} for group in named]
    return sync_rows(ours, ("slug",), wanted, gone="leave")


def _group(data: LeisureGroupData) -> dict[str, Any]:
    return {
        "slug": data.slug,
        "capacity": data.capacity,
        "non_resident_quota": data.non_resident_quota,
        "price_cents": data.price,
        "late_price_cents": data.late_price,
        "non_resident_price_cents": data.non_resident_price,
        "from_file": True,
    }


def meetings_of(data: LeisureGroupData, season: SeasonData, closed: Collection[date]) -> list[Meet]:
    """When a group of the file meets: never on a holiday, nor on the days that it or its season skips."""
    days: Collection[date] = data.days
    if not days:
        skipped = {*closed, *data.skipped, *season.skipped}
        weekday = WEEKDAYS.index(data.weekday)
        days = weekly_days(data.first or season.starts_on, weekday, data.weeks, skipped, season.ends_on)
    return meetings_on(days, data.hours.first, data.hours.last, ZoneInfo(settings.TIME_ZONE))


def in_town(moment: datetime) -> datetime:
    """A moment by the clocks of the town, with its zone."""
    return moment.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))


def _save(
    group: Group | None, values: dict[str, Any], meetings: list[Meet], registered: Collection[int], kept: Kept
) -> UpsertCounts:
    if group is None:
        group = Group.objects.create(**values)
        _write_meetings(group, meetings)
        return UpsertCounts(created=1)
    present = list(group.meetings.order_by("starts_at").values_list("starts_at", "ends_at"))
    counts, moved = UpsertCounts(), present != meetings
    if group.pk in registered:
        places = {name: getattr(group, name) for name in ("capacity", "non_resident_quota")}
        differ = ["places"] * (places != {name: values[name] for name in places}) + ["meetings"] * moved
        counts = kept.because(f"group {group.slug}", differ, "people registered for it")
        values, moved = values | places, False
    if group.moved_at and group.hall_id != values["hall_id"]:
        counts += kept.because(f"group {group.slug}", ["hall"], "chosen in the product")
        values |= {"hall_id": group.hall_id}
    changes = assign(group, values)
    if changes:
        group.save(update_fields=list(changes))
    if moved:
        group.meetings.all().delete()
        _write_meetings(group, meetings)
    return counts + UpsertCounts(updated=bool(changes or moved))


def _write_meetings(group: Group, meetings: list[Meet]) -> None:
    Meeting.objects.bulk_create(Meeting(group=group, starts_at=starts, ends_at=ends) for starts, ends in meetings)


def _remove(gone: Iterable[Group], registered: Collection[int], kept: Kept) -> UpsertCounts:
    counts = UpsertCounts()
    for group in gone:
        if group.pk in registered:
            counts += kept.because(f"group {group.slug}", ["all of it"], "people registered for it")
        else:
            group.delete()
            counts += UpsertCounts(removed=1)
    return counts
