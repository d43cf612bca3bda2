"""The transit stops near an address, and today's next departures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from parvis.apps.places.models import Address
from parvis.apps.places.rules.shapes import Point, around, metres
from parvis.apps.schedules.models import Feed, StopTime, TransitInfo, TransitService, TransitStop
from parvis.apps.schedules.queries.provenance import ContactPoint, Source, contact_point_of, lang, marked, zone
from parvis.apps.schedules.rules.timetable import elapsed, moment
from parvis.lib import clock, quebec
from parvis.lib.i18n.localized import localized

NEAR = 500  # metres
TIMES = 3  # departures given for each line
LINES_IN_WORDS = 3
MOST_ROWS = 2000


class State(StrEnum):
    """KNOWN: there are departures. NOTHING: none left today. FAR: no stop nearby. UNPLACED: the address has no point.

    EXPIRED and NOT_YET: the timetable does not cover today. UNKNOWN: there is no timetable.
    """

    KNOWN = "known"
    NOTHING = "nothing"
    FAR = "far"
    UNPLACED = "unplaced"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class StopNear:
    """A stop within 500 m, as the crow flies."""

    name: str
    number: str
    metres: int


@dataclass(frozen=True)
class TransitLine:
    """A line in one direction, from its nearest stop, with its next departures today."""

    short: str
    long: str
    headsign: str
    stop: StopNear
    times: tuple[datetime, ...]
    on_request: bool
    hours: str
    words: str


@dataclass(frozen=True)
class Departures:
    """Departures near an address. `until` is the last day of the timetable."""

    state: State
    stops: tuple[StopNear, ...]
    lines: tuple[TransitLine, ...]
    words: str
    booking: str
    until: date | None
    contact_point: ContactPoint
    sources: tuple[Source, ...]
    example: bool


def departures(address: Address, at: datetime | None = None) -> Departures:
    """The stops within 500 m of the address and their next departures of today's service, past midnight included."""
    now = at or clock.now()
    info = TransitInfo.objects.publishable().select_related("contact_point").order_by("pk").first()
    feeds, today = _feeds(), now.astimezone(zone()).date()
    current = [feed for feed in feeds if feed.first_day <= today <= feed.last_day]
    stops = _near(address.point, current) if address.point and current else []
    lines = _lines(stops, current, now, info) if stops else []
    state = _state(address.point, feeds, current, stops, lines, today)
    contact_point = contact_point_of(info.contact_point) if info else _feed_contact(feeds)
    booking = localized(info, "book") if info and any(line.on_request for line in lines) else ""
    example = any(feed.example for feed in (current or feeds))
    until = max((feed.last_day for feed in current or feeds), default=None)
    words = _words(state, lines, until, contact_point)
    if booking:
        words = f"{words} {booking}"
    return Departures(
        state=state,
        stops=tuple(near for _stop, near in stops),
        lines=tuple(lines),
        words=marked(words, example=example),
        booking=booking,
        until=until,
        contact_point=contact_point,
        sources=tuple(Source(feed.attribution or feed.name, feed.url) for feed in current or feeds),
        example=example,
    )


def _feeds() -> list[Feed]:
    """The usable timetables: real ones or, in a demonstration without any, an example."""
    feeds = list(Feed.objects.order_by("pk"))
    real = [feed for feed in feeds if not feed.example]
    return real or (feeds if settings.PARVIS_DEMO else [])


def _feed_contact(feeds: list[Feed]) -> ContactPoint:
    return ContactPoint(feeds[0].name, feeds[0].phone, feeds[0].url) if feeds else contact_point_of(None)


def _near(point: Point, feeds: list[Feed]) -> list[tuple[TransitStop, StopNear]]:
    stops = TransitStop.objects.filter(feed__in=feeds, **around(point, NEAR))
    by_distance = sorted((metres(point, (stop.latitude, stop.longitude)), stop.name, stop.pk, stop) for stop in stops)
    return [
        (stop, StopNear(stop.name, stop.number, round(distance)))
        for distance, _name, _pk, stop in by_distance
        if distance <= NEAR
    ]


def _lines(
    stops: list[tuple[TransitStop, StopNear]], feeds: list[Feed], now: datetime, info: TransitInfo | None
) -> list[TransitLine]:
    """Each line in each direction, from the nearest stop with departures left today, the soonest first."""
    near = {stop.pk: stop_near for stop, stop_near in stops}
    chosen: dict[tuple[int, str], tuple[StopNear, list[tuple[datetime, StopTime]]]] = {}
    for when, row in _upcoming(list(near), feeds, now):
        key, stop = (row.route_id, row.headsign), near[row.stop_id]
        best = chosen.get(key)
        if best is None or stop.metres < best[0].metres:
            chosen[key] = (stop, [(when, row)])
        elif stop is best[0] and len(best[1]) < TIMES:
            best[1].append((when, row))
    lines = [_line(stop, stop_times, info) for stop, stop_times in chosen.values()]
    return sorted(lines, key=lambda line: (line.times[0], line.short, line.headsign))


def _upcoming(stops: list[int], feeds: list[Feed], now: datetime) -> list[tuple[datetime, StopTime]]:
    """The departures from these stops from now on: today's service, and yesterday's past midnight."""
    zones = {feed.pk: ZoneInfo(feed.zone) for feed in feeds}
    services = list(TransitService.objects.filter(feed__in=feeds))
    departing: list[tuple[datetime, StopTime]] = []
    for days_ago in (0, 1):
        condition, days = Q(pk__in=[]), {}
        for service in services:
            feed_zone = zones[service.feed_id]
            day = now.astimezone(feed_zone).date() - timedelta(days=days_ago)
            if service.days.runs(day):
                days[service.pk] = day
                condition |= Q(service=service.pk, at__gte=max(0, elapsed(day, now, feed_zone)))
        rows = StopTime.objects.filter(condition, stop__in=stops).select_related("route", "service")
        for row in rows.order_by("at", "pk")[:MOST_ROWS]:
            when = moment(days[row.service_id], row.at, zones[row.service.feed_id])
            if when >= now:
                departing.append((when, row))
    return sorted(departing, key=lambda departure: (departure[0], departure[1].pk))


def _line(stop: StopNear, stop_times: list[tuple[datetime, StopTime]], info: TransitInfo | None) -> TransitLine:
    route = stop_times[0][1].route
    reserved = any(row.on_request for _when, row in stop_times) or bool(info and route.short in info.on_request)
    times = tuple(when.astimezone(zone()) for when, _row in stop_times)
    hours = quebec.join([quebec.hour(when, lang()) for when in times], lang())
    values = {
        "line": route.short or route.long,
        "to": stop_times[0][1].headsign or route.long,
        "stop": stop.name,
        "far": quebec.length(stop.metres, lang()),
        "times": hours,
    }
    if reserved:
        words = _("Taxi %(line)s to %(to)s, only if reserved: %(times)s, from %(stop)s, %(far)s away.")
    else:
        words = _("Line %(line)s to %(to)s: %(times)s, from %(stop)s, %(far)s away.")
    return TransitLine(route.short, route.long, stop_times[0][1].headsign, stop, times, reserved, hours, words % values)


def _state(
    point: Point | None,
    feeds: list[Feed],
    current: list[Feed],
    stops: Iterable[object],
    lines: list[TransitLine],
    today: date,
) -> State:
    if not feeds:
        return State.UNKNOWN
    if not current:
        return State.NOT_YET if any(feed.first_day > today for feed in feeds) else State.EXPIRED
    if point is None:
        return State.UNPLACED
    if not stops:
        return State.FAR
    return State.KNOWN if lines else State.NOTHING


def _words(state: State, lines: list[TransitLine], until: date | None, contact_point: ContactPoint) -> str:
    values = {"door": contact_point.words, "far": quebec.length(NEAR, lang())}
    if state == State.KNOWN:
        return " ".join(line.words for line in lines[:LINES_IN_WORDS])
    if state == State.NOTHING:
        words = _("Nothing more leaves today from the stops within %(far)s. For another day, ask %(door)s.")
    elif state == State.FAR:
        words = _("No stop within %(far)s of this address. For what serves it otherwise, ask %(door)s.")
    elif state == State.UNPLACED:
        words = _("This address is on no map here, so its stops are not known. Ask %(door)s.")
    elif state == State.EXPIRED and until:
        words = _("The timetable held here ended on %(day)s: the hours of today are not known. Ask %(door)s.")
        values["day"] = quebec.day_of_month(until, lang(), year=True)
    elif state == State.NOT_YET:
        words = _("The timetable held here has not begun yet: the hours of today are not known. Ask %(door)s.")
    else:
        words = _("No timetable is held here. Ask %(door)s.")
    return words % values
