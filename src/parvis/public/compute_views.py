"""Pages where something is worked out: plain forms that ask again at the same address, results that can be shared."""

from django.http import HttpRequest, HttpResponse

from parvis.knowledge import queries
from parvis.public import compute_screen
from parvis.public.answer_screen import language
from parvis.public.everyone import page, same_for_everyone
from parvis.public.frame import nav


@same_for_everyone
def calculation(request: HttpRequest, slug: str) -> HttpResponse:
    """An amount or a date, from what was typed and the facts in force."""
    return _page(request, compute_screen.calculation(slug, request.GET))


@same_for_everyone
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    """Questions one after the other, then an outcome; `vu` names those that were shown."""
    return _page(request, compute_screen.guide(slug, request.GET))


def _page(request: HttpRequest, sheet: compute_screen.Sheet) -> HttpResponse:
    group = sheet.reading.card.group
    family = next((one for one in queries.families(language()) if one.slug == group), None)
    typed = bool(set(request.GET) - {"langue"})
    context = {"sheet": sheet, "family": family, "public_nav": nav("answers"), "alternates": request.path}
    return page(request, "public/compute/page.html", context | {"typed": typed})
