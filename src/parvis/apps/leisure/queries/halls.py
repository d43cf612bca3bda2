"""Halls booked twice, and groups larger than their hall: shown to who manages leisure, and confirmed when made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from parvis.apps.leisure.models import Group, Hall, Meeting, Season
from parvis.apps.leisure.rules.halls import Booking, Overlap, overlaps
from parvis.lib import clock, quebec

JOINED = ("season", "activity", "hall")
AROUND = timedelta(days=1)
"""More than any hall is left free between two groups."""


@dataclass(frozen=True)
class HallClash:
    """Two groups in one hall at once, or closer than the time that it is left free between two (`too_close`).

    `starts` and `ends`, in the time of the town, are those of their first clash: what they have in common, or the end
    of one and the start of the next. `last` is that of the last of their `times` clashes.
    """

    hall: Hall
    group: Group
    other: Group
    starts: datetime
    ends: datetime
    too_close: bool
    last: datetime
    times: int

    @property
    def when(self) -> str:
        """The day and the hours, and until when it lasts, in the active language."""
        lang = get_language() or "fr"
        hours = _("at %(hour)s") % {"hour": quebec.hour(self.ends, lang)}
        if not self.too_close:
            hours = quebec.hours_range(self.starts.time(), self.ends.time(), lang)
        if self.times == 1:
            return _("%(day)s, %(hours)s") % {"day": quebec.day(self.starts, lang), "hours": hours}
        words = ngettext(
            "%(weekday)s, %(hours)s, %(period)s (%(n)s meeting)",
            "%(weekday)s, %(hours)s, %(period)s (%(n)s meetings)",
            self.times,
        )
        period = quebec.period(self.starts.date(), self.last.date(), lang)
        return words % {
            "weekday": quebec.weekday(self.starts, lang),
            "hours": hours,
            "period": period,
            "n": self.times,
        }

    @property
    def names(self) -> tuple[str, str]:
        """What the two groups are, with their seasons when these differ. Reads `activity` and `season`."""
        if self.group.season_id == self.other.season_id:
            return str(self.group.activity), str(self.other.activity)
        return f"{self.group.activity} ({self.group.season})", f"{self.other.activity} ({self.other.season})"

    @property
    def words(self) -> str:
        """The whole of it in one sentence, in the active language. Reads `activity` and `season`."""
        one, other = self.names
        values: dict[str, object] = {"hall": self.hall, "one": one, "other": other, "when": self.when}
        if self.too_close:
            values["minutes"] = self.hall.buffer_minutes
            return _("%(hall)s: %(one)s and %(other)s, less than %(minutes)s minutes apart, %(when)s") % values
        return _("%(hall)s: %(one)s and %(other)s at the same time, %(when)s") % values


@dataclass(frozen=True)
class Crowding:
    """A group with more places than its hall holds people."""

    group: Group
    hall: Hall
    places: int

    @property
    def words(self) -> str:
        """The whole of it in one sentence, in the active language. Reads `activity`."""
        values = {"hall": self.hall, "group": self.group.activity, "n": self.places, "most": self.hall.capacity}
        return _("%(group)s: %(n)s places, and %(hall)s holds %(most)s people") % values


@dataclass(frozen=True)
class Trouble:
    """What is wrong with the halls of some groups."""

    clashes: Sequence[HallClash] = ()
    crowded: Sequence[Crowding] = ()

    def __bool__(self) -> bool:
        return bool(self.clashes or self.crowded)

    @property
    def count(self) -> int:
        """How many things there are to look at."""
        return len(self.clashes) + len(self.crowded)

    @property
    def words(self) -> list[str]:
        """A sentence each, in the active language."""
        return [each.words for each in self.clashes] + [each.words for each in self.crowded]

    @property
    def mark(self) -> str:
        """Tells this trouble from any other: whoever confirms says which one they saw. "" for none."""
        keys = [f"{each.hall.slug} {_pair(each)} {each.starts.isoformat()}" for each in self.clashes]
        keys += [f"{each.hall.slug} {each.group.slug} {each.places}" for each in self.crowded]
        return sha256("\n".join(sorted(keys)).encode()).hexdigest()[:16] if keys else ""

    def beyond(self, before: "Trouble") -> "Trouble":
        """What of it was not there before."""
        known = {(each.hall.pk, *_pair(each)) for each in before.clashes}
        grown = {each.group.pk: each.places for each in before.crowded}
        return Trouble(
            [each for each in self.clashes if (each.hall.pk, *_pair(each)) not in known],
            [each for each in self.crowded if each.places > grown.get(each.group.pk, 0)],
        )


def _pair(clash: HallClash) -> tuple[str, str]:
    one, other = sorted((clash.group.slug, clash.other.slug))
    return one, other


def hall_trouble(groups: Iterable[Group]) -> Trouble:
    """What is wrong with the halls of these groups: their clashes to come with any other group of any season, one for
    each pair, by the moment of the first; and those with more places than the hall holds.

    Groups that are cancelled, or whose season is over, are left out. The others count as they are given: with the hall
    and the places that they would have. Reads `season` and `hall`; three queries.
    """
    today = clock.today()
    rows = {group.pk: group for group in groups if group.cancelled_at is None and group.season.ends_on >= today}
    crowded = [
        Crowding(group, group.hall, group.capacity)
        for group in rows.values()
        if group.hall.capacity is not None and group.capacity > group.hall.capacity
    ]
    halls = {group.hall_id: group.hall for group in rows.values()}
    found = overlaps(
        _bookings(rows, halls), {pk: timedelta(minutes=hall.buffer_minutes) for pk, hall in halls.items()}, of=rows
    )
    others = {pk for clash in found for pk in clash.groups} - set(rows)
    known = rows | Group.objects.select_related(*JOINED).in_bulk(others)
    return Trouble([_clash(clash, halls, known) for clash in found], crowded)


def trouble_of(season: Season) -> Trouble:
    """What is wrong with the halls of a season, as `hall_trouble` says it. Four queries."""
    return hall_trouble(Group.objects.filter(season=season, cancelled_at=None).select_related(*JOINED))


def _bookings(rows: dict[int, Group], halls: Iterable[int]) -> list[Booking]:
    """The meetings of these groups, and those of others in the same halls meanwhile."""
    mine = Meeting.objects.filter(group__in=rows, ends_at__gt=clock.now())
    ends = mine.aggregate(first=Min("starts_at"), last=Max("ends_at"))
    if ends["first"] is None:
        return []
    around = Meeting.objects.filter(starts_at__gte=ends["first"] - AROUND, starts_at__lte=ends["last"] + AROUND)
    theirs = around.filter(group__hall__in=halls, group__cancelled_at=None).exclude(group__in=rows)
    read = (mine | theirs).order_by().values_list("group", "group__hall", "starts_at", "ends_at")
    return [
        Booking(group, rows[group].hall_id if group in rows else hall, starts, ends)
        for group, hall, starts, ends in read
    ]


def _clash(found: Overlap, halls: dict[int, Hall], groups: dict[int, Group]) -> HallClash:
    one, other = (groups[pk] for pk in found.groups)
    starts, ends, last = (timezone.localtime(moment) for moment in (found.starts, found.ends, found.last))
    return HallClash(halls[found.hall], one, other, starts, ends, found.too_close, last, found.times)
