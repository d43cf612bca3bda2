"""The home page: a question in ordinary words, and its result."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie, vary_on_headers

from parvis.apps.content import queries as content
from parvis.apps.insight.services.learning import note_unfound_from
from parvis.apps.news import queries as news
from parvis.lib import quebec
from parvis.lib.limits import client_address
from parvis.surfaces.public import framing
from parvis.surfaces.public.answers.screen import language
from parvis.surfaces.public.ask import screen as ask_screen
from parvis.surfaces.public.ask.dates import answered, next_dates
from parvis.surfaces.public.forms import TrackForm
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.http_cache import page, same_for_everyone, saves_data
from parvis.surfaces.public.news.screen import Asked, feeds_of
from parvis.surfaces.public.news.season import season_now
from parvis.surfaces.public.opening import opening_hours

NEWS = 3  # beside the first one, which has the picture


def home(request: HttpRequest) -> HttpResponseBase:
    """The home page; with `?q=`, the result of a question."""
    return _result_page(request) if request.GET.get("q", "").strip() else _front_page(request)


def question(request: HttpRequest) -> HttpResponseBase:
    """The question box alone, for a frame; with `?q=`, the result of a question."""
    return _result_page(request) if request.GET.get("q", "").strip() else _question_box(request)


@require_safe
@cache_control(private=True, no_cache=True)
@vary_on_cookie
def _question_box(request: HttpRequest) -> HttpResponse:
    context = {"nothing_asked": "q" in request.GET, "longest": ask_screen.LONGEST, **framing.context(request)}
    return page(request, "public/embed/question.html", context)


@vary_on_headers("Save-Data")
@same_for_everyone
def _front_page(request: HttpRequest) -> HttpResponse:
    """The subjects, the kinds of request, how to reach the town, how to follow a request."""
    newest = news.newest(1 + NEWS)
    return page(
        request,
        "public/home.html",
        {
            "form": TrackForm(),
            "public_nav": nav("home"),
            "nothing_asked": "q" in request.GET,
            "longest": ask_screen.LONGEST,
            "families": answered(content.families(language())),
            "kinds": ask_screen.kinds(),
            "dates": next_dates(),
            "lead": newest[0] if newest else None,
            "news": newest[1:],
            "feeds": feeds_of(Asked()),
            "season": season_now(),
            "saves_data": saves_data(request),
            "og_title": _("Ask your question"),
            "hours": opening_hours(),
            "alternates": "/",
        },
    )


@require_safe
@cache_control(private=True, no_cache=True)
@vary_on_cookie
def _result_page(request: HttpRequest) -> HttpResponse:
    """The result of a question. One without any is recorded for the editors."""
    result = ask_screen.find(request.GET.get("q", ""), nobody_in_danger=ask_screen.SAFE in request.GET)
    if request.method == "GET" and result.nothing:
        note_unfound_from(client=client_address(request), words=result.words, language=language())
    context = {
        "found": result,
        "reading": result.best,
        "longest": ask_screen.LONGEST,
        "read": quebec.number(ask_screen.LONGEST, language()),
        "public_nav": nav("home"),
        **framing.context(request),
    }
    return page(request, "public/ask/found.html", context)


@require_safe
@cache_control(private=True, no_cache=True)
@vary_on_cookie
def proposals(request: HttpRequest) -> HttpResponse:
    """The suggestions under the question's field of the home page."""
    return render(request, "ui/parts/options.html", {"options": ask_screen.proposals(request.GET.get("q", ""))})
