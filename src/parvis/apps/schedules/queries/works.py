"""Road and water notices that affect an address in a period."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Department
from parvis.apps.places.models import Address
from parvis.apps.places.queries.addresses import sectors_of
from parvis.apps.places.queries.centroids import Stretch, centroids
from parvis.apps.places.queries.placing import SectorMap
from parvis.apps.places.rules.shapes import Point
from parvis.apps.schedules.models import RoadNotice, RoadNoticeEntry
from parvis.apps.schedules.queries.provenance import (
    ContactPoint,
    Source,
    contact_point_of,
    lang,
    marked,
    sources_of,
    zone,
)
from parvis.apps.schedules.rules.affected_area import Place, Stage, Touch
from parvis.lib import clock, quebec
from parvis.lib.i18n.localized import localized
from parvis.lib.words import fold

STILL_SHOWN = timedelta(days=7)
URGENT = (RoadNotice.Kind.BOIL_WATER, RoadNotice.Kind.WATER_CUT)


@dataclass(frozen=True)
class NoticeView:
    """A notice as displayed. `sure` is False when it is unknown whether it affects the address.

    `words` say what, where and when in one sentence; `lines` the consequences: closure, detour, parking, collection,
    instructions.
    """

    pk: int
    kind: str
    stage: Stage
    sure: bool
    title: str
    place: str
    when: str
    words: str
    lines: tuple[str, ...]
    first_day: date
    last_day: date | None
    lifted_at: datetime | None
    contact_point: ContactPoint
    sources: tuple[Source, ...]
    example: bool

    @property
    def urgent(self) -> bool:
        """Whether it is about water and in force: it then comes first."""
        return self.kind in URGENT and self.stage == Stage.IN_FORCE

    @property
    def lifted_water(self) -> bool:
        """Whether it is about water and was lifted."""
        return self.kind in URGENT and self.stage == Stage.LIFTED


@dataclass(frozen=True)
class Touching:
    """The notices that affect a place between two days, urgent ones first. Without any, `words` stay cautious.

    `elsewhere` holds the boil-water notices in force that do not affect it.
    """

    first: date
    last: date
    notices: tuple[NoticeView, ...]
    words: str
    contact_point: ContactPoint
    elsewhere: tuple[NoticeView, ...] = ()


def works_touching(address: Address, first: date, last: date | None = None, at: datetime | None = None) -> Touching:
    """The notices that affect an address between two days, both included (one day when `last` is not given).

    Load `street` beforehand. One query, or three when a notice is for a sector other than the address's own.
    """
    until, today = last or first, local_day(at)
    possible = Q(street=address.street_id) | Q(street=None) | Q(kind=RoadNotice.Kind.BOIL_WATER)
    candidates = published().filter(possible, Q(last_day=None) | Q(last_day__gte=first), first_day__lte=until)
    rows = [row for row in candidates if row.days.overlap(first, until)]
    place = place_of(address, rows)
    touching = [(row, row.area.touch(place)) for row in rows]
    notices = sorted(
        (notice_view(row, today, sure=touch == Touch.YES) for row, touch in touching if touch != Touch.NO),
        key=lambda notice: (not notice.urgent, notice.stage == Stage.LIFTED, notice.first_day, notice.pk),
    )
    boil = [row for row, touch in touching if touch == Touch.NO and row.kind == RoadNotice.Kind.BOIL_WATER]
    elsewhere = tuple(notice_view(row, today) for row in boil if row.days.stage(today) == Stage.IN_FORCE)
    summary = _summary(notices, address.label, first, until)
    return Touching(first, until, tuple(notices), summary, contact_point_of(None), elsewhere)


def place_of(address: Address, rows: Iterable[RoadNotice], among: SectorMap | None = None) -> Place:
    """The details of an address needed by these notices. Load `street` and `sector` beforehand.

    Two queries when a notice is for a sector other than the address's own, to find its sectors by segment and polygon;
    none with `among`, the sectors already read.
    """
    return place_among(address, [row.sector_id for row in rows], among)


def place_among(address: Address, sector_ids: Iterable[int | None], among: SectorMap | None = None) -> Place:
    """The same, for areas of these sectors."""
    others = set(sector_ids) - {None, address.sector_id}
    kind = address.sector.kind if others and address.sector else ""
    by_kind = (among.of_address(address) if among else sectors_of(address)) if others else {}
    sectors = {name: sector.pk for name, sector in by_kind.items() if sector is not None}
    return Place(address.street_id, address.civic, address.sector_id, address.point, kind, sectors)


def recent_works(at: datetime | None = None) -> list[RoadNotice]:
    """Current and coming notices, and those that ended in the last seven days. One query."""
    since = local_day(at) - STILL_SHOWN
    recent = published().filter(Q(last_day=None) | Q(last_day__gte=since))
    return [row for row in recent if row.days.end is None or row.days.end >= since]


def works_now_with_owner(at: datetime | None = None) -> list[tuple[NoticeView, int]]:
    """Current and coming notices, and those that ended in the last seven days, with the id of the owning department.

    One query.
    """
    today = local_day(at)
    return [(notice_view(row, today), row.owner_id) for row in recent_works(at)]


def published_by_id(works_id: int) -> RoadNotice | None:
    """The publishable notice with that id, over or not, with the related rows that `notice_view` reads."""
    return published().filter(pk=works_id).first()


def works_points(rows: Iterable[RoadNotice]) -> dict[int, Point]:
    """Notice id to the point that shows it on a map; none for the whole town. One query at most."""
    return centroids({row.pk: _stretch(row) for row in rows})


def _stretch(row: RoadNotice) -> Stretch:
    polygon = row.polygon or (row.sector.polygon if row.sector else None)
    return Stretch(row.street_id, row.civic_from, row.civic_to, polygon)


def departments() -> list[Department]:
    """The departments that may own a notice: those of the town, the desk included."""
    rows = Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL)
    return sorted(rows, key=lambda department: fold(department.name))


def works_by_id(works_id: int) -> RoadNotice | None:
    """The notice with that id and its related rows, if any."""
    return RoadNotice.objects.select_related("street", "sector", "owner", "contact").filter(pk=works_id).first()


def entries_of(works: RoadNotice) -> list[RoadNoticeEntry]:
    """The actions on a notice, in order."""
    return list(works.entries.select_related("by").order_by("pk"))


def published() -> QuerySet[RoadNotice]:
    """The publishable notices, with the related rows that `notice_view` reads."""
    return RoadNotice.objects.publishable().select_related("sector", "owner", "contact").order_by("first_day", "pk")


def local_day(at: datetime | None) -> date:
    """The date in the town's zone at a given time, by default now."""
    return (at or clock.now()).astimezone(zone()).date()


def _summary(notices: list[NoticeView], place: str, first: date, last: date) -> str:
    if notices:
        return " ".join(notice.words for notice in notices)
    when = quebec.period(first, last, lang())
    words = _("No published notice touches %(place)s, %(when)s. Something may have happened since: ask if in doubt.")
    return words % {"place": place, "when": when}


def notice_view(row: RoadNotice, today: date, *, sure: bool = True) -> NoticeView:
    """A notice from `published` as displayed on that day, in the active language. No query."""
    stage, title, where, when = row.days.stage(today), localized(row, "nature"), where_words(row), _when(row, today)
    words = _("%(what)s, %(where)s: %(when)s.") % {"what": title, "where": where, "when": when}
    if stage == Stage.LIFTED and row.lifted_at:
        moment = quebec.moment(row.lifted_at, lang(), zone(), year=False)
        words = _("Lifted, %(moment)s: %(what)s, %(where)s.") % {"moment": moment, "what": title, "where": where}
    if not sure:
        words = f"{_('To be checked for this address.')} {words}"
    return NoticeView(
        pk=row.pk,
        kind=row.kind,
        stage=stage,
        sure=sure,
        title=title,
        place=where,
        when=when,
        words=marked(words, example=row.example),
        lines=_lines(row) if stage != Stage.LIFTED else (),
        first_day=row.first_day,
        last_day=row.last_day,
        lifted_at=row.lifted_at,
        contact_point=contact_point_of(row.contact or row.owner),
        sources=sources_of([row]),
        example=row.example,
    )


class Where(Protocol):
    """A location: a named place, a range of civic numbers and their parity."""

    civic_from: Any
    civic_to: Any
    side: Any


def where_words(row: Where) -> str:
    """A location in words, in the active language: "rue du Quai, from 10 to 20 (odd numbers)"."""
    place, low, high = localized(row, "place") or _("the whole town"), row.civic_from, row.civic_to
    if low is not None and high is not None:
        low, high = min(low, high), max(low, high)
        place = _("%(street)s, from %(low)d to %(high)d") % {"street": place, "low": low, "high": high}
    elif low is not None:
        place = _("%(street)s, from %(low)d on") % {"street": place, "low": low}
    elif high is not None:
        place = _("%(street)s, up to %(high)d") % {"street": place, "high": high}
    if row.side != RoadNotice.Side.BOTH:
        side = _("odd numbers") if row.side == RoadNotice.Side.ODD else _("even numbers")
        place = f"{place} ({side})"
    return place


def _when(row: RoadNotice, today: date) -> str:
    if row.last_day is None:
        day = quebec.day_of_month(row.first_day, lang(), year=row.first_day.year != today.year)
        return _("from %(day)s until it is lifted") % {"day": day}
    this_year = row.first_day.year == row.last_day.year == today.year
    when = quebec.period(row.first_day, row.last_day, lang(), year=not this_year)
    if row.from_hour and row.until_hour:
        when = f"{when}, {quebec.hours_range(row.from_hour, row.until_hour, lang())}"
    return when


def _lines(row: RoadNotice) -> tuple[str, ...]:
    lines = [localized(row, "details")]
    if row.closure != RoadNotice.Closure.NONE:
        lines.append(f"{RoadNotice.Closure(row.closure).label}.")
    if detour := localized(row, "detour"):
        lines.append(_("Detour: %(text)s") % {"text": detour})
    if parking := localized(row, "parking"):
        lines.append(_("Parking: %(text)s") % {"text": parking})
    if collection := localized(row, "collection"):
        lines.append(_("Collections: %(text)s") % {"text": collection})
    if row.weather:
        lines.append(_("The dates depend on the weather."))
    return tuple(line for line in lines if line)
