"""The page of the line. What waits reads nothing of the database: see ADR 0070."""

from dataclasses import dataclass
from datetime import datetime
from random import uniform
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from parvis.apps.households.queries import household_at_a_glance, household_of, residence_of
from parvis.apps.leisure.models import LineTicket, Rush
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries import lines
from parvis.apps.leisure.queries.catalogue import GroupFilter, listed_groups
from parvis.apps.leisure.queries.lines import Admission
from parvis.apps.leisure.queries.wishes import asked_in_line, current_wishes
from parvis.apps.leisure.rules.lines import Standing
from parvis.apps.leisure.services import lines as services
from parvis.apps.leisure.services.refusals import NotAdmitted
from parvis.apps.residents.web.sessions import account_key, account_of
from parvis.lib import clock
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.line import tickets
from parvis.surfaces.public.line.shell import TEMPLATE, waiting_page
from parvis.surfaces.public.line.tickets import BadTicket, Ticket
from parvis.surfaces.public.line.words import stones, waiting_words
from parvis.surfaces.public.same_origin import same_origin
from parvis.ui.views import or_404

SOONEST, LATEST = 15, 30  # seconds between two looks of a page that waits, drawn by lot
SPREAD = 12  # seconds over which those who wait for one same moment look again
CATALOGUE = "/loisirs/"
CHECK = (
    "cut -f2 billets.txt | while read t; do printf '%s %s\\n' "
    '"$(printf \'%s\' "{seed}$t" | sha256sum | cut -c1-64)" "$t"; done '
    "| sort | cut -d' ' -f2 | diff - <(cut -f2 billets.txt)"
)
"""What a shell runs to draw again: it writes nothing when the file is in the order of the draw."""


@dataclass(frozen=True)
class Ahead:
    """A page where one goes on once they may enter, and the words that lead there: "" for those of the page."""

    url: str
    words: str


@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def line(request: HttpRequest) -> HttpResponseBase:
    """Where one stands, or how to take a place. POST takes the place of the household, or finds it again."""
    if request.method == "POST":
        return _arrive(request)
    try:
        ticket = tickets.shown(request)
    except BadTicket as bad:
        return _show(request, "refused", {"fault": bad.fault, **_way_in(request)}, status=403)
    rush = lines.rush_by_id(ticket.rush_id) if ticket else None
    if ticket is None or rush is None:
        return _show(request, "way_in", _way_in(request))
    at = clock.now()
    if not rush.is_on(at):
        groups = listed_groups(rush.season, GroupFilter())
        nothing_left = bool(groups) and all(group.left <= 0 for group in groups)
        ahead = _ahead(ticket.household_id, rush)
        return _show(request, "closed", {"rush": rush, "nothing_left": nothing_left, "ahead": ahead})
    now_known = _up_to_date(ticket, rush, at)
    response = _place(request, now_known, rush, at)
    if now_known != ticket:
        tickets.give(request, response, now_known)
    return response


def _up_to_date(ticket: Ticket, rush: Rush, at: datetime) -> Ticket:
    """The ticket with what is known now. Reads the row only of who would be told that their turn is past."""
    if at >= rush.opens_at:
        services.draw_line(rush=rush)
        if ticket.rank is None:
            ticket = tickets.ranked(ticket, lines.drawn_ranks(rush.pk).get(ticket.public_id))
        unsure = ticket.rank is None or _admission(ticket, rush, at).standing == Standing.MISSED
        if unsure and (row := LineTicket.objects.filter(pk=ticket.row_id).first()):
            return tickets.ticket_of(services.keep_up(ticket=row), rush)
    return ticket


def _admission(ticket: Ticket, rush: Rush, at: datetime) -> Admission:
    return lines.place_of(rush, ticket.rank, ticket.arrived_at, at, entered=ticket.entered)


def _place(request: HttpRequest, ticket: Ticket, rush: Rush, at: datetime) -> HttpResponse:
    place = _admission(ticket, rush, at)
    values: dict[str, Any] = {"ticket": ticket.public_id, "again": _look_again(place, rush, at)}
    if place.standing == Standing.WAITING:
        values |= waiting_words(place, rush, ticket.arrived_at, at)
        values["stones"] = stones(values["past"])
    if place.standing in (Standing.WAITING, Standing.BEFORE):
        return waiting_page(request, str(place.standing), rush, values)
    if place.standing == Standing.ENTERED:
        values["ahead"] = _ahead(ticket.household_id, rush)
    return _show(request, str(place.standing), {"rush": rush, "place": place, **values})


def _ahead(household_id: int, rush: Rush) -> Ahead:
    """Where the turn of a household leads: to the group that it asked for from this line, else to those it noted."""
    asked, noted = asked_in_line(household_id, rush.season_id, rush.line_opens_at)
    if asked:
        return Ahead(reverse("public:leisure_group", args=[asked]), _("Back to my choice"))
    if noted:
        return Ahead(reverse("public:noted"), _("To my noted groups"))
    return Ahead(CATALOGUE, "")


def _look_again(place: Admission, rush: Rush, at: datetime) -> int:
    """The seconds until the page looks again: by lot, so that not everyone does at once."""
    moment = rush.opens_at if place.standing == Standing.BEFORE else place.turn_at
    usual = uniform(SOONEST, LATEST)
    if moment is None or moment <= at:
        return round(usual)
    spread = SPREAD if place.standing == Standing.BEFORE else 3
    return round(min(usual, (moment - at).total_seconds() + uniform(1, spread)))


def _arrive(request: HttpRequest) -> HttpResponseBase:
    at = clock.now()
    found = _household_and_rush(request, at)
    if isinstance(found, HttpResponseBase):
        return found
    household_id, rush = found
    row = services.arrive(rush=rush, household_id=household_id, channel=Channel.WEB, at=at)
    if "again" in request.POST:
        row = services.take_another_turn(ticket=row)
    response = redirect("public:line")
    tickets.give(request, response, tickets.ticket_of(row, rush))
    return response


def _household_and_rush(request: HttpRequest, at: datetime) -> tuple[int, Rush] | HttpResponseBase:
    """Who takes a place, and where: by the pass of the page, which spares the database, else by the account."""
    passed = tickets.read_pass(request, request.POST.get("pass", ""))
    if passed and (rush := lines.rush_by_id(passed[0])) and rush.is_on(at):
        return passed[1], rush
    key = account_key(request)
    found = household_at_a_glance(*key, timezone.localdate(at)) if key else None
    rush_now = lines.rush_now(None, found[1], at) if found else None
    if found is None or rush_now is None:
        response = _show(request, "way_in", _way_in(request))
        tickets.forget(response)
        return response
    return found[0], rush_now


def _way_in(request: HttpRequest) -> dict[str, Any]:
    """What one needs to take a place: an account, a household, a line that is on for them; else the next one."""
    at, account = clock.now(), account_of(request)
    household = household_of(account) if account else None
    resident = bool(household and residence_of(household, timezone.localdate(at)).resident)
    rush = lines.rush_now(None, resident or household is None, at)
    return {
        "account": account,
        "household": household,
        "rush": rush,
        "residents_only": lines.rush_now(None, True, at) if rush is None else None,
        "next_rush": min(
            (each for each in lines.lines() if each.line_opens_at > at), key=lambda each: each.opens_at, default=None
        ),
        "any_noted": bool(household and current_wishes(household.pk).exists()),
        "pass": tickets.new_pass(request, rush.pk, household.pk) if rush and household else "",
    }


@never_cache
@require_GET
def rank(request: HttpRequest) -> JsonResponse:
    """Where one stands, for the script of the page: {"state", "again", ...}; a change of state reloads the page.

    No query while one waits.
    """
    try:
        ticket = tickets.shown(request)
    except BadTicket as bad:
        return JsonResponse({"state": "refused", "fault": bad.fault}, status=403)
    rush, at = lines.rush_by_id(ticket.rush_id) if ticket else None, clock.now()
    if ticket is None or rush is None or not rush.is_on(at):
        return JsonResponse({"state": "closed" if rush else "none"})
    now_known = _up_to_date(ticket, rush, at)
    place = _admission(now_known, rush, at)
    told: dict[str, Any] = {"state": place.standing, "again": _look_again(place, rush, at)}
    if place.standing == Standing.WAITING:
        told |= waiting_words(place, rush, now_known.arrived_at, at)
    response = JsonResponse(told)
    if now_known != ticket:
        tickets.give(request, response, now_known)
    return response


@same_origin
@never_cache
@require_POST
def enter(request: HttpRequest) -> HttpResponseBase:
    """Enters, one's turn having come: leads to what was chosen or noted, else to the catalogue."""
    try:
        ticket = tickets.shown(request)
    except BadTicket:
        return redirect("public:line")
    row = LineTicket.objects.filter(pk=ticket.row_id).first() if ticket else None
    rush = lines.rush_by_id(row.rush_id) if row else None
    if row is None or rush is None:
        return redirect("public:line")
    try:
        services.enter(ticket=row)
        response = redirect(_ahead(row.household_id, rush).url)
    except NotAdmitted:
        response = redirect("public:line")  # which says where they stand
    tickets.give(request, response, tickets.ticket_of(row, rush))
    return response


@require_GET
def drawn(request: HttpRequest, rush_id: int) -> HttpResponse:
    """The proof of a draw: what was published before, the seed, how anyone draws again; who came, by which way."""
    rush = or_404(lines.published_draw(rush_id))
    page = {
        "rush": rush,
        "shares": lines.shares_by_channel(rush),
        "command": CHECK.format(seed=rush.published_seed),
        "public_nav": nav("leisure"),
    }
    return render(request, "public/line/draw.html", page)


@require_GET
def drawn_tickets(request: HttpRequest, rush_id: int) -> HttpResponse:
    """The tickets that were drawn, one a line in the order of their ranks, without anything of the people."""
    rush = or_404(lines.published_draw(rush_id))
    lines_of_file = [f"{rank}\t{ticket}" for rank, ticket in enumerate(rush.order, 1)]
    return HttpResponse("\n".join([*lines_of_file, ""]), content_type="text/plain; charset=utf-8")


def _show(request: HttpRequest, state: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    page = {"state": state, "public_nav": nav("leisure"), **context}
    return render(request, TEMPLATE, page, status=status)
