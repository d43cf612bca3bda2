"""Streaming reader of GTFS transit feeds. Pure: no database.

Source: GTFS Schedule reference (gtfs.org). Only the files and fields needed for departures at a stop are read.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import TypeVar

from parvis.apps.schedules.rules import timetable
from parvis.lib.ingest.csv_files import CsvRow, csv_rows

T = TypeVar("T")

REGULAR = "0"
NO_PICKUP = "1"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class BadFeed(ValueError):
    """The file is not a feed, or a row is invalid: "file, line: error"."""


@dataclass(frozen=True)
class Agency:
    """The transit agency; `zone` is the time zone name of every time in the feed."""

    name: str
    url: str
    phone: str
    zone: str


class FeedFile:
    """A GTFS file, a ZIP of CSV tables; a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> "FeedFile":
        try:
            self._zip = zipfile.ZipFile(self.path)
        except (OSError, zipfile.BadZipFile) as error:
            raise BadFeed(f"{self.path} is no GTFS file: {error}") from error
        return self

    def __exit__(self, *_error: object) -> None:
        self._zip.close()

    def digest(self) -> str:
        """The SHA-256 of the file."""
        with self.path.open("rb") as content:
            return file_digest(content, "sha256").hexdigest()

    def rows(self, name: str, *columns: str, optional: bool = False) -> Iterator[tuple[int, dict[str, str]]]:
        """Yields (line, row) of `name`.txt; BadFeed when the table, or one of these columns, is missing."""
        file = f"{name}.txt"
        if file not in self._zip.namelist():
            if optional:
                return
            raise BadFeed(f"{file} is missing")
        with self._zip.open(file) as raw:
            rows = csv_rows(io.TextIOWrapper(raw, "utf-8-sig", newline=""), ",")
            line = 1
            try:
                names = [name.strip() for name in next(rows, CsvRow(1, [])).values]
                if missing := [column for column in columns if column not in names]:
                    raise BadFeed(f"{file}: the column {missing[0]} is missing")
                empty = dict.fromkeys(names, "")
                for row in rows:
                    line = row.line
                    if row.wrong:
                        raise BadFeed(f"{file}, line {line}: {row.wrong}")
                    yield line, empty | dict(zip(names, map(str.strip, row.values), strict=False))
            except UnicodeDecodeError as error:
                raise BadFeed(f"{file}, line {line}: {error}") from error

    def agency(self) -> Agency:
        """The first agency of the feed."""
        for _line, row in self.rows("agency", "agency_name", "agency_url", "agency_timezone"):
            return Agency(row["agency_name"], row["agency_url"], row.get("agency_phone", ""), row["agency_timezone"])
        raise BadFeed("agency.txt holds no agency")

    def attribution(self) -> str:
        """The organizations to credit; "" when the feed requires none."""
        return "; ".join(row["organization_name"] for _, row in self.rows("attributions", optional=True))

    def end(self) -> date | None:
        """The last day of validity that the feed declares; None when it declares none."""
        for line, row in self.rows("feed_info", optional=True):
            if row.get("feed_end_date"):
                return _read("feed_info", line, timetable.day, row["feed_end_date"])
        return None

    def services(self) -> dict[str, timetable.Service]:
        """The days of every service, by its id."""
        regular: dict[str, tuple[str, date | None, date | None]] = {}
        for line, row in self.rows("calendar", "service_id", *WEEKDAYS, "start_date", "end_date", optional=True):
            first, last = (_read("calendar", line, timetable.day, row[name]) for name in ("start_date", "end_date"))
            regular[row["service_id"]] = ("".join("1" if row[day] == "1" else "0" for day in WEEKDAYS), first, last)
        exceptions: dict[str, dict[date, bool]] = {}
        for line, row in self.rows("calendar_dates", "service_id", "date", "exception_type", optional=True):
            on = _read("calendar_dates", line, timetable.day, row["date"])
            exceptions.setdefault(row["service_id"], {})[on] = row["exception_type"] == "1"
        if not regular and not exceptions:
            raise BadFeed("neither calendar.txt nor calendar_dates.txt says when anything runs")
        services = {}
        for name in dict.fromkeys([*regular, *exceptions]):
            weekdays, start, end = regular.get(name, ("0000000", None, None))
            services[name] = timetable.Service(weekdays, start, end, exceptions.get(name))
        return services

    def last_stops(self) -> dict[str, int]:
        """The sequence number of the last stop of every trip, where no one boards."""
        ends: dict[str, int] = {}
        for line, row in self.rows("stop_times", "trip_id", "stop_id", "stop_sequence", "departure_time"):
            rank = _read("stop_times", line, int, row["stop_sequence"])
            ends[row["trip_id"]] = max(rank, ends.get(row["trip_id"], rank))
        return ends

    def stop_times(self, stops: "set[str]", ends: dict[str, int]) -> Iterator[tuple[str, str, int, str, str]]:
        """(trip, stop, time, headsign, pickup) of each departure from these stops where people may board."""
        for line, row in self.rows("stop_times"):
            trip, stop, pickup = row["trip_id"], row["stop_id"], row.get("pickup_type", "") or REGULAR
            if stop not in stops or pickup == NO_PICKUP or int(row["stop_sequence"]) == ends[trip]:
                continue
            at = _read("stop_times", line, timetable.seconds, row["departure_time"])
            if at is not None and at <= timetable.LONGEST:
                yield trip, stop, at, row.get("stop_headsign", ""), pickup


def point_of(line: int, row: dict[str, str]) -> tuple[float, float]:
    """Latitude and longitude of a row of the stops table."""
    return _read("stops", line, float, row["stop_lat"]), _read("stops", line, float, row["stop_lon"])


def number_of(table: str, line: int, text: str) -> int:
    """Parses a whole number of a table; BadFeed for anything else."""
    return _read(table, line, int, text)


def _read(table: str, line: int, parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise BadFeed(f"{table}.txt, line {line}: {error}") from error
