"""Changes to a person's file: contact details, addresses, organisations, mandates, sensitivity."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.residents.models import Mandate, Person
from parvis.apps.residents.queries import people
from parvis.apps.residents.services import organisations, places, privacy
from parvis.apps.residents.services.people import update_person
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.words import one_line
from parvis.surfaces.desk.gate import agent_of, needs_reason, requires, submit
from parvis.surfaces.desk.people import forms
from parvis.surfaces.desk.people.views import ask_reason, file_of, saved, show
from parvis.ui.forms import RefusableForm
from parvis.ui.messages import refused, showing_refusal

Save = Callable[[Person, dict[str, Any], User], object]


def _reach(person: Person, values: dict[str, Any], by: User) -> object:
    changed = values["address"] if one_line(values["address"]) != person.postal_address else None
    language = values["language"] or None
    return update_person(
        person=person, reach=values["reach"], language=language, address_text=changed, by=Actor.staff(by)
    )


def _address(person: Person, values: dict[str, Any], by: User) -> object:
    kept = {name: values[name] for name in ("role", "address", "since", "main")}
    return places.add_address(person_id=person.pk, text=values["place"], **kept, by=by)


def _organisation(person: Person, values: dict[str, Any], by: User) -> object:
    known, name = values["known"], values["organisation"]
    chosen = known if known and known.name.casefold() == one_line(name).casefold() else None
    details = {key: values[key] for key in ("role", "since")}
    return organisations.join_organisation(person_id=person.pk, organisation=chosen, name=name, **details, by=by)


def _mandate(person: Person, values: dict[str, Any], by: User) -> object:
    return privacy.give_mandate(person_id=person.pk, **values, by=by)


def _flag(person: Person, values: dict[str, Any], by: User) -> object:
    return privacy.flag_file(person_id=person.pk, **values, by=by)


ADDED: dict[str, tuple[type[RefusableForm], Save]] = {
    "reach": (forms.ReachForm, _reach),
    "address": (forms.AddressForm, _address),
    "organisation": (forms.MembershipForm, _organisation),
    "mandate": (forms.MandateForm, _mandate),
}


@requires(Action.WRITE_PERSON, "POST")
def add(request: HttpRequest, person_id: int, name: str) -> HttpResponseBase:
    """Saves the contact details, or adds an address, an organisation or a mandate: `name` says which."""
    if name not in ADDED:
        raise Http404
    form_class, save = ADDED[name]
    form = form_class(request.POST) if name == "reach" else form_class(request.POST, prefix=name)
    return _save(request, person_id, name, form, save)


@requires(Action.FLAG_PERSON, "POST")
def flag(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """Marks the file as sensitive."""
    return _save(request, person_id, "flag", forms.FlagForm(request.POST, prefix="flag"), _flag)


def _save(request: HttpRequest, person_id: int, name: str, form: RefusableForm, save: Save) -> HttpResponseBase:
    person, user = file_of(person_id).canonical, agent_of(request)
    if needs_reason(user, person):
        return ask_reason(request, person, back=reverse("desk:person", args=[person.pk]))
    _made, status = submit(form, lambda: save(person, form.cleaned_data, user))
    return saved(request, person.pk) if status == 200 else show(request, person, {name: form})


@requires(Action.WRITE_PERSON, "POST")
def change(request: HttpRequest, person_id: int, name: str, row_id: int) -> HttpResponseBase:
    """Ends, resumes or removes a row of the file: `name` says which."""
    if name not in CHANGED:
        raise Http404
    person, user = file_of(person_id).canonical, agent_of(request)
    if needs_reason(user, person):
        return ask_reason(request, person, back=reverse("desk:person", args=[person.pk]))
    form, row = forms.UntilForm(request.POST), {"person_id": person.pk, "row_id": row_id, "by": user}
    try:
        if not form.is_valid():
            raise Invalid(_("This is not a day."))
        words, undo = CHANGED[name](request, row, form.cleaned_data["until"])
    except (Invalid, Conflict) as error:
        refused(request, error.first_error)
        form.row = row_id if name == "out" else 0
        return show(request, person, {"until": form})
    back = reverse("desk:person_change", args=[person_id, undo[0], row_id]) + undo[1] if undo[0] else ""
    return saved(request, person_id, words, back)


Row = dict[str, Any]  # person_id, row_id and by, as the services take them
Changed = tuple[str, tuple[str, str]]  # the message, then the change that undoes it: its name and query string
NO_UNDO = ("", "")


def _move_out(_request: HttpRequest, row: Row, on: date | None) -> Changed:
    main = places.move_out(**row, on=on)
    return _("They are no longer there. Requests opened there keep that address."), ("back", "?main=1" if main else "")


def _move_back(request: HttpRequest, row: Row, _on: date | None) -> Changed:
    places.move_back(**row, main="main" in request.GET)
    return "", NO_UNDO


def _write_there(_request: HttpRequest, row: Row, _on: date | None) -> Changed:
    places.set_main_address(**row)
    return _("Letters go there from now on."), NO_UNDO


def _remove(_request: HttpRequest, row: Row, _on: date | None) -> Changed:
    places.remove_address(**row)
    return _("It is taken out of the file."), NO_UNDO


def _leave(_request: HttpRequest, row: Row, on: date | None) -> Changed:
    organisations.leave_organisation(**row, on=on)
    return "", ("rejoin", "")


def _rejoin(_request: HttpRequest, row: Row, _on: date | None) -> Changed:
    organisations.rejoin_organisation(**row)
    return "", NO_UNDO


def _end(_request: HttpRequest, row: Row, on: date | None) -> Changed:
    before = Mandate.objects.filter(pk=row["row_id"], person=row["person_id"]).values_list("until", flat=True).first()
    privacy.end_mandate(**row, on=on)
    return "", ("resume", f"?until={before.isoformat()}" if before else "")


def _resume(request: HttpRequest, row: Row, _on: date | None) -> Changed:
    privacy.resume_mandate(**row, until=parse_date(request.GET.get("until", "")[:10]))
    return "", NO_UNDO


CHANGED: dict[str, Callable[[HttpRequest, Row, date | None], Changed]] = {
    "out": _move_out,
    "back": _move_back,
    "main": _write_there,
    "remove": _remove,
    "leave": _leave,
    "rejoin": _rejoin,
    "end": _end,
    "resume": _resume,
}


@requires(Action.FLAG_PERSON, "POST")
def lift(request: HttpRequest, person_id: int, flag_id: int) -> HttpResponseBase:
    """Removes a mark of sensitivity, with a reason; both stay in the history."""
    person, user = file_of(person_id).canonical, agent_of(request)
    if needs_reason(user, person):
        return ask_reason(request, person, back=reverse("desk:person", args=[person.pk]))
    with showing_refusal(request, Invalid, Conflict):
        privacy.lift_flag(person_id=person.pk, flag_id=flag_id, why=request.POST.get("why", ""), by=user)
        return saved(request, person_id, _("The mark is lifted; what it said, and why it was lifted, stay written."))
    return show(request, person)


@requires(Action.READ_PERSON, "GET")
def say(request: HttpRequest) -> HttpResponseBase:
    """The disclosure rules: what may be said of someone, to whom, after which check. Alone, or inside a file."""
    part = "rules" if request.headers.get("HX-Request") else "rules_page"
    return render(request, f"desk/persons/{part}.html", {"rules": people.disclosures()})
