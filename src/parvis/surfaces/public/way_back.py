"""Where someone who had to enter by a code was going: kept in their session, never in an address."""

from django.http import HttpRequest
from django.urls import reverse

_KEY = "way-back"


def keep_way_back(request: HttpRequest, url: str) -> None:
    """Keeps the path of a page of this site, to which entering then leads."""
    request.session[_KEY] = url


def way_back(request: HttpRequest) -> str:
    """The path kept, once; else that of one's own page."""
    return _path(request.session.pop(_KEY, "")) or reverse("public:file")


def kept_way_back(request: HttpRequest) -> str:
    """The path kept, which stays so; "" without one."""
    return _path(request.session.get(_KEY, ""))


def _path(kept: object) -> str:
    return kept if isinstance(kept, str) and kept.startswith("/") else ""
