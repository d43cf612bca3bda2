"""The home page: a question in ordinary words, and its result."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from parvis.apps.content import queries as content
from parvis.apps.insight.services.learning import note_unfound
from parvis.lib import quebec
from parvis.lib.limits import client_address, within_here
from parvis.surfaces.public.answers.screen import language
from parvis.surfaces.public.ask import screen as ask_screen
from parvis.surfaces.public.forms import TrackForm
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.http_cache import page, same_for_everyone
from parvis.surfaces.public.opening import opening_hours

MOST_RECORDED = {"times": 300, "seconds": 3600}  # unanswered questions, an hour and a process


def home(request: HttpRequest) -> HttpResponseBase:
    """The home page; with `?q=`, the result of a question."""
    return _result_page(request) if request.GET.get("q", "").strip() else _front_page(request)


@same_for_everyone
def _front_page(request: HttpRequest) -> HttpResponse:
    """The subjects, the kinds of request, how to reach the town, how to follow a request."""
    return page(
        request,
        "public/home.html",
        {
            "form": TrackForm(),
            "public_nav": nav("home"),
            "nothing_asked": "q" in request.GET,
            "longest": ask_screen.LONGEST,
            "families": [family for family in content.families(language()) if _has_answers(family)],
            "kinds": ask_screen.kinds(),
            "dates": ask_screen.next_dates(),
            "hours": opening_hours(),
            "alternates": "/",
        },
    )


def _has_answers(family: content.Family) -> bool:
    return any(card.kind != "request" for card in family.cards)


@require_safe
@cache_control(private=True, no_cache=True)
@vary_on_cookie
def _result_page(request: HttpRequest) -> HttpResponse:
    """The result of a question. One without any is recorded for the editors."""
    result = ask_screen.find(request.GET.get("q", ""), nobody_in_danger=ask_screen.SAFE in request.GET)
    if request.method == "GET" and result.nothing and _may_record(request, result.words):
        note_unfound(words=result.words, language=language())
    context = {
        "found": result,
        "reading": result.best,
        "longest": ask_screen.LONGEST,
        "read": quebec.number(ask_screen.LONGEST, language()),
        "public_nav": nav("home"),
    }
    return page(request, "public/ask/found.html", context)


def _may_record(request: HttpRequest, words: str) -> bool:
    """Whether an unanswered question is recorded: per client, once an hour for the same words and 20 times in all."""
    client = client_address(request)
    return (
        within_here("unfound", f"{client} {words}", times=1, seconds=3600)
        and within_here("unfound", client, times=20, seconds=3600)
        and within_here("unfound", "", **MOST_RECORDED)
    )


@require_safe
@cache_control(private=True, no_cache=True)
@vary_on_cookie
def proposals(request: HttpRequest) -> HttpResponse:
    """The suggestions under the question's field of the home page."""
    return render(request, "ui/parts/options.html", {"options": ask_screen.proposals(request.GET.get("q", ""))})
