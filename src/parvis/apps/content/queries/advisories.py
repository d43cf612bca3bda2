"""What is true now and is said before anything else: a ban, a boil-water notice, a closure, a snow operation, a
collection that is cancelled.

One list for every surface: the notices of incidents and of published messages, the road and water notices, the snow
operations that were declared, the changes of collections. Whether each is in force is judged at every call.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from hashlib import sha256
from html import escape

from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from parvis.apps.content.models import Notice
from parvis.apps.content.queries import notices
from parvis.apps.content.queries.rendering import Rendered, Words
from parvis.apps.content.rules.advisory import GRAVITY, Advisory
from parvis.apps.places.models import Address
from parvis.apps.places.queries.placing import SectorMap
from parvis.apps.schedules.models import PickupChange, RoadNotice
from parvis.apps.schedules.queries import current as schedules
from parvis.apps.schedules.queries.parking import tonight_by
from parvis.apps.schedules.queries.provenance import marked, zone
from parvis.apps.schedules.queries.sectors import collection_sector
from parvis.apps.schedules.queries.works import notice_view, place_among, place_of
from parvis.apps.schedules.rules.affected_area import Area, Touch
from parvis.apps.schedules.rules.nights import Verdict
from parvis.apps.schedules.rules.pickups import Kind
from parvis.lib import clock, quebec
from parvis.lib.i18n.languages import DEFAULT, Lang, clean
from parvis.lib.i18n.localized import localized

Level, Topic = Notice.Level, Notice.Topic
NOTICE = "notice-"  # begins the keys of what was written as a notice, by an incident or a message
CHANGE = "collection-"
ENDLESS = datetime.max.replace(tzinfo=UTC)
WATER_KINDS = (RoadNotice.Kind.BOIL_WATER, RoadNotice.Kind.WATER_CUT)


def advisories_in_force(lang: str, at: datetime | None = None) -> list[Advisory]:
    """Everything in force, the gravest first, then what ends soonest; at most a reading a second."""
    moment = at or clock.now()
    with translation.override(clean(lang)):
        result = [*_of_notices(clean(lang)), *_of_schedules(clean(lang), moment)]
    return sorted((each for each in result if each.in_force(moment)), key=_rank)


def advisories_on(
    slug: str,
    computed: Iterable[str],
    lang: str,
    *,
    address: Address | None = None,
    day: date | None = None,
) -> list[Advisory]:
    """What the answers on a subject begin with, as `advisories_in_force` orders them.

    `computed`: what the subject computes for an address. With an address, only what touches it, or may. `day`: what
    stands on another day than today, at noon.
    """
    moment = datetime.combine(day, time(12), zone()) if day and day != clock.today() else None
    streams, topics = schedules.current().streams, tuple(computed)
    located = address is not None
    known = advisories_in_force(lang, moment)
    found = [each for each in known if each.is_about(slug, topics, streams, located=located)]
    return touching(found, address) if address else found


def water_advisories(lang: str, address: Address | None = None) -> list[Advisory]:
    """What published messages say of the water to drink; the notices to boil it are in `water.water_answer`."""
    told = [each for each in advisories_in_force(lang) if each.key.startswith(NOTICE)]
    found = [each for each in told if Topic.WATER in each.topics]
    return touching(found, address) if address else found


def touching(advisories: Sequence[Advisory], address: Address) -> list[Advisory]:
    """Those that concern an address, or may, in their order; two queries, however many there are."""
    if not advisories:
        return []
    among = SectorMap([address.street_id])
    return [each for each in advisories if each.touches(address, among) != Touch.NO]


def with_advisories(answer: Rendered, advisories: Iterable[Advisory]) -> Rendered:
    """The answer, whose short text begins with them; then no yes or no of its own is said, which they may belie."""
    first = tuple(advisories)
    if not first:
        return answer
    short = answer.short
    spans = (f'<span class="advisory {each.level}">{escape(each.words)}</span> ' for each in first)
    html = "".join(spans)
    words = Words(
        " ".join([*(each.words for each in first), short.plain]).strip(),
        mark_safe(html + short.html),  # noqa: S308
        short.lang,
    )
    digest = sha256(repr([(each.key, each.words) for each in first]).encode()).hexdigest()[:8]
    stamp = f"{answer.stamp}-{digest}"
    return replace(answer, short=words, yes_to=(), no_to=(), advisories=first, stamp=stamp, pieces={})


def mark() -> tuple[object, ...]:
    """A value that changes whenever what is in force does, for HTTP caching."""
    return tuple((each.key, each.words) for each in advisories_in_force(DEFAULT))


def _rank(each: Advisory) -> tuple[object, ...]:
    return GRAVITY[each.level], each.until or ENDLESS, -each.since.timestamp(), each.key


def _of_notices(lang: Lang) -> Iterable[Advisory]:
    for row in notices.public_notices():
        view = notices.notice_view(row)
        title = f"{view.title}, {view.place}" if view.place else view.title
        said = [] if view.say.startswith(view.title) and not view.place else [_stopped(title)]
        yield Advisory(
            key=f"{NOTICE}{row.pk}",
            level=row.level,
            title=title,
            words=" ".join(filter(None, [*said, _stopped(view.say), _news(view), _end(row, view, lang)])),
            place=view.place,
            since=row.since,
            until=row.until if row.desk_only else None,
            lang=lang,
            subject=row.subject.slug if row.subject else "",
            topics=frozenset(filter(None, [row.topic])),
            source=row.key,
            touches=partial(_touch, tuple(row.areas)),
        )


def _news(view: notices.NoticeView) -> str:
    return "" if view.news_french else view.news


def _end(row: Notice, view: notices.NoticeView, lang: Lang) -> str:
    if row.desk_only and row.until is not None:
        words = _("Until %(moment)s.") % {"moment": quebec.moment(row.until, lang, zone(), year=False)}
        return quebec.without_double_stop(words)
    return view.until


def _of_schedules(lang: Lang, moment: datetime) -> Iterable[Advisory]:
    known = schedules.current()
    today = moment.astimezone(zone()).date()
    for row in known.works:
        if (topics := _topics_of(row)) or row.collection_fr:
            yield _of_works(row, topics, lang, today)
    yield from _of_operation(known, lang, moment)
    for change in known.changes:
        yield _of_change(change, lang)


def _topics_of(row: RoadNotice) -> frozenset[str]:
    """What a road or water notice changes; works that leave the street open are in the list of works only."""
    closed = row.kind == RoadNotice.Kind.CLOSURE or row.closure == RoadNotice.Closure.FULL
    topics = [Topic.WORKS] if closed or row.kind in WATER_KINDS else []
    topics += [Topic.WATER] if row.kind in WATER_KINDS else []
    return frozenset(topics)


def _of_works(row: RoadNotice, topics: frozenset[str], lang: Lang, today: date) -> Advisory:
    view = notice_view(row, today)
    levels = {RoadNotice.Kind.BOIL_WATER: Level.DANGER, RoadNotice.Kind.WATER_CUT: Level.WARNING}
    closed = Level.WARNING if Topic.WORKS in topics else Level.INFO
    return Advisory(
        key=f"works-{row.pk}",
        level=levels.get(RoadNotice.Kind(row.kind), closed),
        title=f"{view.title}, {view.place}",
        words=" ".join([view.words, *(_stopped(line) for line in view.lines)]),
        place=view.place if row.place_fr else "",
        since=_midnight(row.first_day),
        until=_midnight(row.last_day + timedelta(days=1)) if row.last_day else None,
        lang=lang,
        topics=topics,
        nearby=frozenset([Topic.PICKUPS] if row.collection_fr else []),
        example=row.example,
        touches=lambda address, among: row.area.touch(place_of(address, [row], among)),
    )


def _of_operation(known: schedules.Current, lang: Lang, moment: datetime) -> Iterable[Advisory]:
    if known.rule is None:
        return
    declared = known.declared(known.rule.nights.night_of(moment.astimezone(zone())))
    rule, tonight = known.rule, tonight_by(known.rule, declared, None, moment)
    if declared is None or tonight.operation is None or tonight.ends is None:
        return
    titles = {Verdict.FORBIDDEN: _("Parking is forbidden tonight"), Verdict.ALLOWED: _("Parking is allowed tonight")}

    def touches(address: Address, _among: SectorMap) -> Touch:
        return Touch.YES if tonight_by(rule, declared, address, moment).verdict == tonight.verdict else Touch.NO

    yield Advisory(
        key=f"operation-{tonight.night}",
        level=Level.WARNING if tonight.verdict == Verdict.FORBIDDEN else Level.INFO,
        title=titles.get(tonight.verdict, _("Parking in the street tonight")),
        words=tonight.words,
        place="",
        since=declared.at,
        until=tonight.ends,
        lang=lang,
        topics=frozenset([Topic.TONIGHT]),
        example=rule.example,
        touches=touches,
    )


def _of_change(row: PickupChange, lang: Lang) -> Advisory:
    today = clock.today()
    day, why = quebec.near_day(row.day, today, lang), localized(row, "why")
    values = {"stream": row.stream.title, "day": day, "why": f" ({why})" if why else ""}
    last = row.day
    if row.kind == Kind.MOVED and row.moved_to:
        last = max(row.day, row.moved_to)
        values["to"] = quebec.near_day(row.moved_to, today, lang)
        words = _("%(stream)s: the pickup of %(day)s is moved to %(to)s%(why)s.")
    elif row.kind == Kind.CANCELLED:
        words = _("%(stream)s: the pickup of %(day)s is cancelled%(why)s.")
    else:
        words = _("%(stream)s: a pickup is added, %(day)s%(why)s.")
    titles = {Kind.MOVED: _("Pickup moved"), Kind.CANCELLED: _("Pickup cancelled"), Kind.ADDED: _("Pickup added")}
    return Advisory(
        key=f"{CHANGE}{row.pk}",
        level=Level.INFO if row.kind == Kind.ADDED else Level.WARNING,
        title=f"{titles[Kind(row.kind)]}, {row.stream.title}",
        words=marked(words % values, example=row.example),
        place="",
        since=_midnight(row.day - schedules.A_WEEK),
        until=_midnight(last + timedelta(days=1)),
        lang=lang,
        topics=frozenset([Topic.PICKUPS]),
        stream=row.stream.slug,
        example=row.example,
        touches=partial(_collected, row),
    )


def _collected(row: PickupChange, address: Address, among: SectorMap) -> Touch:
    if not row.sectors:
        return Touch.YES
    sector = collection_sector(address, among)
    if sector is None:
        return Touch.MAYBE
    return Touch.YES if sector.slug in row.sectors else Touch.NO


def _touch(areas: Iterable[Area], address: Address, among: SectorMap) -> Touch:
    several = tuple(areas)
    if not several:
        return Touch.YES
    place = place_among(address, [area.sector for area in several], among)
    touched = {area.touch(place) for area in several}
    return next((touch for touch in (Touch.YES, Touch.MAYBE) if touch in touched), Touch.NO)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), zone())


def _stopped(words: str) -> str:
    """The words, ended by a stop."""
    return words if not words or words[-1] in ".!?:»" else f"{words}."
