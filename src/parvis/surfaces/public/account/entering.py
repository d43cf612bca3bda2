"""The way in by a code, from any page of the resident's space, and back to the page that one was on the way to."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from parvis.apps.residents.models import ProofCode
from parvis.apps.residents.web.codes import ask_for_code
from parvis.apps.residents.web.sessions import remember_next
from parvis.surfaces.public.account.forms import EmailForm
from parvis.surfaces.public.follow.views import private
from parvis.surfaces.public.frame import nav

NEXT = "suite"
LONGEST = 500


def way_in(path: str = "") -> str:
    """The address of the way in, which leads to that page of the site afterwards."""
    return reverse("public:file") + (f"?{urlencode({NEXT: path})}" if path else "")


def enter(request: HttpRequest, template: str, otherwise: str, **context: object) -> HttpResponse:
    """The form of the way in. A POST sends a code to the address typed, then asks for it; `?suite=` is the page of this
    site to go to after that, else `otherwise`.
    """
    form = EmailForm(request.POST if request.method == "POST" else None)
    path = _next(request.POST.get(NEXT, "") or request.GET.get(NEXT, ""))
    if request.method == "POST" and form.is_valid():
        with form.catching():
            email, work = form.cleaned_data["email"], form.cleaned_data["altcha"]
            ask_for_code(request, ProofCode.Use.SIGN_IN, email, work=work)
            remember_next(request, path or otherwise)
            return redirect("public:account_code")
    page = {"form": form, "suite": path, "public_nav": nav("file"), **context}
    return private(render(request, template, page, status=422 if form.errors else 200))


def _next(path: str) -> str:
    """The path as typed when it is one of this site; else ""."""
    own = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if own and len(path) <= LONGEST else ""
