"""Display preferences (look and language), and error pages."""

import logging
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from parvis.lib.limits import stores_nothing
from parvis.ui.context import LANGUAGE_PARAMETER, LOOK_COOKIE, LOOKS, reader

T = TypeVar("T")
log = logging.getLogger(__name__)
YEAR = 365 * 24 * 3600
SHEETS = ("tokens", "base", "controls", "plain")


def or_404(found: T | None) -> T:
    """What was found; raises Http404 when it is nothing."""
    if found is None:
        raise Http404
    return found


def wants_page(request: HttpRequest) -> bool:
    """Whether a person navigates, and is shown a page; a script is told plain words."""
    return "HX-Request" not in request.headers and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def back(request: HttpRequest) -> str:
    """The URL to return to: `next`, else the referring page, else the home page; never another site."""
    data = request.POST if request.method == "POST" else request.GET
    for url in (data.get("next"), request.headers.get("referer")):
        if url and url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
            return url
    return "/"


def remember(response: HttpResponseBase, cookie: str, value: str) -> None:
    """Stores a display preference in a cookie for a year."""
    response.set_cookie(
        cookie, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=False
    )


def _back_with(request: HttpRequest, cookie: str, value: str) -> HttpResponse:
    """Redirects back, without the language parameter, which would override the choice."""
    parts = urlsplit(back(request))
    query = [(name, text) for name, text in parse_qsl(parts.query, True) if name != LANGUAGE_PARAMETER]
    response = HttpResponseRedirect(parts._replace(query=urlencode(query)).geturl())
    remember(response, cookie, value)
    return response


@csrf_exempt  # a forged display preference is harmless, and pages need no token
@stores_nothing
@never_cache
@require_http_methods(["GET", "POST"])
def look(request: HttpRequest) -> HttpResponse:
    """Stores the look named by `look` in a cookie for a year and redirects back; ignores an unknown look."""
    data = request.POST if request.method == "POST" else request.GET
    chosen = data.get("look", "")
    return _back_with(request, LOOK_COOKIE, chosen) if chosen in LOOKS else HttpResponseRedirect(back(request))


@csrf_exempt
@stores_nothing
@never_cache
@require_http_methods(["GET", "POST"])
def language(request: HttpRequest) -> HttpResponse:
    """Stores the language named by `language` in a cookie for a year and redirects back; ignores an unknown one."""
    data = request.POST if request.method == "POST" else request.GET
    chosen = data.get("language", "")
    known = chosen in dict(settings.LANGUAGES)
    return _back_with(request, settings.LANGUAGE_COOKIE_NAME, chosen) if known else HttpResponseRedirect(back(request))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """The 404 page."""
    return render(request, "ui/errors/404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """The 403 page."""
    return render(request, "ui/errors/403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """The page for a form with an expired or foreign token; the browser's back button restores the input."""
    log.warning("form refused: %s", reason)
    return render(request, "ui/errors/csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """The 500 page."""
    return failure(request, "ui/errors/500.html", 500)


def failure(request: HttpRequest, template: str, status: int, **more: object) -> HttpResponse:
    """A page that extends that of errors, with `more` in its context.

    It uses neither the database, the session nor the context processors.
    """
    context = reader(get_language(), request.COOKIES.get(LOOK_COOKIE)) | more
    context |= {"sheets": [_static_url(f"ui/css/{name}.css") for name in SHEETS]}
    context |= {"request_id": getattr(request, "request_id", "")}
    return HttpResponse(render_to_string(template, context), status=status)


def _static_url(path: str) -> str:
    """The URL of a static file, even when the manifest of collected files is missing."""
    try:
        return staticfiles_storage.url(path)
    except ValueError:
        return f"{settings.STATIC_URL}{path}"
