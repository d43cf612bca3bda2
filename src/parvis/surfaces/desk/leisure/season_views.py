"""The seasons of leisure for who manages them: how full their groups are, when they open, their line, their copy."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.leisure.models import Rush, Season
from parvis.apps.leisure.queries import management
from parvis.apps.leisure.queries.bounds import unusual_shares
from parvis.apps.leisure.queries.halls import trouble_of
from parvis.apps.leisure.services import lines
from parvis.apps.leisure.services import management as changes
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.surfaces.desk.leisure.forms import CopyForm, LineForm, OpeningsForm
from parvis.surfaces.desk.leisure.halls import submit_halls
from parvis.ui.messages import done, showing_refusal
from parvis.ui.views import or_404


def season_of(slug: str) -> Season:
    """The season; Http404 otherwise."""
    return or_404(management.season_by_slug(slug))


@requires(Action.MANAGE_LEISURE, "GET")
def seasons(request: HttpRequest) -> HttpResponse:
    """Every season, the last one first, with how full it is."""
    return render(request, "desk/leisure/seasons.html", {"seasons": management.seasons()})


@requires(Action.MANAGE_LEISURE, "GET", "POST")
def season(request: HttpRequest, slug: str) -> HttpResponse:
    """The groups of a season, what is wrong with its halls and those over their capacity first; a POST moves its
    openings.
    """
    one = season_of(slug)
    if request.method != "POST":
        return _page(request, one)
    form = OpeningsForm(request.POST)
    _made, status = submit(form, lambda: changes.set_openings(season=one, **form.cleaned_data, by=agent_of(request)))
    if status != 200:
        return _page(request, one, form, status)
    done(request, _("The openings are moved, on the site too."))
    return redirect("desk:leisure_season", one.slug)


def _page(request: HttpRequest, one: Season, form: OpeningsForm | None = None, status: int = 200) -> HttpResponse:
    groups = management.groups_of(one)
    open_groups = [line for line in groups if line.group.cancelled_at is None]
    context: dict[str, Any] = {
        "season": one,
        "groups": groups,
        "over": [line for line in open_groups if line.filling.over],
        "trouble": trouble_of(one),
        "shares": unusual_shares([line.view for line in open_groups]),
        "places": management.filling_of(line.view for line in open_groups),
        "full": sum(line.filling.left == 0 for line in open_groups),
        "form": form or OpeningsForm.of(one),
        "rushes": _rushes(one),
        "line_form": LineForm(),
        "now": clock.now(),
    }
    return render(request, "desk/leisure/season.html", context, status=status)


def _rushes(one: Season) -> list[dict[str, Any]]:
    """The two openings of a season, each with its line when one is planned."""
    planned = {rush.for_residents: rush for rush in Rush.objects.filter(season=one)}
    return [
        {"residents": residents, "opens_at": one.opens_at(resident=residents), "rush": planned.get(residents)}
        for residents in (True, False)
    ]


@requires(Action.MANAGE_LEISURE, "POST")
def line(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Plans the line of an opening, changes its pace, or ends it: `do` says which, `residents` of which opening."""
    one, residents = season_of(slug), request.POST.get("residents") == "1"
    rush = Rush.objects.filter(season=one, for_residents=residents).first()
    form = LineForm(request.POST)
    with showing_refusal(request, Conflict, Invalid):
        if request.POST.get("do") == "close" and rush:
            lines.close_rush(rush=rush)
            done(request, _("The line is over: nobody waits any more."))
        elif not form.is_valid():
            raise Invalid(_("Write how many households enter each second."))
        elif rush and rush.drawn_at:
            lines.set_pace(rush=rush, per_second=form.cleaned_data["per_second"])
            done(request, _("The pace is changed."))
        else:
            lines.plan_rush(season=one, for_residents=residents, per_second=form.cleaned_data["per_second"])
            done(request, _("The line is planned: it opens an hour before the registration."))
    return redirect("desk:leisure_season", one.slug)


@requires(Action.MANAGE_LEISURE, "POST")
def publish(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Shows the season on the site."""
    one = season_of(slug)
    with showing_refusal(request):
        changes.publish_season(season=one, by=agent_of(request))
        done(request, _("The season is on the site."), undo_url=reverse("desk:withdraw_season", args=[one.slug]))
    return redirect("desk:leisure_season", one.slug)


@requires(Action.MANAGE_LEISURE, "POST")
def withdraw(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Takes it off the site, as long as nobody registered."""
    one = season_of(slug)
    with showing_refusal(request):
        changes.withdraw_season(season=one, by=agent_of(request))
        done(
            request, _("The season is no longer on the site."), undo_url=reverse("desk:publish_season", args=[one.slug])
        )
    return redirect("desk:leisure_season", one.slug)


@requires(Action.MANAGE_LEISURE, "GET", "POST")
def copy(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A new season like this one: groups, halls, instructors and prices; all its days later."""
    source = season_of(slug)
    form = CopyForm(request.POST or None)
    if request.method == "POST":
        made, status = submit_halls(
            form, lambda: changes.copy_season(source=source, **form.cleaned_data, by=agent_of(request))
        )
        if made:
            done(request, _("The season is copied. Look at its days, then publish it."))
            return redirect("desk:leisure_season", made.slug)
    else:
        status = 200
    context = {"season": source, "form": form, "count": source.groups.filter(cancelled_at=None).count()}
    return render(request, "desk/leisure/copy.html", context, status=status)
