"""The next collections of an address or a sector, and their calendar."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Prefetch
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import town
from parvis.apps.places.models import Address, Sector
from parvis.apps.schedules.models import PickupChange, PickupRule, Stream
from parvis.apps.schedules.queries.provenance import (
    ContactPoint,
    Source,
    contact_point_of,
    lang,
    marked,
    sources_of,
    zone,
)
from parvis.apps.schedules.queries.sectors import collection_sector, collection_sector_named
from parvis.apps.schedules.rules import ics
from parvis.apps.schedules.rules.pickups import Change, Coming, Pickup, Rule, known_until, passages, upcoming
from parvis.lib import clock, quebec
from parvis.lib.i18n.localized import localized
from parvis.lib.ics import CONTENT_TYPE
from parvis.lib.ttl_cache import TtlCache

SHOWN = 4
SUMMARISED = 3
SATURDAY = 5
PAST_DAYS = timedelta(days=31)


class State(StrEnum):
    """KNOWN: the next day is known. NOTHING: no collection in the known period. UNKNOWN: no data."""

    KNOWN = "known"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Booking:
    """How to reserve. `open`: whether the next collection may still be reserved; None when the deadline is unknown."""

    open: bool | None
    day: date | None  # the first collection that may still be reserved
    until: datetime | None  # its deadline
    where: str
    url: str
    words: str


@dataclass(frozen=True)
class StreamDays:
    """The days of a stream: `day` is the next one, today included, `later` the following ones.

    `until` is the last known day. `brief` is the day alone, `words` the whole answer in one or two sentences; screens
    with a large date show `when`, then `more`, and the words of `booking`.
    """

    stream: str
    title: str
    icon: str
    state: State
    day: date | None
    later: tuple[date, ...]
    until: date | None
    brief: str
    words: str
    when: str  # "tomorrow", "the week of October 15"; "" when the day is unknown
    more: str  # the reason for a change of day; the whole answer when the day is unknown
    note: str
    booking: Booking | None
    contact_point: ContactPoint
    sources: tuple[Source, ...]
    example: bool


@dataclass(frozen=True)
class Pickups:
    """The collections of a place. When its sector is unknown, `streams` is empty and `words` name the contact point."""

    sector: str
    sector_name: str
    words: str
    streams: tuple[StreamDays, ...]
    contact_point: ContactPoint

    @property
    def known(self) -> bool:
        """Whether the next day of at least one stream is known."""
        return any(stream.state == State.KNOWN for stream in self.streams)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources of the days, each once."""
        return tuple(dict.fromkeys(source for stream in self.streams for source in stream.sources))


@dataclass(frozen=True)
class CalendarFile:
    """A file to download or to subscribe to."""

    name: str
    content: bytes
    content_type: str = CONTENT_TYPE


def pickups(address: Address, at: datetime | None = None) -> Pickups:
    """The next collections at an address, in the active language. Load `sector` and `street` beforehand."""
    sector = collection_sector(address)
    return _unknown(address.label) if sector is None else pickups_in(sector, at)


def pickups_in(sector: Sector, at: datetime | None = None) -> Pickups:
    """The next collections in a collection sector. Three queries."""
    moment = at or clock.now()
    streams = tuple(_days(stream, sector.slug, moment) for stream in _streams())
    if not streams:
        return _unknown(str(sector))
    return Pickups(sector.slug, str(sector), _summary(streams), streams, streams[0].contact_point)


@dataclass(frozen=True)
class NextPickup:
    """The next day of a stream, as the calendar knows it, and the rule that gives it."""

    day: date
    rule: PickupRule


def next_by_fact(keys: Iterable[str], today: date) -> dict[str, NextPickup]:
    """Fact key to the next pickup of the stream that gives its value, where it is the same day for the whole town.

    A key whose day is not known is left out. At most three queries a second.
    """
    wanted, result = set(keys), dict[str, NextPickup]()
    for stream in _with_facts() if wanted else ():
        schedule = _Schedule(stream, "")
        if stream.fact not in wanted or any(row.sectors for row in (*stream.rules.all(), *stream.changes.all())):
            continue
        coming = upcoming(*schedule.plain, _first_day(stream, today), 1).pickups
        rule = next((row for row in schedule.rules if coming and row.rule.passes(coming[0].due)), None)
        if rule:
            result[stream.fact] = NextPickup(coming[0].day, rule)
    return result


_with_facts = TtlCache(lambda: [stream for stream in _streams() if stream.fact])


def _summary(streams: Sequence[StreamDays]) -> str:
    """The soonest collections, then what is unknown and whom to ask."""
    soonest = sorted((stream for stream in streams if stream.day), key=lambda stream: stream.day or date.max)
    soonest = soonest[:SUMMARISED]
    sentences = [stream.brief for stream in soonest]
    if unknown := [stream for stream in streams if stream.state == State.UNKNOWN]:
        titles = quebec.join([stream.title for stream in unknown], lang())
        words = _("Not known here: %(streams)s. Ask %(door)s.")
        sentences.append(words % {"streams": titles, "door": unknown[0].contact_point.words})
    return marked(" ".join(sentences), example=any(stream.example for stream in soonest))


def calendar_of_address(address: Address, language: str) -> CalendarFile | None:
    """The calendar of an address, in French or in English; None when its sector is unknown."""
    sector = collection_sector(address)
    return None if sector is None else _calendar(sector, address.label, language)


def calendar_of_sector(slug: str, language: str) -> CalendarFile | None:
    """The calendar of a collection sector, by slug; None when there is no such sector."""
    sector = collection_sector_named(slug)
    return None if sector is None else _calendar(sector, "", language)


# --- One stream ----------------------------------------------------------------------------------------------------


def _streams() -> list[Stream]:
    rows = Stream.objects.select_related("contact_point").order_by("rank")
    rows = rows.prefetch_related(Prefetch("rules", PickupRule.objects.publishable().order_by("rank")))
    return list(rows.prefetch_related(Prefetch("changes", PickupChange.objects.publishable().order_by("rank"))))


def _unknown(place: str) -> Pickups:
    first = Stream.objects.select_related("contact_point").order_by("rank").first()
    contact_point = contact_point_of(first.contact_point if first else None)
    words = _("The collection days of %(place)s are not known here. Ask %(door)s.")
    return Pickups("", "", words % {"place": place, "door": contact_point.words}, (), contact_point)


def _first_day(stream: Stream, today: date) -> date:
    """The first day still to come: today or, until Friday, the Monday of a collection that takes the whole week."""
    weekday = today.weekday()
    return today - timedelta(days=weekday) if stream.all_week and weekday < SATURDAY else today


class _Schedule:
    """The rules and changes of a stream in one sector."""

    def __init__(self, stream: Stream, sector: str) -> None:
        self.rules = [row for row in stream.rules.all() if row.is_for(sector)]
        self.changes = [row for row in stream.changes.all() if row.is_for(sector)]

    @property
    def plain(self) -> tuple[list[Rule], list[Change]]:
        return [row.rule for row in self.rules], [row.change for row in self.changes]


def _days(stream: Stream, sector: str, moment: datetime) -> StreamDays:
    schedule, contact_point = _Schedule(stream, sector), contact_point_of(stream.contact_point)
    today = moment.astimezone(zone()).date()
    coming = upcoming(*schedule.plain, _first_day(stream, today), SHOWN + 1)
    used = _rows_used(schedule, coming, today)
    state = State.KNOWN if coming.pickups else State.UNKNOWN if coming.until is None else State.NOTHING
    booked = stream.to_book and state == State.KNOWN
    booking = _booking(stream, coming.pickups, moment, contact_point) if booked else None
    example = any(row.example for row in used)
    words = _words(stream, state, coming, today, contact_point, schedule)
    more = " ".join(_moved_words(coming.pickups[0])) if coming.pickups else words
    if booking:
        words = f"{words} {booking.words}"
    brief = _next_words(stream, coming.pickups[0], today) if coming.pickups else words
    days = [pickup.day for pickup in coming.pickups]
    return StreamDays(
        stream=stream.slug,
        title=stream.title,
        icon=stream.icon,
        state=state,
        day=days[0] if days else None,
        later=tuple(days[1 : SHOWN + 1]),
        until=coming.until,
        brief=brief,
        words=marked(words, example=example),
        when=_when(stream, coming.pickups[0].day, today) if coming.pickups else "",
        more=more,
        note=localized(stream, "note"),
        booking=booking,
        contact_point=contact_point,
        sources=sources_of(used),
        example=example,
    )


def _rows_used(schedule: _Schedule, coming: Coming, today: date) -> list[PickupRule | PickupChange]:
    """The rows on which the answer is based."""
    due = {pickup.due for pickup in coming.pickups[:1]}
    rules = [row for row in schedule.rules if row.rule.knows(today) or any(row.rule.passes(day) for day in due)]
    return [*rules, *(row for row in schedule.changes if row.day in due)]


def _words(
    stream: Stream, state: State, coming: Coming, today: date, contact_point: ContactPoint, schedule: _Schedule
) -> str:
    values = {"stream": stream.title, "door": contact_point.words}
    if state == State.KNOWN:
        return " ".join([_next_words(stream, coming.pickups[0], today), *_moved_words(coming.pickups[0])])
    if state == State.NOTHING and coming.until:
        words = _("%(stream)s: no pickup planned up to %(day)s.")
        return words % (values | {"day": _full(coming.until)})
    ended = [row.valid_to for row in schedule.rules if row.valid_to and row.valid_to < today]
    if ended:
        words = _("%(stream)s: the day is not known, the last calendar received ended on %(day)s. Ask %(door)s.")
        return words % (values | {"day": _full(max(ended))})
    return _("%(stream)s: the day is not known here. Ask %(door)s.") % values


def _next_words(stream: Stream, pickup: Pickup, today: date) -> str:
    if stream.all_week:
        words = _("%(stream)s: the week of %(day)s.")
        return words % {"stream": stream.title, "day": _plain_day(pickup.day, today)}
    return _("%(stream)s: %(day)s.") % {"stream": stream.title, "day": quebec.near_day(pickup.day, today, lang())}


def _when(stream: Stream, day: date, today: date) -> str:
    if stream.all_week:
        return _("the week of %(day)s") % {"day": _plain_day(day, today)}
    return quebec.near_day(day, today, lang())


def _plain_day(day: date, today: date) -> str:
    """The date without relative words, as "the week of tomorrow" is neither good French nor good English."""
    return quebec.day(day, lang(), year=day.year != today.year)


def _full(day: date) -> str:
    return quebec.day_of_month(day, lang(), year=True)


def _moved_words(pickup: Pickup) -> list[str]:
    why = pickup.why[0 if lang() == "fr" else 1] or pickup.why[0]
    if not pickup.moved:
        return [_("Added: %(why)s.") % {"why": why}] if why else []
    due = quebec.day_of_month(pickup.due, lang())
    words = _("Moved from %(due)s: %(why)s.") if why else _("Moved from %(due)s.")
    return [words % {"due": due, "why": why}]


def _booking(stream: Stream, coming: Sequence[Pickup], moment: datetime, contact_point: ContactPoint) -> Booking:
    where = localized(stream, "book_where") or contact_point.words
    cutoff, town_zone = stream.cutoff, zone()
    if cutoff is None:
        words = _("Only where it was reserved: %(where)s. Ask there until when.") % {"where": where}
        return Booking(None, None, None, where, stream.book_url, words)
    day = next((pickup.day for pickup in coming if cutoff.open(pickup.day, moment, town_zone)), None)
    if day is None:
        words = _("It is too late to reserve for that one: %(where)s for the ones that follow.") % {"where": where}
        return Booking(False, None, None, where, stream.book_url, words)
    until = cutoff.before(day, town_zone)
    deadline = quebec.moment(until, lang(), year=until.year != moment.year)
    if day == coming[0].day:
        words = _("Only where it is reserved, before %(moment)s: %(where)s.")
    else:
        words = _(
            "It is too late to reserve for that one. The next: the week of %(day)s, "
            "reserved before %(moment)s: %(where)s."
        )
    words %= {"moment": deadline, "where": where, "day": _plain_day(day, moment.astimezone(town_zone).date())}
    return Booking(day == coming[0].day, day, until, where, stream.book_url, words)


# --- The calendar --------------------------------------------------------------------------------------------------


def _calendar(sector: Sector, place: str, language: str) -> CalendarFile:
    with translation.override(language):
        name = _("Collections, %(place)s") % {"place": place or str(sector)}
        content = ics.calendar(
            key=f"{town().slug}/{sector.slug}",
            name=name,
            lang=lang(),
            events=[event for stream in _streams() for event in _events(stream, sector.slug)],
            stamp=town().loaded_at or clock.now(),
        )
        return CalendarFile(f"{slugify(name)}.ics", content)


def _events(stream: Stream, sector: str) -> list[ics.AllDayEvent]:
    schedule, today = _Schedule(stream, sector), clock.today()
    rules, changes = schedule.plain
    last = known_until(rules, today)
    pickups_known = passages(rules, changes, today - PAST_DAYS, last + PAST_DAYS) if last else []
    title = _("%(stream)s, all week") % {"stream": stream.title} if stream.all_week else stream.title
    example = any(row.example for row in schedule.rules)
    return [
        ics.AllDayEvent(
            key=f"{stream.slug}/{pickup.due.isoformat()}",
            day=pickup.day,
            title=_("Example: %(title)s") % {"title": title} if example else title,
            details=" ".join([*_moved_words(pickup), *_out_words(stream)]),
            remind=stream.out_from,
        )
        for pickup in pickups_known
        if last and min(pickup.due, pickup.day) <= last
    ]


def _out_words(stream: Stream) -> list[str]:
    words = []
    if stream.out_from:
        words.append(_("Out from %(hour)s the day before.") % {"hour": quebec.hour(stream.out_from, lang())})
    if stream.out_by:
        words.append(_("Out by %(hour)s at the latest.") % {"hour": quebec.hour(stream.out_by, lang())})
    if note := localized(stream, "note"):
        words.append(note)
    return words
