"""What a database may refuse to keep or to look for: the NUL character in a text, and an id that fits in no column."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict, UnreadablePostError

NUL = "\0"
LARGEST_ID = 2**63 - 1  # of a 64-bit column


class WithoutNul:
    """Takes NUL out of what a form or the end of an address brings; an address that itself holds one leads nowhere."""

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
            pass  # the reader left in the middle of sending: the view finds nothing, and nobody waits for its answer
        return self.get_response(request)


class PossibleIds:
    """Takes a number larger than any row's for the largest, which no row has: SQLite would refuse to look for it, where
    the view says in its own words that nothing is there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: dict[str, Any]) -> None:
        """Changes the numbers that the address gives to its view."""
        kwargs |= {name: LARGEST_ID for name, value in kwargs.items() if isinstance(value, int) and value > LARGEST_ID}


def _without(data: QueryDict) -> QueryDict:
    kept = data.copy()
    for name, values in data.lists():
        kept.setlist(name, [str(value).replace(NUL, "") for value in values])
    return QueryDict(kept.urlencode(), encoding=data.encoding)
