"""Pages that are the same for everyone: no session, no cookie set, and an answer in a millisecond when nothing changed.

Their ETag says what they are made of: the release, the address, the language and the look, the town, the edition of
what it says and the day, which makes facts lapse. Asked again with it, they answer 304 without being made.
"""

from collections.abc import Callable
from functools import cache, wraps
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, conditional_page, require_safe
from django.views.decorators.vary import vary_on_cookie

from parvis.apps.cases.sla_compliance import kept_by_subject
from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import town
from parvis.apps.knowledge import notices
from parvis.apps.knowledge import queries as knowledge
from parvis.apps.schedules.queries import water
from parvis.lib.errors import NotFound
from parvis.surfaces.public.frame import english_offered
from parvis.ui.context import LOOK_COOKIE, LOOKS

View = Callable[..., HttpResponseBase]
WHOLE = Path(__file__).parents[2]


@cache
def release() -> str:
    """A stamp of the installed code as a whole: whatever changes in it may change a page."""
    digest = sha256(settings.STATIC_URL.encode())
    for path in sorted(WHOLE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(WHOLE)} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def etag(request: HttpRequest, *_args: Any, **_kwargs: Any) -> str:
    """The strong validator of one of these pages, for this reader."""
    look = request.COOKIES.get(LOOK_COOKIE, "")
    parts = (
        release(),
        settings.PARVIS_DEMO,
        request.get_full_path(),
        get_language(),
        look if look in LOOKS else "",
        _town_as_of(),
        knowledge.fresh_as_of(),
        notices.mark(),
        water.mark(),
        sorted(kept_by_subject().items()),
    )
    return f'"{sha256(repr(parts).encode()).hexdigest()[:32]}"'


def _town_as_of() -> list[object]:
    try:
        here = town()
    except NotFound:
        return []
    return [getattr(here, field.attname) for field in Town._meta.concrete_fields]


def same_for_everyone(view: View) -> View:
    """Answers GET and HEAD of a page made with `page`, with its ETag; 304 when the reader has it already."""
    fresh = cache_control(no_cache=True)(vary_on_cookie(condition(etag_func=etag)(view)))
    return wraps(view)(require_safe(fresh))


def of_the_moment(view: View) -> View:
    """Answers GET and HEAD of a page that any minute may change: made each time, sent only when it differs."""
    fresh = cache_control(no_cache=True)(vary_on_cookie(conditional_page(view)))
    return wraps(view)(require_safe(fresh))


def page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Renders a page without what belongs to one reader or one moment: messages, the hour."""
    around = {"site": settings.PARVIS_URL, "english": english_offered(), "messages": (), "page_now": None}
    return render(request, template, context | around, status=status)
