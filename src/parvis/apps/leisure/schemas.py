"""leisure.yaml: the activities of a town, its halls, and the groups of each season."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from parvis.apps.directory.rules.calendar import WEEKDAYS
from parvis.lib.ingest import fields as f
from parvis.lib.ingest.entries import Entry, Mistake, Names, duplicates, nearest, refused

MOST_WEEKS = 30
OLDEST = 120


def _read_dollars(value: Any) -> int:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{2})?", text):
        raise refused(f'must be dollars, such as 92 or "92.50" in quotes, not {value!r}', value)
    dollars, _, cents = text.partition(".")
    return int(dollars) * 100 + int(cents or 0)


def _read_moment(value: Any) -> datetime:
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}", value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise refused(f'must be a day and an hour of the town in quotes, such as "2026-12-08 08:00", not {value!r}', value)


Dollars = Annotated[
    int,
    PlainValidator(_read_dollars),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{2})?$"}]}),
]
"""An amount in dollars in the file, in cents once read."""
Moment = Annotated[
    datetime,
    PlainValidator(_read_moment),
    PlainSerializer(lambda moment: moment.isoformat(" ", "minutes")),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}$"}),
]
"""A moment by the clocks of the town, without its zone."""
Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
Age = Annotated[int, Field(strict=True, ge=0, le=OLDEST)]
Count = Annotated[int, Field(strict=True, ge=0)]


class CategoryData(Entry, named_by="slug", noun="category"):
    """A family of activities; the order of the file is that of the catalogue."""

    slug: Annotated[f.Slug, f.Most(50)]
    title: Annotated[f.Both, f.Most(80)]


class HallData(Entry, named_by="slug", noun="hall"):
    """A place where groups meet. `address` is joined to the known address of the same words, when there is one;
    `capacity` is how many people it holds, when that is known.
    """

    slug: Annotated[f.Slug, f.Most(50)]
    title: Annotated[f.Both, f.Most(80)]
    address: Annotated[f.Text, f.Most(200)] = ""
    buffer: Count = 0
    capacity: Annotated[int, Field(strict=True, ge=1, le=5000)] | None = None


class AgesData(Entry):
    """Whole years, both included; an end that is absent has no limit."""

    first: Age | None = Field(None, alias="from")
    last: Age | None = Field(None, alias="to")

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """They must be in order."""
        if self.first is not None and self.last is not None and self.first > self.last:
            yield Mistake(f"the ages must be in order, not {self.first} then {self.last}")


class ActivityData(Entry, named_by="slug", noun="activity"):
    """Something taught or played, in any season."""

    slug: Annotated[f.Slug, f.Most(50)]
    category: f.Text
    title: Annotated[f.Both, f.Most(120)]
    summary: f.Both = f.NOTHING
    bring: Annotated[f.Both, f.Most(300)] = f.NOTHING
    ages: AgesData | None = None
    with_parent: f.Flag = False
    prerequisite: f.Text = ""
    most_per_season: Annotated[int, Field(strict=True, ge=1)] | None = None
    taxable: f.Flag = False
    child_care: f.Flag = False
    health_form: f.Flag = False


class LeisureHours(Entry):
    """Two hours of one day."""

    first: f.Hour = Field(alias="from")
    last: f.Hour = Field(alias="until")

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A meeting must end after it begins."""
        if self.last <= self.first:
            yield Mistake(f"a meeting ends after it begins, not from {self.first:%H:%M} to {self.last:%H:%M}")


class LeisureGroupData(Entry, named_by="slug", noun="group"):
    """A group of an activity: `weeks` meetings on a weekday from `first` (else from the season's first day), or `days`.

    `skipped` days and holidays have no meeting; the weeks they take are made up at the end. `previous` is the group of
    another season whose participants may stay.
    """

    slug: Annotated[f.Slug, f.Most(50)]
    activity: f.Text
    hall: f.Text
    weekday: Annotated[f.Text, f.OneOf(WEEKDAYS)] = ""
    hours: LeisureHours
    first: f.Day | None = None
    weeks: Annotated[int, Field(strict=True, ge=0, le=MOST_WEEKS)] = 0
    days: f.Days = ()
    skipped: f.Days = ()
    capacity: Annotated[int, Field(strict=True, ge=1, le=5000)]
    non_resident_quota: Annotated[int, Field(strict=True, ge=0, le=5000)] | None = None
    previous: f.Text = ""
    price: Dollars
    late_price: Dollars | None = None
    non_resident_price: Dollars | None = None

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Meetings are given one way, and `first` is on the weekday."""
        if bool(self.days) == bool(self.weekday) or bool(self.weekday) != bool(self.weeks):
            yield Mistake("give 'weekday' and 'weeks', or 'days', not both")
        elif self.first and self.weekday and self.first.weekday() != WEEKDAYS.index(self.weekday):
            yield Mistake(f"'first' ({self.first}) is no {self.weekday}")


class OpeningsData(Entry):
    """When registration opens."""

    residents: Moment
    everyone: Moment

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Residents are not after the others."""
        if self.everyone < self.residents:
            yield Mistake("'everyone' comes before 'residents'")


class SeasonData(Entry, named_by="slug", noun="season"):
    """A part of the year, and its groups. Ages are those of `rule_date`."""

    slug: Annotated[f.Slug, f.Most(50)]
    title: Annotated[f.Both, f.Most(80)]
    starts_on: f.Day
    ends_on: f.Day
    rule_date: f.Day
    opens: OpeningsData
    closes: Moment
    late_from: Moment | None = None
    published: Moment | None = None
    rebates: tuple[Percent, ...] = ()
    household_cap: Dollars | None = None
    skipped: f.Days = ()
    groups: tuple[LeisureGroupData, ...] = ()

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A season ends after it begins; its groups are unique."""
        if self.ends_on < self.starts_on:
            yield Mistake(f"'ends_on' ({self.ends_on}) comes before 'starts_on' ({self.starts_on})")
        if self.closes <= self.opens.residents:
            yield Mistake("'closes' comes before registration opens")
        yield from duplicates(self.groups, "groups")


class LeisureFile(Entry):
    """leisure.yaml."""

    example: f.Flag = False
    categories: tuple[CategoryData, ...] = ()
    halls: tuple[HallData, ...] = ()
    activities: tuple[ActivityData, ...] = ()
    seasons: tuple[SeasonData, ...] = ()

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Names are unique, groups across seasons too; what is named exists."""
        for field in ("categories", "halls", "activities", "seasons"):
            entries: Sequence[Entry] = getattr(self, field)
            yield from duplicates(entries, field)
        seen: dict[str, str] = {}
        for rank, season in enumerate(self.seasons):
            for group in season.groups:
                first = seen.setdefault(group.slug, season.slug)
                if first != season.slug:
                    yield Mistake(f"the group {group.slug!r} is already in the season {first!r}", ("seasons", rank))
        yield from self._unknown()

    def _unknown(self) -> Iterator[Mistake]:
        categories, halls, activities = (
            [entry.slug for entry in entries] for entries in (self.categories, self.halls, self.activities)
        )
        for rank, activity in enumerate(self.activities):
            yield from _named("category", activity.category, categories, ("activities", rank))
            yield from _named("prerequisite", activity.prerequisite, ["", *activities], ("activities", rank))
        groups = {group.slug: season.slug for season in self.seasons for group in season.groups}
        for position, season in enumerate(self.seasons):
            others = [slug for slug, other in groups.items() if other != season.slug]
            for rank, group in enumerate(season.groups):
                at = ("seasons", position, "groups", rank)
                yield from _named("activity", group.activity, activities, at)
                yield from _named("hall", group.hall, halls, at)
                yield from _named("previous", group.previous, ["", *others], at)


def _named(field: str, name: str, accepted: Sequence[str], at: tuple[str | int, ...]) -> Iterator[Mistake]:
    if name not in accepted:
        yield Mistake(f"{field!r} names an unknown entry: {name!r}{nearest(name, accepted)}", at)
