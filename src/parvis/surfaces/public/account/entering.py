"""The way in by a code, on the pages of the resident's space."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from parvis.apps.residents.models import ProofCode
from parvis.apps.residents.web.codes import ask_for_code
from parvis.surfaces.public.account.forms import EmailForm
from parvis.surfaces.public.follow.views import private
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.way_back import keep_way_back


def enter(request: HttpRequest, template: str, *, to: str = "", **context: object) -> HttpResponse:
    """The form of the way in. A POST sends a code to the address typed, then asks for it; entering then leads to `to`,
    by default to the page that one was on the way to, or to one's own.
    """
    form = EmailForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with form.catching():
            email, work = form.cleaned_data["email"], form.cleaned_data["altcha"]
            ask_for_code(request, ProofCode.Use.SIGN_IN, email, work=work)
            if to:
                keep_way_back(request, to)
            return redirect("public:account_code")
    page = {"form": form, "public_nav": nav("file"), **context}
    return private(render(request, template, page, status=422 if form.errors else 200))
