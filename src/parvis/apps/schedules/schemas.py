"""Schemas of the entries of collections.yaml, winter.yaml, works.yaml and transit.yaml."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from parvis.apps.directory.rules.calendar import WEEKDAYS
from parvis.apps.directory.schemas import DepartmentName
from parvis.apps.places.schemas import Area, SectorName, StreetName
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries.works import URGENT
from parvis.apps.schedules.rules.pickups import FARTHEST_MOVE, Kind, Rule
from parvis.apps.schedules.rules.seasons import parse_season
from parvis.lib.ingest import fields as f
from parvis.lib.ingest.entries import Entry, Mistake, Names, refused

MOST_WEEKS = 26

Sectors = Annotated[f.Several, f.Known("collection sector")]
WeekdayName = Annotated[f.Text, f.OneOf(WEEKDAYS)]


class Sourced(Entry):
    """The source of an entry, the day it was verified, and whether it is an invented example."""

    source: f.OptionalSource = f.OptionalSource()
    verified_on: f.Day | None = None
    example: f.Flag = False

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Entries other than examples must have a source."""
        if not self.example and not self.source.title:
            yield Mistake("'title' is missing", ("source",))


class SeasonData(Entry):
    """Two days of each year, "12-01" and "03-15", both included."""

    first: f.Text = Field(alias="from")
    last: f.Text = Field(alias="until")


def _check_season(season: SeasonData) -> SeasonData:
    ends = season.first, season.last
    try:
        parse_season(*ends)
    except ValueError:
        raise refused(f'must hold two days such as "12-01" and "03-15", in quotes, not {ends}', season) from None
    return season


class HoursData(Entry):
    """Two hours of a day."""

    first: f.Hour = Field(alias="from")
    last: f.Hour = Field(alias="until")


Season = Annotated[SeasonData, AfterValidator(_check_season)]


# --- Collections ---------------------------------------------------------------------------------------------------


class PickupRuleData(Sourced):
    """The schedule of a stream: every N weeks from an anchor, or on dates."""

    sectors: Sectors = ()
    weekday: WeekdayName = ""
    every: f.Number = 0
    anchor: f.Day | None = None
    dates: f.Days = ()
    season: Season | None = None
    valid_from: f.Day | None = None
    valid_to: f.Day

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A rule gives either weeks or dates, and must end after it begins."""
        yield from super().mistakes(known)
        if not 0 <= self.every <= MOST_WEEKS:
            yield Mistake(f"'every' must be a number of weeks from 1 to {MOST_WEEKS}, not {self.every!r}")
        weekly = {bool(self.weekday), bool(self.anchor), bool(self.every)}
        if len(weekly) > 1 or bool(self.dates) in weekly:
            yield Mistake("give 'weekday', 'every' (weeks) and 'anchor' (a day when it passes), or 'dates', not both")
        elif self.anchor and self.anchor.weekday() != WEEKDAYS.index(self.weekday):
            yield Mistake(f"the anchor {self.anchor} is no {self.weekday}")
        if self.valid_from and self.valid_to < self.valid_from:
            yield Mistake(f"'valid_to' ({self.valid_to}) comes before 'valid_from' ({self.valid_from})")

    @property
    def rule(self) -> Rule:
        """The rule as a plain value."""
        season = parse_season(self.season.first, self.season.last) if self.season else None
        return Rule(self.every, self.anchor, self.dates, season, self.valid_from, self.valid_to)


class PickupChangeData(Sourced, named_by="day"):
    """A day moved, added or cancelled."""

    kind: Annotated[f.Text, f.OneOf(Kind)]
    sectors: Sectors = ()
    day: f.Day
    moved_to: f.Day | None = Field(None, alias="to")
    why: Annotated[f.Both, f.Most(160)] = f.NOTHING

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A moved day needs a new day, not too far."""
        yield from super().mistakes(known)
        if (self.kind == Kind.MOVED) != (self.moved_to is not None):
            yield Mistake("'to' says where a moved day goes, and belongs to no other kind")
        elif self.moved_to and abs(self.moved_to - self.day) > FARTHEST_MOVE:
            days = FARTHEST_MOVE.days
            yield Mistake(f"a day moves by {days} days at most, not from {self.day} to {self.moved_to}")


class BookingData(Entry):
    """Where to reserve a collection, and the deadline, in the week before."""

    where: Annotated[f.Both, f.Most(160)]
    url: f.Url = ""
    weekday: WeekdayName = ""
    time: f.Hour | None = None

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A deadline needs both a weekday and a time."""
        if bool(self.weekday) != (self.time is not None):
            yield Mistake("'weekday' and 'time' of the last moment to reserve go together")


class StreamData(Entry, named_by="stream", noun="stream"):
    """A kind of collection; `door` is the department that answers other questions.

    `fact`: the key of the fact of the answers that gives its next day, read from this calendar while it knows it.
    """

    slug: f.Slug = Field(alias="stream")
    title: Annotated[f.Both, f.Most(80)]
    icon: f.Icon = ""
    door: DepartmentName
    all_week: f.Flag = False
    out_from: f.Hour | None = None
    out_by: f.Hour | None = None
    note: Annotated[f.Both, f.Most(300)] = f.NOTHING
    book: BookingData | None = None
    fact: Annotated[f.Text, f.Known("fact")] = ""
    rules: tuple[PickupRuleData, ...] = ()
    changes: tuple[PickupChangeData, ...] = ()

    @property
    def identity(self) -> str:
        return self.slug

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A change to a day without collection must be a typo."""
        for change in self.changes:
            rules = [rule.rule for rule in self.rules if _overlap(rule.sectors, change.sectors)]
            if change.kind != Kind.ADDED and not any(rule.passes(change.day) for rule in rules):
                yield Mistake(f"'changes' moves or cancels {change.day}, a day when nothing passes there")


def _overlap(sectors: Sequence[str], other: Sequence[str]) -> bool:
    return not sectors or not other or bool(set(sectors) & set(other))


# --- Winter parking, works, transit --------------------------------------------------------------------------------


class WinterData(Sourced):
    """The winter night parking rule, the department that decides, and the information line."""

    season: Season
    banned: HoursData
    decided: HoursData
    every_night: f.Flag = False
    line: f.Phone = ""
    page: f.Url = ""
    owner: DepartmentName
    lots: f.Lists = f.Lists()


Line = Annotated[f.Both, f.Most(200)]


class WorksData(Sourced, named_by="slug", noun="notice"):
    """One notice of works or of water, in one place."""

    slug: f.Slug
    kind: Annotated[f.Text, f.OneOf(RoadNotice.Kind.values)]
    street: StreetName = ""
    civic_from: Annotated[f.Number, Field(ge=1)] | None = Field(None, alias="from")
    civic_to: Annotated[f.Number, Field(ge=1)] | None = Field(None, alias="to")
    side: Annotated[f.Text, f.OneOf(RoadNotice.Side.values)] = RoadNotice.Side.BOTH.value
    sector: SectorName = ""
    polygon: Area | None = None
    zone: Annotated[f.Both, f.Most(160)] = f.NOTHING
    whole_town: f.Flag = False
    first_day: f.Day
    last_day: f.Day | None = None
    hours: HoursData | None = None
    closure: Annotated[f.Text, f.OneOf(RoadNotice.Closure.values)] = RoadNotice.Closure.NONE.value
    nature: Annotated[f.Both, f.Most(160)]
    detour: Line = f.NOTHING
    parking: Line = f.NOTHING
    collection: Line = f.NOTHING
    details: Annotated[f.Both, f.Most(600)] = f.NOTHING
    weather: f.Flag = False
    owner: DepartmentName
    contact: DepartmentName = ""

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A notice has one place, ordered days, and instructions when it is about water."""
        yield from super().mistakes(known)
        water = self.kind == RoadNotice.Kind.BOIL_WATER
        if not water and self.last_day is None:
            yield Mistake("'last_day' is missing")
        if water and not self.details.fr:
            yield Mistake("'details' is missing")
        if sum(map(bool, (self.street, self.sector, self.polygon, self.whole_town))) != 1:
            yield Mistake("give one place: 'street', 'sector' or 'polygon' ('whole_town' for a notice about water)")
        if self.whole_town and self.kind not in URGENT:
            yield Mistake("'whole_town' is for a notice about water")
        if water and self.hours:
            yield Mistake("a notice to boil water holds day and night: it has no 'hours'")
        if bool(self.polygon) != bool(self.zone.fr):
            yield Mistake("'zone' names a polygon, and nothing else")
        if not self.street and (self.civic_from or self.civic_to):
            yield Mistake("'from' and 'to' are civic numbers of a 'street'")
        if self.last_day and self.last_day < self.first_day:
            yield Mistake(f"'last_day' ({self.last_day}) comes before 'first_day' ({self.first_day})")


class TaxiData(Entry):
    """How to reserve a taxi."""

    how: Line = f.NOTHING
    url: f.Url = ""


class TransitData(Sourced):
    """The town's transit information; `example_feed` is a GTFS file of invented hours in the same folder, or ""."""

    door: DepartmentName
    book: TaxiData = TaxiData()
    on_request: f.Several = ()
    example_feed: f.Text = ""
