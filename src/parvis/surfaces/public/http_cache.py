"""Cacheable pages, identical for every reader: no session, no Set-Cookie, and a 304 in a millisecond when unchanged.

Their ETag covers everything they depend on: the release, the URL, the language and theme, the town, the content
version, the news, the alerts, whether a season of leisure is published, and the day, since facts expire. A matching
If-None-Match gets a 304 without rendering.
"""

from collections.abc import Callable
from functools import cache, wraps
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, conditional_page, require_safe
from django.views.decorators.vary import vary_on_cookie

from parvis.apps.cases.queries.reporting.sla_compliance import kept_by_subject
from parvis.apps.content.queries import advisories, notices
from parvis.apps.content.queries.answers import cache_key
from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import town
from parvis.apps.news.queries import snapshot
from parvis.apps.schedules.queries import water
from parvis.lib.errors import NotFound
from parvis.surfaces.public import opening
from parvis.surfaces.public.frame import english_offered, seasons
from parvis.ui.context import LOOK_COOKIE, LOOKS

View = Callable[..., HttpResponseBase]
PACKAGE = Path(__file__).parents[2]


@cache
def release() -> str:
    """A digest of the whole installed code, any part of which may affect a page."""
    digest = sha256(settings.STATIC_URL.encode())
    for path in sorted(PACKAGE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(PACKAGE)} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def etag(request: HttpRequest, *_args: Any, **_kwargs: Any) -> str:
    """The strong ETag of one of these pages, in the reader's language and theme, with or without pictures."""
    look = request.COOKIES.get(LOOK_COOKIE, "")
    parts = (
        release(),
        settings.PARVIS_DEMO,
        request.get_full_path(),
        get_language(),
        look if look in LOOKS else "",
        saves_data(request),
        _town_values(),
        cache_key(),
        notices.mark(),
        advisories.mark(),
        water.mark(),
        snapshot.mark(),
        opening.mark(),
        bool(seasons()),
        sorted(kept_by_subject().items()),
    )
    return f'"{sha256(repr(parts).encode()).hexdigest()[:32]}"'


def saves_data(request: HttpRequest) -> bool:
    """Whether the reader's browser asks for little data (the client hint Save-Data)."""
    return request.headers.get("Save-Data", "").strip().lower() == "on"


def _town_values() -> list[object]:
    try:
        current_town = town()
    except NotFound:
        return []
    return [getattr(current_town, field.attname) for field in Town._meta.concrete_fields]


def same_for_everyone(view: View) -> View:
    """Serves GET and HEAD of a page rendered by `page`, with `etag`; 304 when the reader's copy is current."""
    fresh = cache_control(no_cache=True)(vary_on_cookie(condition(etag_func=etag)(view)))
    return wraps(view)(require_safe(fresh))


def of_the_moment(view: View) -> View:
    """Serves GET and HEAD of a page that may change at any minute: always rendered, sent only when it differs."""
    fresh = cache_control(no_cache=True)(vary_on_cookie(conditional_page(view)))
    return wraps(view)(require_safe(fresh))


def page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Renders a page without anything specific to a reader or a moment: messages, the current time."""
    shared = {"site": settings.PARVIS_URL, "english": english_offered(), "messages": (), "page_now": None}
    return render(request, template, context | shared, status=status)
