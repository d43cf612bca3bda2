"""What no text can hold: U+0000, which PostgreSQL refuses and which no keyboard types."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.utils.translation import gettext as _

from parvis.surfaces.public.error_views import again
from parvis.ui.views import wants_page

NUL, SHOWN = "\0", "␀"
TIDIED = "/hooks/"  # what a carrier brings: refused, the message of someone would be lost
REFUSES_ITSELF = ("/api/", "/open311/")  # in their own words
SEND_AGAIN_IN = 0  # seconds: at once
Next = Callable[[HttpRequest], HttpResponse]


class NoNul:
    """Middleware that refuses a form with a NUL character, in the name of a field as in what was typed (422).

    The page shows where it is, and gives back all that was typed without it. A query string is read without its own,
    since nothing of it is kept; a path that holds one leads nowhere.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL in request.path_info:
            raise Http404
        if "%00" in request.META.get("QUERY_STRING", "") or NUL in request.META.get("QUERY_STRING", ""):
            request.GET = _without(request.GET)  # type: ignore[assignment]
        if request.path_info.startswith(REFUSES_ITSELF):
            return self.get_response(request)
        faulty = _faulty(request)
        if not faulty:
            return self.get_response(request)
        request.POST = _without(request.POST)  # type: ignore[assignment]
        if request.path_info.startswith(TIDIED):
            return self.get_response(request)
        return _refuse(request, [value.replace(NUL, SHOWN) for value in faulty])


def _faulty(request: HttpRequest) -> list[str]:
    """The texts of the form that hold a NUL character, or stand under a name that does."""
    try:
        posted = request.POST.lists()
        return [str(value) for name, values in posted for value in values if NUL in str(name) or NUL in str(value)]
    except UnreadablePostError:
        return []  # the client disconnected while sending: nobody waits for the response


def _refuse(request: HttpRequest, faulty: list[str]) -> HttpResponse:
    if not wants_page(request):
        words = _("A character that no text can hold (NUL) is in what you sent: nothing was kept. Take it out.")
        return HttpResponse(words, status=422, content_type="text/plain; charset=utf-8")
    return again(request, "public/errors/characters.html", status=422, seconds=SEND_AGAIN_IN, faulty=faulty)


def _without(data: QueryDict) -> QueryDict:
    cleaned = QueryDict(mutable=True, encoding=data.encoding)
    for name, values in data.lists():
        cleaned.setlist(str(name).replace(NUL, ""), [str(value).replace(NUL, "") for value in values])
    return QueryDict(cleaned.urlencode(), encoding=data.encoding)
