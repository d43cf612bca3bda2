"""Pages where something is worked out: plain forms that ask again at the same address, results that can be shared."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from parvis.apps.knowledge import calculators, queries
from parvis.surfaces.public.answers.screen import language
from parvis.surfaces.public.ask import compute_screen
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.http_cache import of_the_moment, page, same_for_everyone


def calculation(request: HttpRequest, slug: str) -> HttpResponseBase:
    """An amount or a date, from what was typed and the facts in force; "open now?" is made again each time."""
    moving = any(calculator.of_the_moment for calculator in calculators.calculators_on(slug, language()))
    return (_now if moving else _kept)(request, slug)


@same_for_everyone
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    """Questions one after the other, then an outcome; `vu` names those that were shown."""
    return _page(request, compute_screen.sheet(slug, request.GET, guided=True))


@same_for_everyone
def _kept(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, compute_screen.sheet(slug, request.GET, guided=False))


@of_the_moment
def _now(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, compute_screen.sheet(slug, request.GET, guided=False))


def _page(request: HttpRequest, sheet: compute_screen.Sheet) -> HttpResponse:
    group = sheet.reading.card.group
    family = next((item for item in queries.families(language()) if item.slug == group), None)
    typed = bool(set(request.GET) - {"langue"})
    context = {"sheet": sheet, "family": family, "public_nav": nav("answers"), "alternates": request.path}
    return page(request, "public/compute/page.html", context | {"typed": typed})
