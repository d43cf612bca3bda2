"""The home page: a question in ordinary words, and its result."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie, vary_on_headers

from parvis.apps.content.queries import answers
from parvis.apps.insight.services.learning import note_unfound_from
from parvis.apps.news.queries import snapshot
from parvis.lib import quebec
from parvis.lib.limits import client_address
from parvis.surfaces.public import framing
from parvis.surfaces.public.answers.screen import language
from parvis.surfaces.public.ask import screen as ask_screen
from parvis.surfaces.public.ask.dates import answered, next_dates
from parvis.surfaces.public.ask.references import follow_url, reference_in
from parvis.surfaces.public.forms import TrackForm
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.http_cache import page, same_for_everyone, saves_data
from parvis.surfaces.public.leisure.catalogue_views import groups_about
from parvis.surfaces.public.news.screen import Asked, feeds_of
from parvis.surfaces.public.news.season import season_now
from parvis.surfaces.public.opening import opening_hours
from parvis.ui.context import LANGUAGE_PARAMETER

NEWS = 3  # beside the first one, which has the picture


def home(request: HttpRequest) -> HttpResponseBase:
    """The home page; with `?q=`, the result of a question, or the way to the request whose number was typed."""
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
    newest = snapshot.newest(1 + NEWS)
    return page(
        request,
        "public/home.html",
        {
            "form": TrackForm(),
            "public_nav": nav("home"),
            "nothing_asked": "q" in request.GET,
            "longest": ask_screen.LONGEST,
            "families": answered(answers.families(language())),
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
    """The result of a question. One without any is recorded for the editors. The number of a request leads to the page
    that follows it.
    """
    if reference := reference_in(request.GET.get("q", "")):
        return _follow(request, reference)
    result = ask_screen.find(request.GET.get("q", ""), nobody_in_danger=ask_screen.SAFE in request.GET)
    if request.method == "GET" and result.nothing:
        note_unfound_from(client=client_address(request), words=result.words, language=language())
    context = {
        "found": result,
        "reading": result.best,
        "longest": ask_screen.LONGEST,
        "read": quebec.number(ask_screen.LONGEST, language()),
        "public_nav": nav("home"),
        "groups": [] if result.danger else groups_about(result.words),
        **framing.context(request),
    }
    return page(request, "public/ask/found.html", context)


def _follow(request: HttpRequest, reference: str) -> HttpResponse:
    """Leads to the page that follows a request; from a frame, where that page is not shown, by a link."""
    url = follow_url(reference)
    if language_asked := request.GET.get(LANGUAGE_PARAMETER, ""):
        url += f"&{urlencode({LANGUAGE_PARAMETER: language_asked})}"
    if not framing.is_framed(request):
        return redirect(url)
    context = {"reference": reference, "follow_url": url, "words": request.GET["q"], "longest": ask_screen.LONGEST}
    return page(request, "public/embed/follow.html", context | framing.context(request))


@require_safe
@cache_control(private=True, no_cache=True)
@vary_on_cookie
def proposals(request: HttpRequest) -> HttpResponse:
    """The suggestions under the question's field of the home page."""
    question = request.GET.get("q", "")
    reference = reference_in(question)
    options = [_follow_proposal(reference)] if reference else ask_screen.proposals(question)
    return render(request, "ui/parts/options.html", {"options": options})


def _follow_proposal(reference: str) -> dict[str, str]:
    label = _("Follow request %(reference)s") % {"reference": reference}
    return {"label": label, "detail": _("With its code"), "icon": "search", "url": follow_url(reference)}
