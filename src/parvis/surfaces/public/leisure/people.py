"""For whom someone signed in registers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from parvis.apps.households.models import Assurance, Household
from parvis.apps.households.queries import household_of, individual_of
from parvis.apps.residents.models import Account
from parvis.apps.residents.web.sessions import account_of
from parvis.surfaces.public.follow.views import private
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.way_back import keep_way_back

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Registrant:
    """Someone signed in, and the household for which they register, if they opened or joined one."""

    account: Account
    household: Household | None

    @property
    def assurance(self) -> Assurance:
        """How surely the town knows them."""
        individual = individual_of(self.account)
        return individual.assurance if individual else Assurance.PROVED_ADDRESS


def registrant_of(request: HttpRequest) -> Registrant | None:
    """Who is signed in to this browser; None for nobody. Reads no session without its cookie."""
    account = account_of(request)
    return Registrant(account, household_of(account)) if account else None


def with_household(view: View) -> View:
    """Gives the view who registers, and for which household; others are told how to enter, and then come back here."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        registrant = registrant_of(request)
        if registrant is not None and registrant.household is not None:
            return view(request, registrant, registrant.household, *args, **kwargs)
        if request.method == "POST":
            return redirect("public:leisure_enter")
        keep_way_back(request, request.path)
        page = {
            "title": _("My registrations"),
            "signed_in": registrant is not None,
            "public_nav": nav("file"),
        }
        return private(render(request, "public/leisure/enter.html", page))

    return never_cache(guarded)


@never_cache
def enter(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Leads to the way in, and from there back to a group, or to the basket."""
    to = reverse("public:leisure_group", args=[slug]) if slug else reverse("public:cart")
    registrant = registrant_of(request)
    if registrant and registrant.household:
        return redirect(to)
    keep_way_back(request, to)
    return redirect("public:household" if registrant else "public:file")
