"""A body asks for a message on the panels, and reads what it asked."""

from typing import Any

from django import forms
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from parvis.apps.panels.models import PanelRequest
from parvis.apps.panels.queries import requests
from parvis.apps.panels.services.requests import BodyMessage, submit_request
from parvis.apps.throttling.services import proves, within_limit
from parvis.lib.limits import client_address, client_network
from parvis.surfaces.public.form_guard import (
    WINDOW,
    HoneypotForm,
    Keys,
    name_field,
    phone_field,
    restorable,
    too_many,
)
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.same_origin import same_origin
from parvis.ui.forms import DayField

KEYS = Keys("parvis.panel-request", 86_400)
RECEIPT = "parvis.panel-request.receipt"
SENDINGS, BARE, BARE_NETWORK = 12, 3, 9  # forms in WINDOW; those without a proof of work


class PanelRequestForm(HoneypotForm):
    """What a body asks."""

    key = forms.CharField(max_length=200, widget=forms.HiddenInput)
    altcha = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)
    body = forms.CharField(label=_("Club, school or body"), max_length=120)
    text = forms.CharField(
        label=_("Your message, in French"),
        max_length=300,
        help_text=_("90 characters at most, spaces included. The first sentence is in large."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    first_day = DayField(label=_("First day"))
    last_day = DayField(label=_("Last day"), help_text=_("That day included."))
    contact = name_field()
    email = forms.CharField(
        max_length=254,
        label=_("E-mail"),
        widget=forms.TextInput(attrs={"autocomplete": "email", "type": "email"}),
    )
    phone = phone_field(_("Phone"))

    def message(self) -> BodyMessage:
        """The valid values, as the service takes them."""
        names = ("body", "text", "first_day", "last_day", "contact", "email", "phone")
        return BodyMessage(**{name: self.cleaned_data[name] for name in names}, language=get_language() or "fr")


@same_origin
@restorable
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponseBase:
    """The form; POST keeps the request, once per key."""
    if request.method != "POST":
        return _page(request, PanelRequestForm(initial={"key": KEYS.new()}))
    form = PanelRequestForm(request.POST)
    if too_many(request, form, SENDINGS, "panel-request"):
        return _page(request, form, 429)
    if not form.is_valid():
        return _page(request, form, 422)
    try:
        key = KEYS.read(form.cleaned_data["key"])
    except signing.BadSignature:
        typed = request.POST.copy()
        typed["key"] = KEYS.new()
        form.data = typed
        form.add_error(None, gettext("This page was open for too long. Look at what you wrote, then send again."))
        return _page(request, form, 422)
    if not proves(form.cleaned_data["altcha"], use=key) and not _is_within_bare(request):
        form.add_error(
            None, gettext("Too many sendings from here. Wait ten minutes, or call us: nothing typed is lost.")
        )
        return _page(request, form, 429)
    with form.catching():
        row = submit_request(key=key, message=form.message())
        return redirect("public:panel_request_received", signing.dumps(row.pk, salt=RECEIPT))
    return _page(request, form, 422)


def _is_within_bare(request: HttpRequest) -> bool:
    own = within_limit("panel-request-bare", client_address(request), times=BARE, seconds=WINDOW)
    return own and within_limit("panel-request-bare-net", client_network(request), times=BARE_NETWORK, seconds=WINDOW)


def _page(request: HttpRequest, form: PanelRequestForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "rules": requests.rules(), "public_nav": nav(), "messages": ()}
    return render(request, "public/panel_requests/form.html", context, status=status)


@require_safe
def received(request: HttpRequest, token: str) -> HttpResponse:
    """What was asked, and how many messages are left to the body in that year."""
    try:
        row: PanelRequest | None = requests.request_by_id(signing.loads(token, salt=RECEIPT))
    except signing.BadSignature:
        row = None
    if row is None:
        raise Http404
    context = {"row": row, "quota": requests.quota(row.body, row.first_day.year), "public_nav": nav(), "messages": ()}
    return render(request, "public/panel_requests/received.html", context)
