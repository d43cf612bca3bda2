"""API keys: created, their secret shown once, revoked."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.rules.permissions import Action, Scope
from parvis.apps.directory.services import keys
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.forms import DayField, RefusableForm
from parvis.ui.messages import done, refused

DEFAULT_LIFETIME = timedelta(days=180)
SCOPES: dict[str, Any] = {
    Scope.ANSWERS_READ: _("Read the answers"),
    Scope.REQUESTS_READ: _("Read requests"),
    Scope.REQUESTS_WRITE: _("Open requests"),
    Scope.MESSAGES_WRITE: _("Bring messages in"),
    Scope.FIGURES_READ: _("Read the figures"),
}


class KeyForm(RefusableForm):
    """A new API key."""

    submission = forms.CharField(max_length=64, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Which program will use it"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=[(str(k), v) for k, v in SCOPES.items()], widget=forms.CheckboxSelectMultiple
    )
    last_day = DayField(label=_("Good until"), help_text=_("That day included; a year at most."))


@requires(Action.MANAGE_KEYS, "GET")
def key_list(request: HttpRequest) -> HttpResponse:
    """Every key with its scopes, expiry and last use; the form that creates one."""
    return _page(request)


def _page(
    request: HttpRequest, form: KeyForm | None = None, made: keys.Made | None = None, status: int = 200
) -> HttpResponse:
    initial = {"submission": uuid4().hex, "last_day": clock.today() + DEFAULT_LIFETIME}
    rows = [
        (key, [SCOPES.get(scope, scope) for scope in key.scopes], key.holds(clock.now())) for key in keys.all_keys()
    ]
    context = {"rows": rows, "form": form or KeyForm(initial=initial), "made": made}
    return render(request, "desk/keys/list.html", context, status=status)


@requires(Action.MANAGE_KEYS, "POST")
def make_key(request: HttpRequest) -> HttpResponseBase:
    """Creates a key; the response is the only page that shows its secret."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        made = keys.make_key(**form.cleaned_data, by=agent_of(request))
    except Invalid as error:
        form.refuse(error.fields, error.message)
        return _page(request, form, status=error.status)
    except Conflict as repeated:
        refused(request, str(repeated))
        return redirect("desk:keys")
    return _page(request, made=made)


@requires(Action.MANAGE_KEYS, "POST")
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponseBase:
    """Revokes a key."""
    key = keys.revoke_key(key_id=key_id, by=agent_of(request))
    done(request, gettext("%(name)s: this key opens nothing any more.") % {"name": key.name})
    return redirect("desk:keys")
