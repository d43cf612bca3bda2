"""Choice of the look and of the language, and the pages shown when something fails."""

import logging
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from parvis.ui.context import LANGUAGE_PARAMETER, LOOK_COOKIE, LOOKS, reader

log = logging.getLogger(__name__)
YEAR = 365 * 24 * 3600
SHEETS = ("tokens", "base", "controls", "plain")


def back(request: HttpRequest) -> str:
    """Where to return: `next`, else the page the reader comes from, else the home page; never another site."""
    data = request.POST if request.method == "POST" else request.GET
    for url in (data.get("next"), request.headers.get("referer")):
        if url and url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
            return url
    return "/"


def remember(response: HttpResponseBase, cookie: str, value: str) -> None:
    """Keeps a choice of display in a cookie for a year."""
    response.set_cookie(
        cookie, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=False
    )


def _back_with(request: HttpRequest, cookie: str, value: str) -> HttpResponse:
    """Back, to an address that names no language itself: it would take the choice back."""
    parts = urlsplit(back(request))
    kept = [(name, said) for name, said in parse_qsl(parts.query, True) if name != LANGUAGE_PARAMETER]
    response = HttpResponseRedirect(parts._replace(query=urlencode(kept)).geturl())
    remember(response, cookie, value)
    return response


@csrf_exempt  # a preference of display: a forged one harms nobody, and pages stay free of tokens
@never_cache
@require_http_methods(["GET", "POST"])
def look(request: HttpRequest) -> HttpResponse:
    """Keeps the look named by `look` in a cookie for a year and goes back; an unknown look changes nothing."""
    data = request.POST if request.method == "POST" else request.GET
    chosen = data.get("look", "")
    return _back_with(request, LOOK_COOKIE, chosen) if chosen in LOOKS else HttpResponseRedirect(back(request))


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def language(request: HttpRequest) -> HttpResponse:
    """Keeps the language named by `language` in a cookie for a year and goes back; an unknown one changes nothing."""
    data = request.POST if request.method == "POST" else request.GET
    chosen = data.get("language", "")
    known = chosen in dict(settings.LANGUAGES)
    return _back_with(request, settings.LANGUAGE_COOKIE_NAME, chosen) if known else HttpResponseRedirect(back(request))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """The page of an address that leads nowhere."""
    return render(request, "ui/errors/404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """The page of someone who may not enter."""
    return render(request, "ui/errors/403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """The page of a form sent too late, or from elsewhere; what was typed is still behind the back button."""
    log.warning("form refused: %s", reason)
    return render(request, "ui/errors/csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """The page of a failure of ours. It asks nothing of the database, the session or the context processors."""
    context = reader(get_language(), request.COOKIES.get(LOOK_COOKIE))
    context |= {"sheets": [_address(f"ui/css/{name}.css") for name in SHEETS]}
    context |= {"request_id": getattr(request, "request_id", "")}
    return HttpResponse(render_to_string("ui/errors/500.html", context), status=500)


def _address(path: str) -> str:
    """The address of a static file, even when the list of the collected files is what is missing."""
    try:
        return staticfiles_storage.url(path)
    except ValueError:
        return f"{settings.STATIC_URL}{path}"
