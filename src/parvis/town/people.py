"""town.yaml, calendar.yaml, departments.yaml and staff.yaml."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from parvis.catalogue.clocks import parse_wait
from parvis.directory.calendar import CalendarError, WorkingCalendar, parse_hours, parse_season, parse_spans
from parvis.directory.loading import AbsenceData, ClosureData, DepartmentData, StaffData, TownData
from parvis.directory.models import Department, Town
from parvis.directory.permissions import Role
from parvis.lib.languages import LANGUAGES
from parvis.lib.postal import short_name
from parvis.town.entries import REQUIRED, Entry, note_twice
from parvis.town.folder import Folder
from parvis.town.tongues import read_language_rule

SUBDIVISIONS = ("QC",)
_SOME_HOURS = ((time(8), time(12)),)


def read_town(folder: Folder, fact_keys: Sequence[str]) -> TownData:
    """Who the town is, and when it works."""
    entry = folder.one("town")
    calendar = _read_calendar(folder)
    town = TownData(
        slug=entry.slug("slug"),
        name=(name := entry.both("name", most=120)),
        short_name=entry.text("short_name", "", most=120) or short_name(name[0]),
        code_mamh=entry.text("code_mamh", "", most=10),
        english=entry.one_of("english", Town.English.values),
        phone=entry.phone("phone", REQUIRED),
        emergency_phone=entry.phone("emergency_phone"),
        email=entry.text("email"),
        website=entry.url("website"),
        address=entry.both("address"),
        language_rule=read_language_rule(folder),
        **calendar,
    )
    entry.one_of("counter_hours", fact_keys, "fact", "")
    entry.text("region", "")
    entry.done()
    return town


def _read_calendar(folder: Folder) -> dict[str, Any]:
    """The fields of `TownData` that calendar.yaml gives."""
    entry = folder.one("calendar")
    hours = entry.value("hours", {})
    try:
        WorkingCalendar(ZoneInfo("UTC"), parse_hours(hours))
    except (CalendarError, AttributeError) as error:
        entry.wrong(f"'hours' cannot be used: {error}")
    example = entry.flag("example", False)
    wait = read_wait(entry, "longest_wait", "20d")
    seasons = tuple(_read_season(season) for season in entry.parts("seasons", "from"))
    entry.text("source", "")
    holidays = entry.part("holidays")
    holidays.one_of("country", ("CA",))
    subdivision = holidays.one_of("subdivision", SUBDIVISIONS)
    holidays.done()
    closures = tuple(_read_closure(closure) for closure in entry.parts("closures", "date"))
    _note_overlaps(entry, closures)
    entry.done()
    return {
        "hours": hours,
        "hours_example": example,
        "holidays": subdivision,
        "closures": closures,
        "seasons": seasons,
        "longest_wait": wait,
    }


def read_wait(entry: Entry, name: str, default: str) -> str:
    """A longest wait, "20d" or "30D"; the default, which may be "", when it is not given."""
    written = entry.text(name, default)
    if written:
        try:
            parse_wait(written)
        except ValueError as error:
            entry.wrong(f"{name!r}: {error}")
    return written


def _read_season(entry: Entry) -> dict[str, Any]:
    season = {"from": entry.text("from"), "until": entry.text("until"), "hours": entry.value("hours")}
    try:
        WorkingCalendar(ZoneInfo("UTC"), {0: _SOME_HOURS}, seasons=(parse_season(season),))
    except (CalendarError, AttributeError) as error:
        entry.wrong(f"this season cannot be used: {error}")
    entry.done()
    return season


def _read_closure(entry: Entry) -> ClosureData:
    first = entry.day("date") or date.min
    last = entry.day("until", first) or first
    if last < first:
        entry.wrong(f"ends on {last} before it starts")
    hours = entry.value("hours", [])
    try:
        WorkingCalendar(ZoneInfo("UTC"), {0: parse_spans(hours, "closures")} if hours else {0: _SOME_HOURS})
    except CalendarError as error:
        entry.wrong(f"'hours' cannot be used: {error}")
    closure = ClosureData(first, last, entry.both("name", most=120), entry.flag("example", False), tuple(hours))
    entry.done()
    return closure


def _note_overlaps(entry: Entry, closures: Sequence[ClosureData]) -> None:
    """A day both closed and half worked is a typing error."""
    shut = [one for one in closures if not one.hours]
    for half in (one for one in closures if one.hours):
        if any(one.first_day <= half.last_day and half.first_day <= one.last_day for one in shut):
            entry.wrong(f"'closures' says that {half.first_day} is closed, and that it has hours")


def read_departments(folder: Folder, usernames: Sequence[str]) -> list[DepartmentData]:
    """The departments; exactly one is the desk."""
    entries = folder.many("departments", "slug")
    found = [_read_department(entry, usernames) for entry in entries]
    note_twice(entries, [department.slug for department in found], "department")
    desks = [department.slug for department in found if department.kind == Department.Kind.DESK]
    if len(desks) != 1:
        folder.problems.add("departments.yaml", "", f"exactly one department must be of kind 'desk', not {len(desks)}")
    return found


def _read_department(entry: Entry, usernames: Sequence[str]) -> DepartmentData:
    department = DepartmentData(
        slug=entry.slug("slug"),
        name=entry.both("name", most=120),
        kind=entry.one_of("kind", Department.Kind.values),
        phone=entry.phone("phone"),
        extension=entry.text("extension", "", most=10),
        email=entry.text("email", ""),
        website=entry.url("website"),
        duties=entry.both("duties", ("", "")),
        head=entry.one_of("head", usernames, "person", ""),
        example=entry.flag("example", False),
    )
    entry.done()
    return department


def read_staff(folder: Folder, departments: Sequence[str], usernames: Sequence[str]) -> list[StaffData]:
    """The sample accounts; none when the town gives no such file."""
    entries = folder.many("staff", "username", required=False)
    found = [_read_person(entry, departments, usernames) for entry in entries]
    note_twice(entries, [person.username for person in found], "person")
    return found


def _read_person(entry: Entry, departments: Sequence[str], usernames: Sequence[str]) -> StaffData:
    person = StaffData(
        username=entry.slug("username"),
        name=entry.text("name", most=150),
        email=entry.text("email"),
        language=entry.one_of("language", LANGUAGES, default="fr"),
        extension=entry.text("extension", "", most=10),
        memberships=tuple(_read_place(part, departments) for part in entry.parts("memberships", "department")),
        absences=tuple(_read_absence(part, usernames) for part in entry.parts("absences", "from")),
    )
    if not person.memberships:
        entry.wrong("works nowhere: give at least one membership")
    entry.done()
    return person


def _read_place(entry: Entry, departments: Sequence[str]) -> tuple[str, str]:
    place = entry.one_of("department", departments, "department"), entry.one_of("role", [role.value for role in Role])
    entry.done()
    return place


def _read_absence(entry: Entry, usernames: Sequence[str]) -> AbsenceData:
    first = entry.day("from") or date.min
    absence = AbsenceData(first, entry.day("until") or first, entry.one_of("delegate", usernames, "person", ""))
    if absence.last_day < absence.first_day:
        entry.wrong("ends before it begins")
    entry.done()
    return absence
