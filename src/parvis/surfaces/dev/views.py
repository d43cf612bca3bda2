"""The design system's pages: every component in every state, and whole sample screens."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from parvis.surfaces.dev import samples
from parvis.surfaces.dev.forms import SampleForm
from parvis.surfaces.dev.history_sample import history
from parvis.ui import icons
from parvis.ui import views as ui

View = Callable[..., HttpResponseBase]
PAGES = ("staff", "desk", "queue", "home", "follow", "history", "login", "mail", "print")
FAILURES: dict[str, Callable[[HttpRequest], HttpResponseBase]] = {
    "403": ui.forbidden,
    "404": ui.not_found,
    "500": ui.server_error,
    "csrf": ui.csrf_failure,
}


def demo_only(view: View) -> View:
    """Raises Http404 outside the demonstration."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
        if not settings.PARVIS_DEMO:
            raise Http404
        return view(request, **kwargs)

    return guarded


@demo_only
def components(request: HttpRequest) -> HttpResponse:
    """Every component, in the layout of the public pages."""
    return _show(request, "components")


@demo_only
def page(request: HttpRequest, page: str) -> HttpResponseBase:
    """A whole sample screen, or an error page, by name."""
    if page in FAILURES:
        return FAILURES[page](request)
    if page not in PAGES:
        raise Http404
    response = _show(request, page)
    if page == "mail":  # letters use inline styles
        response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


@demo_only
def options(request: HttpRequest) -> HttpResponse:
    """The options of the sample combobox that contain the typed text."""
    text = request.GET.get("q", "").casefold()
    matches = [option for option in samples.options() if text in option["label"].casefold()]
    return render(request, "ui/parts/options.html", {"options": matches})


def _show(request: HttpRequest, name: str) -> HttpResponse:
    invalid = SampleForm({"phone": "12"}, prefix="wrong")
    invalid.full_clean()
    context = samples.context() | {"form": SampleForm(prefix="right"), "wrong": invalid, "icons": sorted(icons.names())}
    context |= {"told": history()} if name == "history" else {}
    context |= {"staff_nav": context["nav"], "section": name, "who_detail": ""}
    return render(request, f"dev/ui/{name}.html", context | {"pages": (*PAGES, *FAILURES)})
