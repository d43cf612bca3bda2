"""The day of an address, row by row, as the app shows it and keeps it offline."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain

from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from parvis.apps.content.queries.address import AddressDay, at_address
from parvis.apps.places.models import Address
from parvis.apps.schedules.queries.parking import Tonight
from parvis.apps.schedules.queries.provenance import zone
from parvis.apps.schedules.rules.nights import Verdict
from parvis.lib import clock, quebec

AHEAD = timedelta(days=7)
KEPT = timedelta(days=31)  # the calendar kept on the device for the days without a network
MOST_WORKS = 3
EVENING, NEXT_DAY = time(17), timedelta(days=1)


@dataclass(frozen=True)
class DayRow:
    """One row: when, what, the detail. `until`: after it the row is past, and leaves. `value`: it tells the state of a
    moment, which an offline page more than a day old may not repeat. `kept`: shown only once its day is near.
    """

    when: str
    title: str
    detail: str
    icon: str
    url: str
    until: datetime
    day: date | None = None
    value: bool = False
    kept: bool = False
    strong: bool = False
    against: bool = False
    phone: str = ""
    example: bool = False


@dataclass(frozen=True)
class Alert:
    """An alert in force at the address, or `lifted` today. After `until`, an offline page no longer shows it; without
    an end, it stays there until the device knows that it is lifted. `key`: that of the same alert in the band.
    """

    title: str
    detail: str
    url: str
    until: datetime | None
    key: str
    example: bool = False
    lifted: bool = False


@dataclass(frozen=True)
class Day:
    """The page of an address. `quiet`: nothing to put out and nothing to move is known. `sources`: what begins the keys
    of the messages among its alerts.
    """

    address: Address
    today: date
    alerts: tuple[Alert, ...]
    rows: tuple[DayRow, ...]
    sources: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The day of the week and the date, in words."""
        words = quebec.day(self.today, get_language() or "fr", year=False)
        return words[:1].upper() + words[1:]

    def tells(self, key: str) -> bool:
        """Whether what bears that key is the banner of a message among the alerts."""
        return any(key.startswith(f"{source}-") for source in self.sources)

    @property
    def quiet(self) -> bool:
        return not any(row for row in self.rows if not row.kept)


def day_of(address: Address, at: datetime | None = None) -> Day:
    """The day of an address, in the active language; load `street` and `sector` beforehand."""
    moment = at or clock.now()
    told = at_address(address, moment)
    page = reverse("public:my_address", args=[address.pk])
    night = _night(told.tonight, told.today, page)
    rows = sorted(chain(_pickups(told, page), _works(told, page)), key=lambda row: (row.day or date.max, row.title))
    alerts = (*_alerts(told, page), *_told(told, page), *_lifted(told, page))
    sources = tuple(each.source for each in told.told if each.source)
    return Day(address, told.today, alerts, (night, *rows) if night else tuple(rows), sources)


def _night(night: Tonight, today: date, page: str) -> DayRow | None:
    titles = {
        Verdict.ALLOWED: _("Parking: allowed"),
        Verdict.FORBIDDEN: _("Parking: forbidden"),
    }
    if night.verdict == Verdict.ALLOWED and night.operation is None and not night.notice:
        return None  # outside the winter: nothing to move
    until = night.ends or _end_of(today)
    return DayRow(
        when=_("Tonight"),
        title=night.notice or titles.get(night.verdict, _("Parking: to be checked")),
        detail=night.words if night.notice else _decided(night) or night.words,
        icon="circle-parking-off" if night.notice or night.verdict == Verdict.FORBIDDEN else "circle-parking",
        url=f"{page}#tonight",
        until=until,
        day=today,
        value=True,
        strong=True,
        against=night.verdict == Verdict.FORBIDDEN,
        phone=night.contact_point.phone,
        example=night.example,
    )


def _decided(night: Tonight) -> str:
    if night.declared_at is None or night.operation is None:
        return ""
    hour = quebec.hour(night.declared_at.astimezone(zone()).time(), get_language() or "fr")
    words = _("A snow operation is declared. Decided at %(hour)s.") if night.operation else None
    return (words or _("No snow operation. Decided at %(hour)s.")) % {"hour": hour}


def _pickups(told: AddressDay, page: str) -> list[DayRow]:
    rows = []
    for stream in told.pickups.streams:
        for rank, day in enumerate(each for each in (stream.day, *stream.later) if each and each <= told.today + KEPT):
            rows.append(
                DayRow(
                    when=day_words(day, told.today),
                    title=stream.title,
                    detail=(stream.more if rank == 0 else "") or stream.note,
                    icon=stream.icon or "trash-2",
                    url=f"{page}#pickups",
                    until=_end_of(day),
                    day=day,
                    kept=day > told.today + AHEAD or rank > 0,
                    example=stream.example,
                )
            )
    return rows


def _works(told: AddressDay, page: str) -> list[DayRow]:
    return [
        DayRow(
            when=day_words(max(notice.first_day, told.today), told.today),
            title=notice.title,
            detail=notice.place,
            icon="construction",
            url=f"{page}#works",
            until=_end_of(notice.last_day or told.today + NEXT_DAY),
            day=max(notice.first_day, told.today),
            value=notice.last_day is None,
            example=notice.example,
        )
        for notice in told.notices[:MOST_WORKS]
    ]


def _alerts(told: AddressDay, page: str) -> list[Alert]:
    touched, unsure = _("Your address is touched."), _("Your address may be touched.")
    return [
        Alert(
            title=notice.title,
            detail=" ".join([touched if notice.sure else unsure, *notice.lines[:1]]),
            url=f"{page}#boil-water",
            until=_end_of(notice.last_day) if notice.last_day else None,
            key=f"works-{notice.pk}",
            example=notice.example,
        )
        for notice in told.alarms
    ]


def _told(told: AddressDay, page: str) -> list[Alert]:
    """What an incident or a published message tells of the address, until its end."""
    return [
        Alert(
            title=each.title,
            detail=each.rest,
            url=page,
            until=each.until,
            key=each.key,
            example=each.example,
        )
        for each in told.told
    ]


def _lifted(told: AddressDay, page: str) -> list[Alert]:
    """The water notices lifted today, until midnight: whoever was told to boil must read that it is over."""
    return [
        Alert(
            title=_("Lifted: %(what)s") % {"what": notice.title},
            detail=notice.words,
            url=f"{page}#boil-water",
            until=_end_of(told.today),
            key=f"lifted-{notice.pk}",
            example=notice.example,
            lifted=True,
        )
        for notice in told.lifted
    ]


def day_words(day: date, today: date) -> str:
    """ "Today", "Tomorrow", or the day of the week with its date."""
    if day == today:
        return pgettext("day", "Today")
    if day == today + NEXT_DAY:
        return pgettext("day", "Tomorrow")
    words = quebec.day(day, get_language() or "fr", year=False)
    return words[:1].upper() + words[1:]


def _end_of(day: date) -> datetime:
    return datetime.combine(day + NEXT_DAY, time(0), zone())
