"""town.yaml, calendar.yaml, departments.yaml and staff.yaml: their entries."""

from collections.abc import Iterator
from datetime import date, time
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field, WithJsonSchema

from parvis.directory.calendar import WEEKDAYS, CalendarError, WorkingCalendar, parse_hours, parse_season, parse_spans
from parvis.directory.models import Department, Town
from parvis.directory.permissions import Role
from parvis.lib.ingest.entries import Entry, Mistake, Names
from parvis.lib.ingest.fields import NOTHING, Both, Day, Flag, Known, Most, OneOf, Phone, Slug, Text, Url
from parvis.lib.languages import LANGUAGES

_SOME_HOURS = ((time(8), time(12)),)
_UTC = ZoneInfo("UTC")
_SPANS = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
}
_WEEK = {"type": "object", "properties": dict.fromkeys(WEEKDAYS, _SPANS), "additionalProperties": False}

DepartmentName = Annotated[Text, Known("department")]
PersonName = Annotated[Text, Known("person")]
Spans = Annotated[list[Any], WithJsonSchema(_SPANS)]
Week = Annotated[dict[str, Any], WithJsonSchema(_WEEK)]
Extension = Annotated[Text, Most(10)]


class TownData(Entry):
    """Who the town is."""

    slug: Slug
    name: Annotated[Both, Most(120)]
    short_name: Annotated[Text, Most(120)] = ""
    region: Text = ""
    code_mamh: Annotated[Text, Most(10)] = ""
    english: Annotated[Text, OneOf(Town.English.values)]
    phone: Phone
    emergency_phone: Phone = ""
    email: Text
    website: Url = ""
    address: Both
    counter_hours: Annotated[Text, Known("fact")] = ""


class HolidaysData(Entry):
    """Whose statutory holidays are kept."""

    country: Annotated[Text, OneOf(["CA"])]
    subdivision: Annotated[Text, OneOf(["QC"])]


class SeasonData(Entry):
    """The hours of a part of each year, both days included."""

    named_by: ClassVar[str] = "from"

    first_day: Text = Field(alias="from")
    last_day: Text = Field(alias="until")
    hours: Week

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """It is a season that a calendar can use."""
        try:
            WorkingCalendar(_UTC, {0: _SOME_HOURS}, seasons=(parse_season(self.model_dump(by_alias=True)),))
        except (CalendarError, AttributeError) as error:
            yield Mistake(f"this season cannot be used: {error}")


class ClosureData(Entry):
    """Days when the offices are closed, both ends included; or open for the `hours` given, pairs of "HH:MM"."""

    named_by: ClassVar[str] = "date"

    first_day: Day = Field(alias="date")
    until: Day | None = None
    hours: Spans = []
    name: Annotated[Both, Most(120)]
    example: Flag = False

    @property
    def last_day(self) -> date:
        return self.until or self.first_day

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Its days and its hours follow one another."""
        if self.last_day < self.first_day:
            yield Mistake(f"ends on {self.last_day} before it starts")
        try:
            WorkingCalendar(_UTC, {0: parse_spans(self.hours, "closures") if self.hours else _SOME_HOURS})
        except CalendarError as error:
            yield Mistake(f"'hours' cannot be used: {error}")


class CalendarData(Entry):
    """When the town works; `longest_wait` is a duration of `catalogue.promises`, in days."""

    hours: Week = {}
    example: Flag = False
    source: Text = ""
    holidays: HolidaysData
    seasons: tuple[SeasonData, ...] = ()
    closures: tuple[ClosureData, ...] = ()
    longest_wait: Text = "20d"

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Its hours can be used, and no day is both closed and half worked."""
        try:
            WorkingCalendar(_UTC, parse_hours(self.hours))
        except (CalendarError, AttributeError) as error:
            yield Mistake(f"'hours' cannot be used: {error}")
        shut = [one for one in self.closures if not one.hours]
        for half in (one for one in self.closures if one.hours):
            if any(one.first_day <= half.last_day and half.first_day <= one.last_day for one in shut):
                yield Mistake(f"'closures' says that {half.first_day} is closed, and that it has hours")


class DepartmentData(Entry):
    """A department, the desk, or an outside body; `head` is a username or ""."""

    named_by: ClassVar[str] = "slug"
    noun: ClassVar[str] = "department"

    slug: Slug
    name: Annotated[Both, Most(120)]
    kind: Annotated[Text, OneOf(Department.Kind.values)]
    phone: Phone = ""
    extension: Extension = ""
    email: Text = ""
    website: Url = ""
    duties: Both = NOTHING
    head: PersonName = ""
    example: Flag = False


class MembershipData(Entry):
    """Where someone works, and as what."""

    named_by: ClassVar[str] = "department"

    department: DepartmentName
    role: Annotated[Text, OneOf(Role)]


class AbsenceData(Entry):
    """Days when someone is away; `delegate` is a username or ""."""

    named_by: ClassVar[str] = "from"

    first_day: Day = Field(alias="from")
    last_day: Day = Field(alias="until")
    delegate: PersonName = ""

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Its days follow one another."""
        if self.last_day < self.first_day:
            yield Mistake("ends before it begins")


class StaffData(Entry):
    """A sample account: what it is called, where it works."""

    named_by: ClassVar[str] = "username"
    noun: ClassVar[str] = "person"

    username: Slug
    name: Annotated[Text, Most(150)]
    email: Text
    language: Annotated[Text, OneOf(LANGUAGES)] = "fr"
    extension: Extension = ""
    memberships: tuple[MembershipData, ...] = ()
    absences: tuple[AbsenceData, ...] = ()

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Everybody works somewhere."""
        if not self.memberships:
            yield Mistake("works nowhere: give at least one membership")
