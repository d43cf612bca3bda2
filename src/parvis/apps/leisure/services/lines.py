"""The line of an opening: planned, arrived in, drawn at the hour, slowed down or sped up, entered, closed."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from parvis.apps.households.models import Household
from parvis.apps.leisure.models import LineTicket, Rush, Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries import lines as queries
from parvis.apps.leisure.queries.lines import Admission
from parvis.apps.leisure.rules.lines import WINDOW, Standing, commitment_of, draw, next_rank, served_at
from parvis.apps.leisure.services.refusals import NotAdmitted
from parvis.lib import clock
from parvis.lib.database.rows import insert
from parvis.lib.errors import Conflict, Invalid, NotFound

EARLIEST = timedelta(hours=1)  # before the hour, when the line opens by itself
FASTEST = 100.0  # households a second


def plan_rush(
    *, season: Season, for_residents: bool, line_opens_at: datetime | None = None, per_second: float = 25
) -> Rush:
    """Plans the line of an opening of a season, with its secret seed and the commitment to publish.

    Planned again before the draw, it follows the moments of the season, and keeps its seed. Conflict once drawn.
    """
    opens_at = season.opens_at(resident=for_residents)
    moments = {"opens_at": opens_at, "line_opens_at": line_opens_at or opens_at - EARLIEST}
    if moments["line_opens_at"] > opens_at:
        raise Invalid.in_field("line_opens_at", _("The line opens before the registration does."))
    _check_pace(per_second)
    seed = secrets.token_hex(32)
    new = {"seed": seed, "commitment": commitment_of(seed), "per_second": per_second, **moments}
    with transaction.atomic():
        made, is_new = Rush.objects.get_or_create(season=season, for_residents=for_residents, defaults=new)
        rush = _locked(made.pk)
        if not is_new:
            if rush.drawn_at:
                raise Conflict(_("The draw is done: this line can no longer be planned again."))
            Rush.objects.filter(pk=rush.pk).update(per_second=per_second, **moments)
    return _read_again(rush.pk)


def arrive(*, rush: Rush, household_id: int, channel: Channel, at: datetime | None = None) -> LineTicket:
    """The household's place in the line: taken now, or the one that it has, whoever took it.

    Before the hour it is one insertion. NotFound when the line is not on.
    """
    at = at or clock.now()
    if not rush.is_on(at):
        raise NotFound(_("This line is not open."))
    ticket = LineTicket(rush=rush, household_id=household_id, channel=channel, arrived_at=at)
    if at < rush.opens_at:
        is_new = insert(ticket, unless=("rush", "household"))
    else:
        draw_line(rush=rush)
        with transaction.atomic():
            ticket.rank = _rank_of_next(_locked(rush.pk), at)
            is_new = insert(ticket, unless=("rush", "household"))
    return ticket if is_new else keep_up(ticket=LineTicket.objects.get(rush=rush, household_id=household_id))


def draw_line(*, rush: Rush) -> bool:
    """Draws by lot those who arrived before the hour, once, and begins to admit; False when it is not the hour yet.

    Done by the job of the hour or, when it is late, by the first who looks.
    """
    if rush.drawn_at:
        return True
    if clock.now() < rush.opens_at:
        return False
    with transaction.atomic():
        row = _locked(rush.pk)
        if row.drawn_at is None:
            row.drawn_at = clock.now()
            row.order = draw(row.seed, LineTicket.objects.filter(rush=row).values_list("public_id", flat=True))
            row.paces = [[row.drawn_at.isoformat(), 0, row.per_second]]
            row.save(update_fields=["drawn_at", "order", "paces"])
    rush.drawn_at, rush.paces = row.drawn_at, row.paces
    queries.lines.forget()
    return True


def keep_up(*, ticket: LineTicket) -> LineTicket:
    """Gives its rank to a ticket that has none once the line is drawn, having come at the very moment of the draw."""
    rush = queries.rush_by_id(ticket.rush_id)
    if rush and draw_line(rush=rush) and queries.rank_of(ticket) is None:
        _move_to_end(ticket)
    return ticket


def take_another_turn(*, ticket: LineTicket) -> LineTicket:
    """Puts back at the end of the line a household that did not enter in time; nothing when it still may."""
    rush, at = queries.rush_by_id(ticket.rush_id), clock.now()
    if rush is None or not rush.is_on(at):
        raise NotFound(_("This line is not open."))
    if standing_of_ticket(rush, ticket, at) == Standing.MISSED:
        _move_to_end(ticket)
    return ticket


def enter(*, ticket: LineTicket) -> LineTicket:
    """Records that the household came in when its turn came. NotAdmitted when it is not, or no longer, its turn."""
    rush, at = queries.rush_by_id(ticket.rush_id), clock.now()
    if rush is None or not rush.is_on(at):
        return ticket  # nobody waits any more
    draw_line(rush=rush)
    place = queries.place_of(rush, queries.rank_of(ticket), ticket.arrived_at, at, entered=bool(ticket.entered_at))
    if not place.admitted:
        raise NotAdmitted(why_not(place))
    if ticket.entered_at is None:
        LineTicket.objects.filter(pk=ticket.pk, entered_at=None).update(entered_at=at)
        ticket.entered_at = at
    return ticket


def pass_line(*, household: Household, season: Season, resident: bool, channel: Channel) -> None:
    """Lets in a household that takes a place in a season: nothing where no line is on.

    Called before the transaction that takes the place. Raises NotAdmitted when it is not their turn. A program, which
    cannot see a line, takes its place there by trying.
    """
    at = clock.now()
    for on in [rush for rush in queries.lines() if rush.season_id == season.pk and rush.is_on(at)]:
        draw_line(rush=on)
    place = queries.admission(household, season, at)
    absent = place.standing is None and not place.admitted
    if absent and channel == Channel.PROGRAM and (rush := queries.rush_now(season, resident, at)):
        arrive(rush=rush, household_id=household.pk, channel=channel, at=at)
        place = queries.admission(household, season, at)
    if not place.admitted:
        raise NotAdmitted(why_not(place))
    if place.standing == Standing.TURN:
        waiting = LineTicket.objects.filter(household=household, rush__season=season, entered_at=None)
        waiting.update(entered_at=at)


def set_pace(*, rush: Rush, per_second: float) -> Rush:
    """Slows down, speeds up or stops (0) the line from now on."""
    _check_pace(per_second, stops=True)
    with transaction.atomic():
        row, at = _locked(rush.pk), clock.now()
        row.per_second = per_second
        if row.drawn_at:
            row.paces = [*row.paces, [at.isoformat(), served_at(row.course, at), per_second]]
        row.save(update_fields=["per_second", "paces"])
    return _read_again(rush.pk)


def close_rush(*, rush: Rush) -> Rush:
    """Ends the line: whoever waited may register at once, and nobody needs to wait any more."""
    with transaction.atomic():
        Rush.objects.filter(pk=rush.pk, closed_at=None).update(closed_at=clock.now())
    return _read_again(rush.pk)


def standing_of_ticket(rush: Rush, ticket: LineTicket, at: datetime) -> Standing | None:
    """Where a ticket stands in its line."""
    entered = ticket.entered_at is not None
    return queries.place_of(rush, queries.rank_of(ticket), ticket.arrived_at, at, entered=entered).standing


def why_not(place: Admission) -> str:
    """Why a household may not take a place yet, in true words."""
    if place.standing is None:
        return _("Registration goes by a line this morning: take your place in it first.")
    if place.standing == Standing.MISSED:
        return _("Your turn is past: take a place at the end of the line.")
    return _("It is not your turn yet: your place in the line is kept.")


def _move_to_end(ticket: LineTicket) -> None:
    """Nothing when someone else gave it another rank meanwhile."""
    with transaction.atomic():
        rush, at = _locked(ticket.rush_id), clock.now()
        row = LineTicket.objects.get(pk=ticket.pk)
        if row.rank == ticket.rank:
            row.rank, row.arrived_at = _rank_of_next(rush, at), at
            row.save(update_fields=["rank", "arrived_at"])
    ticket.rank, ticket.arrived_at = row.rank, row.arrived_at


def _rank_of_next(rush: Rush, at: datetime) -> int:
    """Of a rush whose row is locked."""
    return next_rank(rush.course, _last_rank(rush), at)


def _last_rank(rush: Rush) -> int:
    last = LineTicket.objects.filter(rush=rush).aggregate(last=Max("rank"))["last"] or 0
    return max(last, len(queries.drawn_ranks(rush.pk)))


def _locked(rush_id: int) -> Rush:
    return Rush.objects.select_for_update(of=("self",)).get(pk=rush_id)


def close_idle_lines() -> None:
    """Ends the lines in which nobody waits any more: an hour after the opening, and everyone's time to enter past."""
    at = clock.now()
    for rush in [each for each in queries.lines() if each.is_on(at) and at > each.opens_at + EARLIEST]:
        draw_line(rush=rush)
        recent = LineTicket.objects.filter(rush=rush, arrived_at__gt=at - WINDOW).exists()
        if not recent and _last_rank(rush) <= served_at(rush.course, at - WINDOW):
            close_rush(rush=rush)


def draw_due_lines() -> None:
    """Draws the lines whose hour has come."""
    for rush in queries.lines():
        draw_line(rush=rush)


def _read_again(rush_id: int) -> Rush:
    queries.lines.forget()
    return Rush.objects.select_related("season").get(pk=rush_id)


def _check_pace(per_second: float, *, stops: bool = False) -> None:
    if not (0 if stops else 0.1) <= per_second <= FASTEST:
        words = _("Between 0 and 100 households a second.") if stops else _("Between 0.1 and 100 households a second.")
        raise Invalid.in_field("per_second", words)
