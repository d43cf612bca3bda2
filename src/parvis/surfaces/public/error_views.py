"""The error pages of the public site: with the alerts in force, and a way on."""

import sys
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from parvis.apps.directory.queries import town_or_latest
from parvis.lib.disk import is_full
from parvis.surfaces.public.ask.screen import LONGEST
from parvis.surfaces.public.frame import english_offered, nav
from parvis.ui import views as plain

RETRY_SECONDS = 300
# What is not for the public, or stands alone on a screen, keeps the bare pages.
NOT_PUBLIC = ("/desk/", "/edition/", "/staff/", "/dev/", "/hooks/", "/api/", "/open311/", "/panneau/", "/attente/")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """The 404 page, with the question box. When the database cannot be read, Django answers by the static 500 page."""
    if request.path.startswith(NOT_PUBLIC):
        return plain.not_found(request, exception)
    context = {"public_nav": nav(), "longest": LONGEST, "messages": (), "english": english_offered()}
    return render(request, "public/errors/404.html", context, status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """The 403 page."""
    if request.path.startswith(NOT_PUBLIC):
        return plain.forbidden(request, exception)
    context = {"public_nav": nav(), "messages": (), "english": english_offered()}
    return render(request, "public/errors/403.html", context, status=403)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """The 500 page of every surface; 503 when the error handled is that of a full disk: see `full`."""
    return full(request) if is_full(sys.exc_info()[1]) else plain.server_error(request)


def full(request: HttpRequest) -> HttpResponse:
    """The page of a full disk."""
    return again(request, "public/errors/full.html", status=503, seconds=RETRY_SECONDS)


def again(request: HttpRequest, template: str, *, status: int, seconds: int, **more: Any) -> HttpResponse:
    """A page with the phone of the town, and the form that was sent, to be read, copied and sent again in `seconds`.

    What was typed comes back, except passwords; `more` goes to the template. The database is read for the town's phone
    only, and need not answer.
    """
    posted = [(name, value) for name, values in _post(request) for value in values if "password" not in name]
    context = {
        "posted": posted,
        "words": [value for _name, value in posted if " " in value.strip()],
        "files": (request.content_type or "").startswith("multipart/"),
        "address": request.get_full_path(),
        "town": town_or_latest(),
        **more,
    }
    response = plain.failure(request, template, status, **context)
    if seconds:
        response["Retry-After"] = str(seconds)
    add_never_cache_headers(response)
    return response


def _post(request: HttpRequest) -> list[tuple[str, list[str]]]:
    """The fields of the form that was sent; none when a full disk kept it from being read."""
    try:
        return list(request.POST.lists())
    except Exception:  # a form whose files could not be stored cannot be read twice
        return []
