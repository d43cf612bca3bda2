"""When two groups want one hall at the same time. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Booking:
    """One meeting of a group in a hall; groups and halls by id."""

    group: int
    hall: int
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Overlap:
    """Two groups in one hall at once, or closer than the time that it is left free: their first such meeting.

    `starts` and `ends`: what the two have in common, or, when they are only too close (`too_close`), the end of one
    and the start of the next. `last` is when the last of their `times` meetings that clash starts.
    """

    hall: int
    groups: tuple[int, int]
    starts: datetime
    ends: datetime
    too_close: bool
    last: datetime
    times: int = 1


def overlaps(
    bookings: Iterable[Booking], buffers: Mapping[int, timedelta], *, of: Collection[int] | None = None
) -> list[Overlap]:
    """Each pair of groups that clash, by the moment of the first clash; with `of`, those that concern these groups.

    `buffers`: the time that each hall is left free between two meetings; none when it is absent.
    """
    found: dict[tuple[int, tuple[int, int]], Overlap] = {}
    near: dict[int, list[Booking]] = defaultdict(list)
    for booking in sorted(bookings, key=lambda one: (one.starts, one.group)):
        free = buffers.get(booking.hall, timedelta())
        near[booking.hall] = [one for one in near[booking.hall] if booking.starts < one.ends + free]
        for one in near[booking.hall]:
            concerned = of is None or one.group in of or booking.group in of
            if one.group != booking.group and concerned:
                clash = _overlap(one, booking)
                known = found.get((clash.hall, clash.groups))
                found[clash.hall, clash.groups] = (
                    replace(known, last=clash.last, times=known.times + 1) if known else clash
                )
        near[booking.hall].append(booking)
    return sorted(found.values(), key=lambda clash: (clash.starts, clash.groups))


def _overlap(first: Booking, second: Booking) -> Overlap:
    """`second` does not start before `first`."""
    too_close = second.starts >= first.ends
    starts, ends = (first.ends, second.starts) if too_close else (second.starts, min(first.ends, second.ends))
    groups = (min(first.group, second.group), max(first.group, second.group))
    return Overlap(first.hall, groups, starts, ends, too_close, second.starts)
