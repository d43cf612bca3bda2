"""The front door: a question in ordinary words, and what answers it."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from parvis.apps.insight.learning import note_unfound
from parvis.apps.knowledge import queries as knowledge
from parvis.lib import quebec
from parvis.lib.limits import client_address, within_here
from parvis.surfaces.public.ask import screen as ask_screen
from parvis.surfaces.public.forms import TrackForm
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.http_cache import page, same_for_everyone
from parvis.surfaces.public.opening import opening_hours

MOST_KEPT = {"times": 300, "seconds": 3600}  # fruitless questions, in an hour and a process


def home(request: HttpRequest) -> HttpResponseBase:
    """The front door; with `?q=`, the answer to a question."""
    return found(request) if request.GET.get("q", "").strip() else front(request)


@same_for_everyone
def front(request: HttpRequest) -> HttpResponse:
    """The subjects, the kinds of request, how to reach the town, where is my request."""
    return page(
        request,
        "public/home.html",
        {
            "form": TrackForm(),
            "public_nav": nav("home"),
            "nothing_asked": "q" in request.GET,
            "longest": ask_screen.LONGEST,
            "families": [family for family in knowledge.families(get_language() or "fr") if _answers(family)],
            "kinds": ask_screen.kinds(),
            "dates": ask_screen.next_dates(),
            "hours": opening_hours(),
            "alternates": "/",
        },
    )


def _answers(family: knowledge.Family) -> bool:
    return any(card.kind != "request" for card in family.cards)


@require_safe
@cache_control(private=True, no_cache=True)
@vary_on_cookie
def found(request: HttpRequest) -> HttpResponse:
    """What a question found."""
    answered = ask_screen.find(request.GET.get("q", ""), nobody_in_danger=ask_screen.SAFE in request.GET)
    if request.method == "GET" and answered.nothing and _counted(request, answered.words):
        note_unfound(words=answered.words, language=get_language() or "fr")
    context = {
        "found": answered,
        "reading": answered.best,
        "longest": ask_screen.LONGEST,
        "read": quebec.number(ask_screen.LONGEST, get_language() or "fr"),
        "public_nav": nav("home"),
    }
    return page(request, "public/ask/found.html", context)


def _counted(request: HttpRequest, words: str) -> bool:
    """Whether a fruitless question is kept for the editors: once an hour for the same words, and within reason."""
    here = client_address(request)
    asked = within_here("unfound", f"{here} {words}", times=1, seconds=3600)
    return asked and within_here("unfound", here, times=20, seconds=3600) and within_here("unfound", "", **MOST_KEPT)


@require_safe
@cache_control(private=True, no_cache=True)
@vary_on_cookie
def proposals(request: HttpRequest) -> HttpResponse:
    """What the field of the front door proposes while one types."""
    return render(request, "ui/parts/options.html", {"options": ask_screen.proposals(request.GET.get("q", ""))})
