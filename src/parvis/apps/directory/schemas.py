"""Schemas of town.yaml, calendar.yaml, departments.yaml and staff.yaml."""

from collections.abc import Iterator
from datetime import date, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, WithJsonSchema

from parvis.apps.directory.models import Department, Town
from parvis.apps.directory.rules.calendar import (
    WEEKDAYS,
    CalendarError,
    WorkingCalendar,
    parse_hours,
    parse_season,
    parse_spans,
)
from parvis.apps.directory.rules.permissions import Role
from parvis.lib.i18n.languages import LANGUAGES
from parvis.lib.ingest import fields as f
from parvis.lib.ingest.entries import Entry, Mistake, Names, duplicates

_SOME_HOURS = ((time(8), time(12)),)
_UTC = ZoneInfo("UTC")
_SPANS = {"type": "array", "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}}
_WEEK = {"type": "object", "properties": dict.fromkeys(WEEKDAYS, _SPANS), "additionalProperties": False}

DepartmentName = Annotated[f.Text, f.Known("department")]
PersonName = Annotated[f.Text, f.Known("person")]
Spans = Annotated[list[Any], WithJsonSchema(_SPANS)]
Week = Annotated[dict[str, Any], WithJsonSchema(_WEEK)]
Extension = Annotated[f.Text, f.Most(10)]


class JurisdictionData(Entry, named_by="id", noun="jurisdiction"):
    """A jurisdiction of Open311: the whole town, or some of its sectors."""

    id: f.Slug
    name: Annotated[f.Both, f.Most(120)]
    sectors: Annotated[f.Several, f.Known("sector")] = ()


class Open311Data(Entry):
    """What the town says to programs that speak Open311."""

    jurisdictions: tuple[JurisdictionData, ...] = ()

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Jurisdictions must be unique."""
        yield from duplicates(self.jurisdictions, "jurisdictions")


class TownData(Entry):
    """The town."""

    slug: f.Slug
    name: Annotated[f.Both, f.Most(120)]
    short_name: Annotated[f.Text, f.Most(120)] = ""
    region: f.Text = ""
    code_mamh: Annotated[f.Text, f.Most(10)] = ""
    english: Annotated[f.Text, f.OneOf(Town.English.values)]
    phone: f.Phone
    emergency_phone: f.Phone = ""
    email: f.Text
    website: f.Url = ""
    address: f.Both
    counter_hours: Annotated[f.Text, f.Known("fact")] = ""
    open311: Open311Data = Open311Data()


class HolidaysData(Entry):
    """The jurisdiction whose statutory holidays apply."""

    country: Annotated[f.Text, f.OneOf(["CA"])]
    subdivision: Annotated[f.Text, f.OneOf(["QC"])]


class SeasonData(Entry, named_by="from"):
    """Hours for a part of each year, both days included."""

    first_day: f.Text = Field(alias="from")
    last_day: f.Text = Field(alias="until")
    hours: Week

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """The season must be valid in a calendar."""
        try:
            WorkingCalendar(_UTC, {0: _SOME_HOURS}, seasons=(parse_season(self.model_dump(by_alias=True)),))
        except (CalendarError, AttributeError) as error:
            yield Mistake(f"this season cannot be used: {error}")


class ClosureData(Entry, named_by="date"):
    """Days when the offices are closed, both ends included, or open only for `hours`, pairs of "HH:MM"."""

    first_day: f.Day = Field(alias="date")
    until: f.Day | None = None
    hours: Spans = []
    name: Annotated[f.Both, f.Most(120)]
    example: f.Flag = False

    @property
    def last_day(self) -> date:
        return self.until or self.first_day

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """The days and the hours must be in order."""
        if self.last_day < self.first_day:
            yield Mistake(f"ends on {self.last_day} before it starts")
        try:
            WorkingCalendar(_UTC, {0: parse_spans(self.hours, "closures") if self.hours else _SOME_HOURS})
        except CalendarError as error:
            yield Mistake(f"'hours' cannot be used: {error}")


class CalendarData(Entry):
    """The town's working time; `longest_wait` is a duration in days (`catalogue.rules.promises`)."""

    hours: Week = {}
    example: f.Flag = False
    source: f.Text = ""
    holidays: HolidaysData
    seasons: tuple[SeasonData, ...] = ()
    closures: tuple[ClosureData, ...] = ()
    longest_wait: f.Text = "20d"

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """The hours must be valid, and no day both closed and partly open."""
        try:
            WorkingCalendar(_UTC, parse_hours(self.hours))
        except (CalendarError, AttributeError) as error:
            yield Mistake(f"'hours' cannot be used: {error}")
        closed = [closure for closure in self.closures if not closure.hours]
        for partial in (closure for closure in self.closures if closure.hours):
            if any(day.first_day <= partial.last_day and partial.first_day <= day.last_day for day in closed):
                yield Mistake(f"'closures' says that {partial.first_day} is closed, and that it has hours")


class DepartmentData(Entry, named_by="slug", noun="department"):
    """A department, the desk, or an outside body; `head` is a username or ""."""

    slug: f.Slug
    name: Annotated[f.Both, f.Most(120)]
    kind: Annotated[f.Text, f.OneOf(Department.Kind.values)]
    phone: f.Phone = ""
    extension: Extension = ""
    email: f.Text = ""
    website: f.Url = ""
    duties: f.Both = f.NOTHING
    signature: f.Both = f.NOTHING
    head: f.Text = ""
    example: f.Flag = False


class MembershipData(Entry, named_by="department"):
    """A department where someone works, and their role."""

    department: DepartmentName
    role: Annotated[f.Text, f.OneOf(Role)]


class AbsenceData(Entry, named_by="from"):
    """Days when someone is away; `delegate` is a username or ""."""

    first_day: f.Day = Field(alias="from")
    last_day: f.Day = Field(alias="until")
    delegate: PersonName = ""

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """The days must be in order."""
        if self.last_day < self.first_day:
            yield Mistake("ends before it begins")


class StaffData(Entry, named_by="username", noun="person"):
    """A sample account, with its memberships and absences."""

    username: f.Slug
    name: Annotated[f.Text, f.Most(150)]
    email: f.Text
    language: Annotated[f.Text, f.OneOf(LANGUAGES)] = "fr"
    extension: Extension = ""
    memberships: tuple[MembershipData, ...] = ()
    absences: tuple[AbsenceData, ...] = ()

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """At least one membership is required."""
        if not self.memberships:
            yield Mistake("works nowhere: give at least one membership")
