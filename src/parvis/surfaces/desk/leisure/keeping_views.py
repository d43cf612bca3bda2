"""Those of last season, offered a place before the openings: how many first, who cannot and why, then done."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.leisure.models import Group, Season
from parvis.apps.leisure.queries.management import groups_of
from parvis.apps.leisure.services import keeping
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.surfaces.desk.leisure.forms import KeepForm
from parvis.surfaces.desk.leisure.group_views import group_of
from parvis.surfaces.desk.leisure.season_views import season_of
from parvis.ui.messages import done


@requires(Action.MANAGE_LEISURE, "GET", "POST")
def of_season(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Those of last season for a whole season; a POST offers them their places."""
    season = season_of(slug)
    groups = [line.group for line in groups_of(season)]
    back = reverse("desk:leisure_season", args=[slug])
    return _page(request, season, groups, title=str(season), back=back)


@requires(Action.MANAGE_LEISURE, "GET", "POST")
def of_group(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Those of last season for one group; a POST offers them their places."""
    group = group_of(slug)
    back = reverse("desk:leisure_group", args=[slug])
    return _page(request, group.season, [group], title=str(group), back=back)


def _page(request: HttpRequest, season: Season, groups: Sequence[Group], **more: Any) -> HttpResponseBase:
    form, status = KeepForm(request.POST or None), 200
    if request.method == "POST":
        made, status = submit(
            form,
            lambda: keeping.bring_in(season=season, groups=groups, by=agent_of(request), **form.cleaned_data),
        )
        if made is not None:
            count = len(made.offers)
            words = ngettext("%(n)d person is offered a place.", "%(n)d people are offered a place.", count)
            done(request, words % {"n": count})
            return redirect(request.path)
    context = {
        "season": season,
        "found": keeping.bringing_in(groups),
        "may_bring": keeping.may_bring_in(season),
        "form": form,
        **more,
    }
    return render(request, "desk/leisure/keeping.html", context, status=status)
