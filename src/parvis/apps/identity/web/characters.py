"""Middleware against values that a database rejects: NUL characters, and ids too large for a column."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.utils.deprecation import MiddlewareMixin

NUL = "\0"
LARGEST_ID = 2**63 - 1  # of a 64-bit column


class WithoutNul:
    """Removes NUL characters from forms and query strings; answers 404 when the path contains one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL in request.path_info:
            raise Http404
        if "%00" in request.META.get("QUERY_STRING", "") or NUL in request.META.get("QUERY_STRING", ""):
            request.GET = _without(request.GET)  # type: ignore[assignment]
        try:
            if any(NUL in value for _name, values in request.POST.lists() for value in values):
                request.POST = _without(request.POST)  # type: ignore[assignment]
        except UnreadablePostError:
            pass  # the client disconnected while sending: nobody waits for the response
        return self.get_response(request)


class PossibleIds(MiddlewareMixin):
    """Replaces ids too large for SQLite by the largest one, which no row has, so that the view answers 404."""

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: dict[str, Any]) -> None:
        """Caps the integers from the URL."""
        kwargs |= {name: LARGEST_ID for name, value in kwargs.items() if isinstance(value, int) and value > LARGEST_ID}


def _without(data: QueryDict) -> QueryDict:
    cleaned = data.copy()
    for name, values in data.lists():
        cleaned.setlist(name, [str(value).replace(NUL, "") for value in values])
    return QueryDict(cleaned.urlencode(), encoding=data.encoding)
