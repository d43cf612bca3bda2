"""API keys: created, their secret shown once, revoked."""

from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import jurisdictions, may_on
from parvis.apps.directory.rules.permissions import Action, Scope
from parvis.apps.directory.services import keys
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid
from parvis.surfaces.desk.gate import agent_of, password_again_if, requires
from parvis.ui.forms import ByNameField, DayField, RefusableForm
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
    Scope.REGISTRATIONS_WRITE: _("Make households and register them"),
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
    department = ByNameField(
        Department.objects.none(), label=_("Department that looks after it"), to_field_name="slug", empty_label=None
    )
    jurisdiction = forms.ChoiceField(
        label=_("For which jurisdiction of Open311"),
        required=False,
        choices=lambda: [("", _("All of them")), *((row.id, row.name) for row in jurisdictions())],
    )
    per_minute = forms.IntegerField(label=_("Calls in a minute, at most"), min_value=1, max_value=keys.MOST_PER_MINUTE)
    per_day = forms.IntegerField(label=_("Calls in a day, at most"), min_value=1, max_value=keys.MOST_PER_DAY)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own, mine = keys.own_departments(by), keys.scopes_of(by)
        scopes = cast(forms.MultipleChoiceField, self.fields["scopes"])
        scopes.choices = [(str(scope), SCOPES[scope]) for scope in SCOPES if scope in mine]
        if len(mine) < len(SCOPES):
            scopes.help_text = _("A key does no more than who makes it: what you may not do yourself is not offered.")
        self.fields["department"].queryset = Department.objects.filter(pk__in=own)  # type: ignore[attr-defined]
        if len(own) == 1:
            del self.fields["department"]
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
    moment, today, by = clock.now(), clock.today(), agent_of(request)
    lapsed = keys.lapsed_scopes()
    rows = [
        {
            "key": key,
            "may": [SCOPES.get(scope, scope) for scope in key.scopes],
            "holds": key.holds(moment),
            "today": key.uses_on(today),
            "mine": may_on(by, Action.MANAGE_KEYS, key.department_id),
            "lapsed": [SCOPES.get(scope, scope) for scope in lapsed.get(key, ())],
        }
        for key in keys.all_keys()
    ]
    context = {"rows": rows, "form": form or KeyForm(initial=initial, by=by), "made": made}
    return render(request, "desk/keys/list.html", context, status=status)


def _reads_persons(request: HttpRequest) -> bool:
    return Scope.PERSONS_READ in request.POST.getlist("scopes")


@requires(Action.MANAGE_KEYS, "POST")
@password_again_if(_reads_persons)
def make_key(request: HttpRequest) -> HttpResponseBase:
    """Creates a key; the response is the only page that shows its secret.

    One that reads persons asks for the password again.
    """
    form = KeyForm(request.POST, by=agent_of(request))
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
