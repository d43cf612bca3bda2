"""Forms of pages that are the same for everyone, and so carry no token: only this site's own pages may send them.

A browser says where a form comes from (Sec-Fetch-Site, Origin, else Referer) and no page can make it say otherwise:
what OWASP's cheat sheet on cross-site request forgery calls fetch metadata, with verification of the origin behind it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from parvis.ui.views import csrf_failure

View = Callable[..., HttpResponseBase]
SAFE = ("GET", "HEAD")


def from_here(request: HttpRequest) -> bool:
    """Whether the request comes from a page of this site, or from no browser at all (no header says)."""
    fetched = request.headers.get("Sec-Fetch-Site")
    if fetched:
        return fetched in ("same-origin", "none")
    for name in ("Origin", "Referer"):
        if said := request.headers.get(name):
            try:
                parts = urlsplit(said)
            except ValueError:  # "http://[": no browser says so
                return False
            origin = f"{parts.scheme}://{parts.netloc}"
            return origin in (f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS)
    return True


def same_origin(view: View) -> View:
    """Refuses what another site sends, without a token nor a cookie."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in SAFE and not from_here(request):
            return csrf_failure(request, "another site sent it")
        return view(request, *args, **kwargs)

    return guarded
