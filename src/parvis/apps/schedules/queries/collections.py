"""The next collections of an address or of a sector: one answer, the same for everyone who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Prefetch
from django.utils import translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import town
from parvis.apps.places.models import Address, Sector
from parvis.apps.schedules import ics
from parvis.apps.schedules.models import PickupChange, PickupRule, Stream
from parvis.apps.schedules.pickups import Change, Coming, Pickup, Rule, known_until, passages, upcoming
from parvis.apps.schedules.provenance import ContactPoint, Source, contact_point_of, lang, marked, sources_of, zone
from parvis.apps.schedules.queries.sectors import collection_sector, collection_sector_named
from parvis.lib import clock, quebec
from parvis.lib.localized import localized

SHOWN = 4
SAID = 3
SATURDAY = 5
KEPT_BEHIND = timedelta(days=31)


class State(StrEnum):
    """What is known of the next passage: its day; that nothing passes for a while; or nothing at all."""

    KNOWN = "known"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Booking:
    """How to reserve. `open` says whether one still may for the next passage; None: the last moment is not known."""

    open: bool | None
    day: date | None  # the first passage that may still be reserved
    until: datetime | None  # its last moment
    where: str
    url: str
    words: str


@dataclass(frozen=True)
class StreamDays:
    """One kind of collection: `day` is its next passage, today's included, `later` those that follow.

    `until` is the last day of what is known. `brief` is the day alone, `words` say all of it in one or two sentences;
    a screen that shows the day in large shows `when`, then `more`, and the words of `booking`. `door` answers the rest.
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
    when: str  # "tomorrow", "the week of October 15"; "" when the day is not known
    more: str  # why it is that day; when there is no day, all the words
    note: str
    booking: Booking | None
    contact_point: ContactPoint
    sources: tuple[Source, ...]
    example: bool


@dataclass(frozen=True)
class Pickups:
    """The collections of a place. When its sector is not known, `streams` is empty and `words` lead to the door."""

    sector: str
    sector_name: str
    words: str
    streams: tuple[StreamDays, ...]
    contact_point: ContactPoint

    @property
    def known(self) -> bool:
        """Whether the next day of one stream at least is known."""
        return any(stream.state == State.KNOWN for stream in self.streams)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where the days come from, each source once."""
        return tuple(dict.fromkeys(source for stream in self.streams for source in stream.sources))


@dataclass(frozen=True)
class CalendarFile:
    """A file to download or to subscribe to."""

    name: str
    content: bytes
    content_type: str = ics.CONTENT_TYPE


def pickups(address: Address, at: datetime | None = None) -> Pickups:
    """What passes next at that address, in the language of the moment. `sector` and `street` should be read."""
    sector = collection_sector(address)
    if sector is None:
        return _unplaced(address.label)
    return pickups_in(sector, at)


def pickups_in(sector: Sector, at: datetime | None = None) -> Pickups:
    """What passes next in a collection sector. Three queries."""
    moment = at or clock.now()
    streams = tuple(_days(stream, sector.slug, moment) for stream in _streams())
    if not streams:
        return _unplaced(str(sector))
    return Pickups(sector.slug, str(sector), _aloud(streams), streams, streams[0].contact_point)


def _aloud(streams: Sequence[StreamDays]) -> str:
    """The soonest passages in one breath, then what is not known and who knows it."""
    near = sorted((stream for stream in streams if stream.day), key=lambda stream_days: stream_days.day or date.max)[
        :SAID
    ]
    said = [stream_days.brief for stream_days in near]
    if unknown := [stream.title for stream in streams if stream.state == State.UNKNOWN]:
        door = next(stream.contact_point for stream in streams if stream.state == State.UNKNOWN)
        words = _("Not known here: %(streams)s. Ask %(door)s.")
        said.append(words % {"streams": quebec.join(unknown, lang()), "door": door.words})
    return marked(" ".join(said), example=any(stream_days.example for stream_days in near))


def calendar_of_address(address: Address, language: str) -> CalendarFile | None:
    """The calendar of that address, in French or in English; None when its sector is not known."""
    sector = collection_sector(address)
    return None if sector is None else _calendar(sector, address.label, language)


def calendar_of_sector(slug: str, language: str) -> CalendarFile | None:
    """The calendar of a collection sector; None when there is no such sector."""
    sector = collection_sector_named(slug)
    return None if sector is None else _calendar(sector, "", language)


# --- One stream ----------------------------------------------------------------------------------------------------


def _streams() -> list[Stream]:
    rows = Stream.objects.select_related("contact_point").order_by("rank")
    rows = rows.prefetch_related(Prefetch("rules", PickupRule.objects.told().order_by("rank")))
    return list(rows.prefetch_related(Prefetch("changes", PickupChange.objects.told().order_by("rank"))))


def _unplaced(place: str) -> Pickups:
    first = Stream.objects.select_related("contact_point").order_by("rank").first()
    door = contact_point_of(first.contact_point if first else None)
    words = _("The collection days of %(place)s are not known here. Ask %(door)s.")
    return Pickups("", "", words % {"place": place, "door": door.words}, (), door)


def _first_day(stream: Stream, today: date) -> date:
    """From which day a passage still is ahead: the Monday, until Friday, of what takes the whole week."""
    weekday = today.weekday()
    return today - timedelta(days=weekday) if stream.all_week and weekday < SATURDAY else today


@dataclass(frozen=True)
class _Sheet:
    """What is known of a stream in one sector."""

    rules: list[PickupRule]
    changes: list[PickupChange]

    @property
    def pure(self) -> tuple[list[Rule], list[Change]]:
        return [row.rule for row in self.rules], [row.change for row in self.changes]


def _sheet(stream: Stream, sector: str) -> _Sheet:
    rules = [row for row in stream.rules.all() if row.is_for(sector)]
    return _Sheet(rules, [row for row in stream.changes.all() if row.is_for(sector)])


def _days(stream: Stream, sector: str, moment: datetime) -> StreamDays:
    sheet, door = _sheet(stream, sector), contact_point_of(stream.contact_point)
    today = moment.astimezone(zone()).date()
    coming = upcoming(*sheet.pure, _first_day(stream, today), SHOWN + 1)
    behind = _behind(sheet, coming, today)
    state = State.KNOWN if coming.pickups else State.UNKNOWN if coming.until is None else State.NOTHING
    booking = _booking(stream, coming.pickups, moment, door) if stream.to_book and state == State.KNOWN else None
    example = any(row.example for row in behind)
    said = _said(stream, state, coming, today, door, sheet)
    more = " ".join(_moved_words(coming.pickups[0])) if coming.pickups else said
    if booking:
        said = f"{said} {booking.words}"
    brief = _next_words(stream, coming.pickups[0], today) if coming.pickups else said
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
        words=marked(said, example=example),
        when=_when(stream, coming.pickups[0].day, today) if coming.pickups else "",
        more=more,
        note=localized(stream, "note"),
        booking=booking,
        contact_point=door,
        sources=sources_of(behind),
        example=example,
    )


def _behind(sheet: _Sheet, coming: Coming, today: date) -> list[PickupRule | PickupChange]:
    """The rows that what is said rests on."""
    due = {pickup.due for pickup in coming.pickups[:1]}
    rules = [row for row in sheet.rules if row.rule.knows(today) or any(row.rule.passes(day) for day in due)]
    return [*rules, *(row for row in sheet.changes if row.day in due)]


def _said(stream: Stream, state: State, coming: Coming, today: date, contact_point: ContactPoint, sheet: _Sheet) -> str:
    values = {"stream": stream.title, "door": contact_point.words}
    if state == State.KNOWN:
        return " ".join([_next_words(stream, coming.pickups[0], today), *_moved_words(coming.pickups[0])])
    if state == State.NOTHING and coming.until:
        words = _("%(stream)s: no pickup planned up to %(day)s.")
        return words % (values | {"day": _full(coming.until)})
    ended = [row.valid_to for row in sheet.rules if row.valid_to and row.valid_to < today]
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
    """The date without everyday words: "the week of tomorrow" is no French and no English."""
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


def _booking(stream: Stream, items: Sequence[Pickup], moment: datetime, contact_point: ContactPoint) -> Booking:
    where = localized(stream, "book_where") or contact_point.words
    cutoff, town_zone = stream.cutoff, zone()
    if cutoff is None:
        words = _("Only where it was reserved: %(where)s. Ask there until when.") % {"where": where}
        return Booking(None, None, None, where, stream.book_url, words)
    day = next((pickup.day for pickup in items if cutoff.open(pickup.day, moment, town_zone)), None)
    may = day is not None and day == items[0].day
    if day is None:
        words = _("It is too late to reserve for that one: %(where)s for the ones that follow.") % {"where": where}
        return Booking(False, None, None, where, stream.book_url, words)
    until = cutoff.before(day, town_zone)
    last = quebec.moment(until, lang(), year=until.year != moment.year)
    if may:
        words = _("Only where it is reserved, before %(moment)s: %(where)s.")
    else:
        words = _(
            "It is too late to reserve for that one. The next: the week of %(day)s, "
            "reserved before %(moment)s: %(where)s."
        )
    said = words % {"moment": last, "where": where, "day": _plain_day(day, moment.astimezone(town_zone).date())}
    return Booking(may, day, until, where, stream.book_url, said)


# --- The calendar --------------------------------------------------------------------------------------------------


def _calendar(sector: Sector, place: str, language: str) -> CalendarFile:
    with translation.override(language):
        where = place or str(sector)
        name = _("Collections, %(place)s") % {"place": where}
        content = ics.calendar(
            key=f"{town().slug}/{sector.slug}",
            name=name,
            lang=lang(),
            events=[event for stream in _streams() for event in _events(stream, sector.slug)],
            stamp=town().loaded_at or clock.now(),
        )
        return CalendarFile(f"{slugify(name)}.ics", content)


def _events(stream: Stream, sector: str) -> list[ics.Whole]:
    sheet, today = _sheet(stream, sector), clock.today()
    rules, changes = sheet.pure
    last = known_until(rules, today)
    result = passages(rules, changes, today - KEPT_BEHIND, last + KEPT_BEHIND) if last else []
    title = _("%(stream)s, all week") % {"stream": stream.title} if stream.all_week else stream.title
    example = any(row.example for row in sheet.rules)
    return [
        ics.Whole(
            key=f"{stream.slug}/{pickup.due.isoformat()}",
            day=pickup.day,
            title=_("Example: %(title)s") % {"title": title} if example else title,
            details=" ".join([*_moved_words(pickup), *_out_words(stream)]),
            remind=stream.out_from,
        )
        for pickup in result
        if last and min(pickup.due, pickup.day) <= last
    ]


def _out_words(stream: Stream) -> list[str]:
    said = []
    if stream.out_from:
        said.append(_("Out from %(hour)s the day before.") % {"hour": quebec.hour(stream.out_from, lang())})
    if stream.out_by:
        said.append(_("Out by %(hour)s at the latest.") % {"hour": quebec.hour(stream.out_by, lang())})
    if note := localized(stream, "note"):
        said.append(note)
    return said
