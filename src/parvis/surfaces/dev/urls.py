"""Pages for developers and testers, available in the demonstration only."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path

from parvis.surfaces.dev import mailbox, telephony, writing


def _demo_path(route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    """The path of a view that raises Http404 outside the demonstration."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: object) -> HttpResponseBase:
        if not settings.PARVIS_DEMO:
            raise Http404
        return view(request, **kwargs)

    return path(route, guarded, name=name)


app_name = "dev"
urlpatterns = [
    _demo_path("mail/", mailbox.mailbox, "mailbox"),
    _demo_path("mail/write/", writing.write, "write"),
    _demo_path("mail/<int:number>/", mailbox.letter, "letter"),
    _demo_path("mail/<int:number>/html/", mailbox.letter_html, "letter_html"),
    _demo_path("texts/", telephony.texts, "texts"),
    _demo_path("texts/write/", telephony.write, "write_text"),
    _demo_path("calls/", telephony.calls, "calls"),
]
