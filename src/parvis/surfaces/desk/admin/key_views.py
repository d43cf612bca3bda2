"""API keys: created, their secret shown once, revoked."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.queries import jurisdictions
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
    Scope.CASES_READ: _("Read requests"),
    Scope.CASES_WRITE: _("Open requests"),
    Scope.OPEN311_WRITE: _("Send requests by Open311"),
    Scope.CONTACTS_WRITE: _("Bring messages in"),
    Scope.FIGURES_READ: _("Read the figures"),
    Scope.PERSONS_READ: _("See the people and what they wrote"),
    Scope.CONTACTS_READ: _("List the contacts"),
    Scope.WEBHOOKS_MANAGE: _("Be told of what happens (webhooks)"),
}


class KeyForm(RefusableForm):
    """A new API key."""

    submission = forms.CharField(max_length=64, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Which program will use it"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=[(str(k), v) for k, v in SCOPES.items()], widget=forms.CheckboxSelectMultiple
    )
    last_day = DayField(label=_("Good until"), help_text=_("That day included; a year at most."))
    jurisdiction = forms.ChoiceField(
        label=_("For which jurisdiction of Open311"),
        required=False,
        choices=lambda: [("", _("All of them")), *((row.id, row.name) for row in jurisdictions())],
    )
    per_minute = forms.IntegerField(label=_("Calls in a minute, at most"), min_value=1, max_value=keys.MOST_PER_MINUTE)
    per_day = forms.IntegerField(label=_("Calls in a day, at most"), min_value=1, max_value=keys.MOST_PER_DAY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(jurisdictions()) == 1:
            del self.fields["jurisdiction"]


@requires(Action.MANAGE_KEYS, "GET")
def key_list(request: HttpRequest) -> HttpResponse:
    """Every key with its scopes, expiry and last use; the form that creates one."""
    return _page(request)


def _page(
    request: HttpRequest, form: KeyForm | None = None, made: keys.Made | None = None, status: int = 200
) -> HttpResponse:
    initial = {"submission": uuid4().hex, "last_day": clock.today() + DEFAULT_LIFETIME}
    initial |= {"per_minute": keys.PER_MINUTE, "per_day": keys.PER_DAY}
    moment, today = clock.now(), clock.today()
    rows = [
        (key, [SCOPES.get(scope, scope) for scope in key.scopes], key.holds(moment), key.uses_on(today))
        for key in keys.all_keys()
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
