"""The household of someone, at the counter: made, seen, proved, joined by an account; a child in a second one."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.households.queries import households_of_person
from parvis.apps.households.services import changes, households
from parvis.apps.residents.queries.people import by_id
from parvis.lib.errors import Conflict, Invalid
from parvis.surfaces.desk.gate import agent_of, needs_reason, requires, submit
from parvis.surfaces.desk.people import forms
from parvis.surfaces.desk.people.household_panes import Pane, panes
from parvis.surfaces.desk.people.views import ask_reason, file_of, saved, show
from parvis.ui.forms import RefusableForm
from parvis.ui.messages import showing_refusal

Act = Callable[[Pane, dict[str, Any], User], object]


@requires(Action.REGISTER_OTHERS, "POST")
def make(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """Makes a household for the person; `seen`: the counter looked at a document with their picture."""
    person, user = file_of(person_id).canonical, agent_of(request)
    if needs_reason(user, person):
        return ask_reason(request, person, back=reverse("desk:person", args=[person.pk]))
    with showing_refusal(request, Conflict):
        households.make_household_at_counter(person=person, by=user, seen="seen" in request.POST)
    return saved(request, person.pk)


def _seen(pane: Pane, _values: dict[str, Any], by: User) -> object:
    return households.mark_seen(individual=pane.own.individual, by=by)


def _proof(pane: Pane, values: dict[str, Any], by: User) -> object:
    return households.record_proof(household=pane.household, **values, by=by)


def _invite(pane: Pane, values: dict[str, Any], by: User) -> object:
    return households.invite_to_claim(individual=pane.own.individual, **values, by=Actor.staff(by))


def _child(pane: Pane, values: dict[str, Any], by: User) -> object:
    return households.add_child(household=pane.household, **values, by=Actor.staff(by))


def _second(pane: Pane, values: dict[str, Any], by: User) -> object:
    child = next((each for each in pane.children if each.pk == values["child"]), None)
    other = by_id(values["other"])
    theirs = households_of_person(other) if other else []
    if child is None or other is None:
        raise Invalid.in_field("place", _("Choose the child, then the other parent in the list."))
    if not theirs:
        raise Invalid.in_field("place", _("This person has no household yet: make it first, in their file."))
    return households.link_child(child=child, household=theirs[0], by=by)


def _withdraw(pane: Pane, values: dict[str, Any], by: User) -> object:
    proof = next((each for each in pane.proofs if each.pk == values["proof"]), None)
    return changes.withdraw_proof(proof=proof, by=by) if proof else None


def _payer(pane: Pane, values: dict[str, Any], by: User) -> object:
    chosen = next((each for each in pane.payers if each.pk == values["adult"]), None)
    return changes.set_payer(household=pane.household, individual=chosen, by=by) if chosen else None


ACTS: dict[str, tuple[type[RefusableForm], Act]] = {
    "seen": (RefusableForm, _seen),
    "proof": (forms.ProofForm, _proof),
    "invite": (forms.InvitationForm, _invite),
    "child": (forms.ChildForm, _child),
    "second": (forms.SecondHouseholdForm, _second),
    "withdraw": (forms.WithdrawForm, _withdraw),
    "payer": (forms.PayerForm, _payer),
}


@requires(Action.REGISTER_OTHERS, "POST")
def act(request: HttpRequest, person_id: int, public_id: str, name: str) -> HttpResponseBase:
    """Changes one household of the person: `name` says how."""
    person, user = file_of(person_id).canonical, agent_of(request)
    if needs_reason(user, person):
        return ask_reason(request, person, back=reverse("desk:person", args=[person.pk]))
    pane = next((each for each in panes(person) if each.household.public_id == public_id), None)
    if pane is None:
        raise Http404
    if name not in ACTS:
        raise Http404
    form_class, save = ACTS[name]
    form = form_class(request.POST, prefix=name)
    _made, status = submit(form, lambda: save(pane, form.cleaned_data, user))
    return saved(request, person.pk) if status == HTTPStatus.OK else show(request, person, {name: form})
