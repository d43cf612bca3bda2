"""The financial aid of a household, for who manages leisure: given, changed, ended, with its reason."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.households.models import Household
from parvis.apps.leisure.models import Season
from parvis.apps.leisure.queries import catalogue
from parvis.apps.leisure.queries.aid import aid_of
from parvis.apps.leisure.services import aid as aids
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.surfaces.desk.leisure import household_screen as screen
from parvis.surfaces.desk.leisure.forms import AidForm
from parvis.surfaces.desk.leisure.household_views import log_reading, of_household
from parvis.ui.messages import done
from parvis.ui.views import or_404


@requires(Action.MANAGE_LEISURE, "GET", "POST")
@of_household
def aid(request: HttpRequest, one: Household) -> HttpResponseBase:
    """The aid of a household in a season (`season`); a POST gives it, or ends it (`do`). The reading is logged."""
    user = agent_of(request)
    values = request.POST if request.method == "POST" else request.GET
    season = or_404(screen.season_of(values))
    if request.method != "POST":
        log_reading(user, one)
        return _page(request, one, season)
    if request.POST.get("do") == "end":
        aids.end_aid(household=one, season=season, by=user)
        done(request, _("The aid is ended. What it took off what was billed stays."))
        return _back(one, season)
    form = AidForm(request.POST)
    made, status = submit(form, lambda: aids.give_aid(household=one, season=season, **form.cleaned_data, by=user))
    if made is None:
        return _page(request, one, season, form, status)
    done(request, _("The aid is given. It is taken off what is billed from now on."))
    return _back(one, season)


def _page(
    request: HttpRequest, one: Household, season: Season, form: AidForm | None = None, status: int = 200
) -> HttpResponse:
    held = aid_of(one, season)
    context: dict[str, Any] = {
        "household": one,
        "season": season,
        "seasons": catalogue.published_seasons(),
        "held": held,
        "form": form or AidForm.of(held.aid if held else None, season),
    }
    return render(request, "desk/leisure/aid.html", context, status=status)


def _back(one: Household, season: Season) -> HttpResponseBase:
    address = reverse("desk:household_aid", args=[one.public_id])
    return redirect(f"{address}?{urlencode({'season': season.slug})}")
