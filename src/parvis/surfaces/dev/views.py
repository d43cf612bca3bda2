"""The living page of the design system: every component in every state, and whole screens made of samples."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from parvis.surfaces.dev import samples
from parvis.surfaces.dev.forms import SampleForm
from parvis.surfaces.dev.history_sample import told
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
    """The view, which answers that it does not exist outside demo."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: str) -> HttpResponseBase:
        if not settings.PARVIS_DEMO:
            raise Http404
        return view(request, **kwargs)

    return guarded


@demo_only
def components(request: HttpRequest) -> HttpResponse:
    """Every component, at the density of the public pages."""
    return _show(request, "components")


@demo_only
def page(request: HttpRequest, page: str) -> HttpResponseBase:
    """One whole sample screen, or the page of a failure, by its name."""
    if page in FAILURES:
        return FAILURES[page](request)
    if page not in PAGES:
        raise Http404
    answer = _show(request, page)
    if page == "mail":
        answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"  # a letter styles itself
    return answer


@demo_only
def options(request: HttpRequest) -> HttpResponse:
    """Proposals for the sample combobox: those that contain what was typed."""
    asked = request.GET.get("q", "").casefold()
    result = [option for option in samples.options() if asked in option["label"].casefold()]
    return render(request, "ui/parts/options.html", {"options": result})


def _show(request: HttpRequest, name: str) -> HttpResponse:
    wrong = SampleForm({"phone": "12"}, prefix="wrong")
    wrong.full_clean()
    context = samples.context() | {"form": SampleForm(prefix="right"), "wrong": wrong, "icons": sorted(icons.names())}
    context |= {"told": told()} if name == "history" else {}
    context |= {"staff_nav": context["nav"], "section": name, "who_detail": ""}
    return render(request, f"dev/ui/{name}.html", context | {"pages": (*PAGES, *FAILURES)})
