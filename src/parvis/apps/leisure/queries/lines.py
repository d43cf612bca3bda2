"""The line of an opening: which ones are on, where a ticket stands, and whether a household may take places."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db.models import Count, Q

from parvis.apps.households.models import Household
from parvis.apps.leisure.models import LineTicket, Rush, Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.rules.lines import (
    Standing,
    minutes_left,
    served_at,
    standing_of,
    turn_of,
    window_end,
)
from parvis.lib import clock
from parvis.lib.ttl_cache import TtlCache, TtlCacheByKey

SEEN_AGAIN = 2.0  # seconds after which a process reads again which lines are on
KEPT = timedelta(days=1)  # after its end, for a page that says so


@dataclass(frozen=True)
class Admission:
    """Whether a household may take places now. `rank` is None without a ticket, or before the draw.

    `ahead` is how many are to be admitted before them, and `estimate` the range of minutes that it takes; `until`, when
    their turn has come and they have not entered, is when it ends.
    """

    admitted: bool
    standing: Standing | None = None
    rank: int | None = None
    ahead: int = 0
    estimate: tuple[int, int] | None = None
    turn_at: datetime | None = None
    until: datetime | None = None


NO_LINE = Admission(admitted=True)


def _read_lines() -> list[Rush]:
    open_or_fresh = Q(closed_at=None) | Q(closed_at__gt=clock.now() - KEPT)
    return list(Rush.objects.filter(open_or_fresh).select_related("season").defer("order", "seed").order_by("pk"))


lines = TtlCache(_read_lines, SEEN_AGAIN)
"""The lines to come, those that are on, and those that ended today; read at most every two seconds."""


def _read_ranks(rush_id: int) -> dict[str, int]:
    order = Rush.objects.values_list("order", flat=True).get(pk=rush_id)
    return {ticket: rank for rank, ticket in enumerate(order, 1)}


drawn_ranks = TtlCacheByKey(_read_ranks, 86_400.0, most=4, keeps=bool)
"""The ranks of the tickets that a draw gave, read once by each process."""


def rush_by_id(rush_id: int) -> Rush | None:
    """One of `lines`."""
    return next((rush for rush in lines() if rush.pk == rush_id), None)


def rush_now(season: Season | None, resident: bool, at: datetime) -> Rush | None:
    """The line that is on for them at that moment, of that season or of any; None when one needs not wait."""
    on = [rush for rush in lines() if rush.is_on(at) and (season is None or rush.season_id == season.pk)]
    fit = [rush for rush in on if resident or not rush.for_residents]
    return min(fit, key=lambda rush: (not rush.for_residents, rush.opens_at), default=None)


def rank_of(ticket: LineTicket) -> int | None:
    """Its rank; None before the draw."""
    return ticket.rank or drawn_ranks(ticket.rush_id).get(ticket.public_id)


def place_of(rush: Rush, rank: int | None, arrived_at: datetime, at: datetime, *, entered: bool = False) -> Admission:
    """Where someone stands in a line at that moment. Reads nothing of the database."""
    course = rush.course
    standing = Standing.ENTERED if entered else standing_of(course, rank, arrived_at, at)
    if rank is None or not course:
        return Admission(admitted=entered, standing=standing)
    turn, ahead = turn_of(course, rank), max(0, ceil(rank - 1 - served_at(course, at)))
    return Admission(
        admitted=standing in (Standing.TURN, Standing.ENTERED),
        standing=standing,
        rank=rank,
        ahead=ahead,
        estimate=minutes_left(ahead, course[-1].per_second),
        turn_at=turn,
        until=window_end(course, rank, arrived_at) if standing == Standing.TURN else None,
    )


def admission(household: Household, season: Season, at: datetime) -> Admission:
    """Whether a household may take places in a season at that moment, as far as its line is concerned.

    Everyone may where no line is on. One query where one is, none elsewhere. Whoever takes a place calls
    `services.lines.pass_line`, which also records that the household entered.
    """
    on = {rush.pk: rush for rush in lines() if rush.season_id == season.pk and rush.is_on(at)}
    if not on:
        return NO_LINE
    places = [
        place_of(on[ticket.rush_id], rank_of(ticket), ticket.arrived_at, at, entered=ticket.entered_at is not None)
        for ticket in LineTicket.objects.filter(household=household, rush__in=on)
    ]
    return best_of(places)


def best_of(places: Iterable[Admission]) -> Admission:
    """The place that lets in first; not admitted where there is none."""
    first = sorted(places, key=lambda place: (not place.admitted, place.rank is None, place.rank or 0))
    return first[0] if first else Admission(admitted=False)


def published_draw(rush_id: int) -> Rush | None:
    """A line to come, on or over, whose commitment is published; None without one."""
    return Rush.objects.filter(pk=rush_id).select_related("season").first()


def shares_by_channel(rush: Rush) -> list[tuple[str, int]]:
    """How many took a place by each way, in words, the most used first."""
    counted = LineTicket.objects.filter(rush=rush).values_list("channel").annotate(count=Count("pk")).order_by("-count")
    return [(str(Channel(channel).label), count) for channel, count in counted]
