"""The stops near an address and what leaves from them today."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from parvis.apps.places.models import Address
from parvis.apps.places.shapes import Point, metres, reach
from parvis.apps.schedules.models import Feed, Passing, TransitInfo, TransitService, TransitStop
from parvis.apps.schedules.provenance import ContactPoint, Source, contact_point_of, lang, marked, zone
from parvis.apps.schedules.timetable import elapsed, moment
from parvis.lib import clock, quebec
from parvis.lib.localized import localized

NEAR = 500  # metres
TIMES = 3  # departures told for each line
LINES_SAID = 3
MOST_ROWS = 2000


class State(StrEnum):
    """KNOWN: something leaves yet. NOTHING: nothing more today. FAR: no stop near. UNPLACED: the address is on no map.

    EXPIRED and NOT_YET: the timetable here is that of other days. UNKNOWN: there is none.
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
class Line:
    """A line in one direction, from the nearest of its stops, with its next departures today."""

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
    """What leaves from near an address. `until` is the last day of the timetable; `door` answers everything else."""

    state: State
    stops: tuple[StopNear, ...]
    lines: tuple[Line, ...]
    words: str
    booking: str
    until: date | None
    contact_point: ContactPoint
    sources: tuple[Source, ...]
    example: bool


def departures(address: Address, at: datetime | None = None) -> Departures:
    """The stops within 500 m of the address and their next departures today, those after midnight included."""
    now = at or clock.now()
    info = TransitInfo.objects.told().select_related("contact_point").order_by("pk").first()
    feeds, today = _feeds(), now.astimezone(zone()).date()
    current = [feed for feed in feeds if feed.first_day <= today <= feed.last_day]
    stops = _near(address.point, current) if address.point and current else []
    lines = _lines(stops, current, now, info) if stops else []
    state = _state(address.point, feeds, current, stops, lines, today)
    door = contact_point_of(info.contact_point) if info else _feed_door(feeds)
    booking = localized(info, "book") if info and any(line.on_request for line in lines) else ""
    example = any(feed.example for feed in (current or feeds))
    until = max((feed.last_day for feed in current or feeds), default=None)
    words = _words(state, lines, until, door)
    if booking:
        words = f"{words} {booking}"
    return Departures(
        state=state,
        stops=tuple(near for _stop, near in stops),
        lines=tuple(lines),
        words=marked(words, example=example),
        booking=booking,
        until=until,
        contact_point=door,
        sources=tuple(Source(feed.attribution or feed.name, feed.url) for feed in current or feeds),
        example=example,
    )


def _feeds() -> list[Feed]:
    """The timetables that may be told: true ones, or in the demonstration an invented one when there is none."""
    result = list(Feed.objects.order_by("pk"))
    real = [feed for feed in result if not feed.example]
    return real or (result if settings.PARVIS_DEMO else [])


def _feed_door(feeds: list[Feed]) -> ContactPoint:
    return ContactPoint(feeds[0].name, feeds[0].phone, feeds[0].url) if feeds else contact_point_of(None)


def _near(point: Point, feeds: list[Feed]) -> list[tuple[TransitStop, StopNear]]:
    up, right = reach(point, NEAR)
    around = TransitStop.objects.filter(
        feed__in=feeds,
        latitude__range=(point[0] - up, point[0] + up),
        longitude__range=(point[1] - right, point[1] + right),
    )
    result = [(stop, metres(point, (stop.latitude, stop.longitude))) for stop in around]
    close = sorted((far, stop.name, stop.pk, stop) for stop, far in result if far <= NEAR)
    return [(stop, StopNear(stop.name, stop.number, round(far))) for far, _name, _pk, stop in close]


def _lines(
    stops: list[tuple[TransitStop, StopNear]], feeds: list[Feed], now: datetime, info: TransitInfo | None
) -> list[Line]:
    """Each line in each direction, from the nearest stop where it still passes today, the soonest first."""
    near = {stop.pk: told for stop, told in stops}
    chosen: dict[tuple[int, str], tuple[StopNear, list[tuple[datetime, Passing]]]] = {}
    for when, row in _leaving(list(near), feeds, now):
        key, here = (row.route_id, row.headsign), near[row.stop_id]
        kept = chosen.get(key)
        if kept is None or here.metres < kept[0].metres:
            chosen[key] = (here, [(when, row)])
        elif here is kept[0] and len(kept[1]) < TIMES:
            kept[1].append((when, row))
    lines = [_line(stop, passings, info) for stop, passings in chosen.values()]
    return sorted(lines, key=lambda line: (line.times[0], line.short, line.headsign))


def _leaving(stops: list[int], feeds: list[Feed], now: datetime) -> list[tuple[datetime, Passing]]:
    """What leaves these stops from now on, of today's service and of yesterday's that goes on after midnight."""
    zones = {feed.pk: ZoneInfo(feed.zone) for feed in feeds}
    services = list(TransitService.objects.filter(feed__in=feeds))
    result: list[tuple[datetime, Passing]] = []
    for behind in (0, 1):
        wanted, days = Q(pk__in=[]), {}
        for service in services:
            here = zones[service.feed_id]
            day = now.astimezone(here).date() - timedelta(days=behind)
            if service.days.runs(day):
                days[service.pk] = day
                wanted |= Q(service=service.pk, at__gte=max(0, elapsed(day, now, here)))
        rows = Passing.objects.filter(wanted, stop__in=stops).select_related("route", "service").order_by("at", "pk")
        leave = ((moment(days[row.service_id], row.at, zones[row.service.feed_id]), row) for row in rows[:MOST_ROWS])
        result += [(when, row) for when, row in leave if when >= now]
    return sorted(result, key=lambda item: (item[0], item[1].pk))


def _line(stop: StopNear, passings: list[tuple[datetime, Passing]], info: TransitInfo | None) -> Line:
    route = passings[0][1].route
    asked = any(row.on_request for _when, row in passings) or bool(info and route.short in info.on_request)
    times = tuple(when.astimezone(zone()) for when, _row in passings)
    hours = quebec.join([quebec.hour(when, lang()) for when in times], lang())
    values = {
        "line": route.short or route.long,
        "to": passings[0][1].headsign or route.long,
        "stop": stop.name,
        "far": quebec.length(stop.metres, lang()),
        "times": hours,
    }
    if asked:
        words = _("Taxi %(line)s to %(to)s, only if reserved: %(times)s, from %(stop)s, %(far)s away.")
    else:
        words = _("Line %(line)s to %(to)s: %(times)s, from %(stop)s, %(far)s away.")
    return Line(route.short, route.long, passings[0][1].headsign, stop, times, asked, hours, words % values)


def _state(
    point: Point | None, feeds: list[Feed], current: list[Feed], stops: Iterable[object], lines: list[Line], today: date
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


def _words(state: State, lines: list[Line], until: date | None, contact_point: ContactPoint) -> str:
    values = {"door": contact_point.words, "far": quebec.length(NEAR, lang())}
    if state == State.KNOWN:
        return " ".join(line.words for line in lines[:LINES_SAID])
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
