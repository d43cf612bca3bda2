"""Loading of a GTFS file into the database: the stops in and around the town, and their departures."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils.text import slugify

from parvis.apps.directory.models import Department
from parvis.apps.places.queries.plan import in_or_about
from parvis.apps.places.queries.town_map import box
from parvis.apps.schedules.models import Feed, StopTime, TransitInfo, TransitRoute, TransitService, TransitStop
from parvis.apps.schedules.rules.gtfs import BadFeed, FeedFile, number_of, point_of
from parvis.apps.schedules.rules.timetable import Service, on_request
from parvis.apps.schedules.schemas import TransitData
from parvis.lib import clock
from parvis.lib.database.upsert import UpsertCounts, sync_rows
from parvis.lib.errors import Refused
from parvis.lib.ingest.fields import columns

BATCH = 2000
EXAMPLE = "example"


class FeedFileError(Refused):
    """The file cannot be loaded; the message locates the error."""

    code = "feed-file"
    status = 422


def load_transit(*, transit: TransitData | None, timetable: Path | None, demo: bool) -> UpsertCounts:
    """Makes the town's transit information match the file; in a demonstration, loads its invented timetable too."""
    if timetable is None or not demo:
        Feed.objects.filter(key=EXAMPLE).delete()
    elif load_gtfs(timetable, key=EXAMPLE, example=True).unchanged is False:
        return _load_info(transit) + UpsertCounts(updated=1)
    return _load_info(transit)


def _load_info(transit: TransitData | None) -> UpsertCounts:
    if transit is None:
        return sync_rows(TransitInfo.objects.all(), ("pk",), [], gone="delete")
    values = columns(transit, "door", "example_feed") | {
        "pk": 1,
        "contact_point_id": Department.objects.values_list("pk", flat=True).get(slug=transit.door),
        "book_fr": transit.book.how.fr,
        "book_en": transit.book.how.en,
        "book_url": transit.book.url,
    }
    return sync_rows(TransitInfo.objects.all(), ("pk",), [values], gone="delete")


@dataclass(frozen=True)
class FeedReport:
    """The result of a load. `unchanged`: the same file was already loaded."""

    key: str
    name: str
    first_day: date
    last_day: date
    stops: int
    routes: int
    stop_times: int
    unchanged: bool
    example: bool

    @property
    def expired(self) -> bool:
        """Whether the timetable has expired; it is stored all the same, and answers say that it is over."""
        return self.last_day < clock.today()

    def line(self) -> str:
        """The report as one line to print."""
        line = f"{self.name}: {self.stops} stops, {self.routes} lines, {self.stop_times} departures"
        line += f", from {self.first_day} to {self.last_day}{' (example)' if self.example else ''}."
        if self.expired:
            line += " WARNING: it is over, and is said to be over."
        return f"{line} Nothing changed." if self.unchanged else line


def load_gtfs(path: Path, *, key: str = "", example: bool = False, dry_run: bool = False) -> FeedReport:
    """Loads a whole feed or nothing; it replaces the feed of the same key (by default the agency's name).

    Stores only the stops within 3 km of the town's addresses, or all of them without geocoded addresses. Raises
    FeedFileError. With `dry_run` the database is unchanged.
    """
    try:
        with FeedFile(path) as file:
            name = file.agency().name
            chosen, digest = slugify(key or name)[:50] or "feed", file.digest()
            loaded = Feed.objects.filter(key=chosen, digest=digest, example=example).first()
            if loaded is not None:
                return _report(loaded, unchanged=True)
            with transaction.atomic():
                Feed.objects.filter(key=chosen).delete()
                report = _report(_write(file, chosen, digest, example), unchanged=False)
                if dry_run:
                    transaction.set_rollback(True)
            return report
    except BadFeed as error:
        raise FeedFileError(str(error)) from error


def _report(feed: Feed, *, unchanged: bool) -> FeedReport:
    stop_times = StopTime.objects.filter(stop__feed=feed).count()
    counts = feed.stops.count(), feed.routes.count(), stop_times
    return FeedReport(feed.key, feed.name, feed.first_day, feed.last_day, *counts, unchanged, feed.example)


def _write(file: FeedFile, key: str, digest: str, example: bool) -> Feed:
    agency, services = file.agency(), file.services()
    try:
        ZoneInfo(agency.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadFeed(f"agency.txt: {agency.zone!r} is no time zone") from error
    first, last = _validity(services.values(), file.end())
    feed = Feed.objects.create(
        key=key, name=agency.name[:120], url=agency.url[:200], phone=agency.phone[:40], zone=agency.zone,
        attribution=file.attribution()[:200], first_day=first, last_day=last, loaded_at=clock.now(), digest=digest,
        example=example,
    )  # fmt: skip
    stops = _stops(file, feed)
    if not stops:
        raise BadFeed("stops.txt: none of its stops is within 3 km of the town")
    _passings(file, feed, stops, services)
    return feed


def _validity(services: Iterable[Service], end: date | None) -> tuple[date, date]:
    days: list[date] = []
    for service in services:
        days += [day for day in (service.first, service.last) if day is not None]
        days += [day for day, runs in (service.exceptions or {}).items() if runs]
    if not days:
        raise BadFeed("calendar.txt, calendar_dates.txt: nothing ever runs")
    return min(days), min(max(days), end) if end else max(days)


def _stops(file: FeedFile, feed: Feed) -> dict[str, TransitStop]:
    town_box, stops = box(), []
    for line, row in file.rows("stops", "stop_id", "stop_name", "stop_lat", "stop_lon"):
        if row.get("location_type", "") not in ("", "0"):
            continue
        latitude, longitude = point_of(line, row)
        if in_or_about((latitude, longitude), town_box):
            number, name = row.get("stop_code", "")[:60], row["stop_name"][:160]
            position = {"latitude": latitude, "longitude": longitude}
            stops.append(TransitStop(feed=feed, code=row["stop_id"], number=number, name=name, **position))
    TransitStop.objects.bulk_create(stops, batch_size=BATCH)
    return {stop.code: stop for stop in TransitStop.objects.filter(feed=feed)}


def _passings(file: FeedFile, feed: Feed, stops: dict[str, TransitStop], services: dict[str, Service]) -> None:
    trips = {
        row["trip_id"]: (row["route_id"], row["service_id"], row.get("trip_headsign", ""))
        for _, row in file.rows("trips", "trip_id", "route_id", "service_id")
    }
    routes, days = _routes(file, feed), _services(feed, services)
    used_routes, used_days = set[int](), set[int]()

    def stop_times() -> Iterator[StopTime]:
        for trip, stop, at, headsign, pickup in file.stop_times(set(stops), file.last_stops()):
            if trip not in trips or trips[trip][0] not in routes or trips[trip][1] not in days:
                raise BadFeed(f"stop_times.txt: the trip {trip!r} has no line, or no days, or does not exist")
            route, day = routes[trips[trip][0]], days[trips[trip][1]]
            used_routes.add(route.pk)
            used_days.add(day.pk)
            yield StopTime(
                stop=stops[stop], route=route, service=day, headsign=(headsign or trips[trip][2])[:160], at=at,
                on_request=route.on_request or pickup == "2",
            )  # fmt: skip

    rows = stop_times()
    while batch := list(islice(rows, BATCH)):
        StopTime.objects.bulk_create(batch)
    TransitRoute.objects.filter(feed=feed).exclude(pk__in=used_routes).delete()
    TransitService.objects.filter(feed=feed).exclude(pk__in=used_days).delete()


def _routes(file: FeedFile, feed: Feed) -> dict[str, TransitRoute]:
    routes = []
    for line, row in file.rows("routes", "route_id", "route_type"):
        names = {"short": row.get("route_short_name", "")[:60], "long": row.get("route_long_name", "")[:200]}
        kind = number_of("routes", line, row["route_type"])
        reserved = on_request(kind, f"{names['long']} {row.get('route_desc', '')}")
        routes.append(TransitRoute(feed=feed, code=row["route_id"], kind=kind, on_request=reserved, **names))
    TransitRoute.objects.bulk_create(routes, batch_size=BATCH)
    return {route.code: route for route in TransitRoute.objects.filter(feed=feed)}


def _services(feed: Feed, services: dict[str, Service]) -> dict[str, TransitService]:
    rows = [
        TransitService(
            feed=feed, code=code, weekdays=service.weekdays, first_day=service.first, last_day=service.last,
            exceptions={day.isoformat(): runs for day, runs in (service.exceptions or {}).items()},
        )
        for code, service in services.items()
    ]  # fmt: skip
    TransitService.objects.bulk_create(rows, batch_size=BATCH)
    return {row.code: row for row in TransitService.objects.filter(feed=feed)}
