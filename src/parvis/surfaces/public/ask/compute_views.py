"""Calculators and guides: GET forms submitted to their own URL, so that results can be shared."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from parvis.apps.calculators.queries import registry
from parvis.apps.content.queries import answers
from parvis.surfaces.public.answers.screen import language
from parvis.surfaces.public.ask import compute_screen
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.http_cache import of_the_moment, page, same_for_everyone


def calculation(request: HttpRequest, slug: str) -> HttpResponseBase:
    """An amount or a date, from the typed values and the facts in force; "open now?" is never cached."""
    volatile = any(calculator.of_the_moment for calculator in registry.calculators_on(slug, language()))
    view = of_the_moment(_page) if volatile else same_for_everyone(_page)
    return view(request, slug, guided=False)


@same_for_everyone
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    """Questions one after the other, then an outcome; `vu` names the questions already shown."""
    return _page(request, slug, guided=True)


def _page(request: HttpRequest, slug: str, *, guided: bool) -> HttpResponse:
    sheet = compute_screen.sheet(slug, request.GET, guided=guided)
    group = sheet.reading.card.group
    family = next((family for family in answers.families(language()) if family.slug == group), None)
    typed = bool(set(request.GET) - {"langue"})
    context = {"sheet": sheet, "family": family, "public_nav": nav("answers"), "alternates": request.path}
    return page(request, "public/compute/page.html", context | {"typed": typed})
