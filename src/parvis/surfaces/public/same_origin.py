"""Cross-site request forgery protection for cacheable pages, whose forms cannot carry a token.

It relies on headers that a page cannot forge (Sec-Fetch-Site, Origin, else Referer): what OWASP's cheat sheet on
cross-site request forgery calls fetch metadata, with verification of the origin as a fallback.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from parvis.ui.views import csrf_failure

View = Callable[..., HttpResponseBase]
SAFE = ("GET", "HEAD")


def is_same_origin(request: HttpRequest) -> bool:
    """Whether the request comes from a page of this site, or from a client that is not a browser (no such header)."""
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site:
        return fetch_site in ("same-origin", "none")
    for name in ("Origin", "Referer"):
        if url := request.headers.get(name):
            try:
                parts = urlsplit(url)
            except ValueError:  # such as "http://[", which no browser sends
                return False
            origin = f"{parts.scheme}://{parts.netloc}"
            return origin in (f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS)
    return True


def same_origin(view: View) -> View:
    """Refuses unsafe requests sent by another site, without a token or a cookie."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in SAFE and not is_same_origin(request):
            return csrf_failure(request, "another site sent it")
        return view(request, *args, **kwargs)

    return guarded
