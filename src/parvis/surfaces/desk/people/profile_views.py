"""What is kept in a person's file: how to reach them, addresses, organisations, mandates, what makes it sensitive."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.residents import queries as residents
from parvis.apps.residents import services
from parvis.apps.residents.models import Mandate, Person
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.lib.words import one_line
from parvis.surfaces.desk.gate import agent_of, needs_reason, requires
from parvis.surfaces.desk.people import forms
from parvis.surfaces.desk.people.views import ask_reason, file_of, kept, show
from parvis.ui.forms import RefusableForm
from parvis.ui.messages import refused

Keep = Callable[[Person, dict[str, Any], User], object]


def _reach(person: Person, typed: dict[str, Any], by: User) -> object:
    moved = typed["address"] if one_line(typed["address"]) != person.postal_address else None
    language = typed["language"] or None
    return services.update(
        person=person, reach=typed["reach"], language=language, address_text=moved, by=Actor.staff(by)
    )


def _address(person: Person, typed: dict[str, Any], by: User) -> object:
    return services.add_address(
        person_id=person.pk,
        role=typed["role"],
        address=typed["address"],
        text=typed["place"],
        since=typed["since"],
        main=typed["main"],
        by=by,
    )


def _organisation(person: Person, typed: dict[str, Any], by: User) -> object:
    known = typed["known"]
    named = known if known and known.name.casefold() == one_line(typed["organisation"]).casefold() else None
    return services.join_organisation(
        person_id=person.pk,
        organisation=named,
        name=typed["organisation"],
        role=typed["role"],
        since=typed["since"],
        by=by,
    )


def _mandate(person: Person, typed: dict[str, Any], by: User) -> object:
    return services.give_mandate(person_id=person.pk, **typed, by=by)


def _flag(person: Person, typed: dict[str, Any], by: User) -> object:
    return services.flag_file(person_id=person.pk, **typed, by=by)


ADDED: dict[str, tuple[type[RefusableForm], Keep]] = {
    "reach": (forms.ReachForm, _reach),
    "address": (forms.AddressForm, _address),
    "organisation": (forms.MembershipForm, _organisation),
    "mandate": (forms.MandateForm, _mandate),
}


@requires(Action.WRITE_PERSON, "POST")
def add(request: HttpRequest, person_id: int, name: str) -> HttpResponseBase:
    """Keeps one more thing in the file, after its form: how to reach them, an address, an organisation, a mandate."""
    if name not in ADDED:
        raise Http404
    kind, keep = ADDED[name]
    form = kind(request.POST) if name == "reach" else kind(request.POST, prefix=name)
    return _keep(request, person_id, name, form, keep)


@requires(Action.FLAG_PERSON, "POST")
def flag(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """From now on a reason is asked before the file is opened."""
    return _keep(request, person_id, "flag", forms.FlagForm(request.POST, prefix="flag"), _flag)


def _keep(request: HttpRequest, person_id: int, name: str, form: RefusableForm, keep: Keep) -> HttpResponseBase:
    person, user = file_of(person_id).canonical, agent_of(request)
    if needs_reason(user, person):
        return ask_reason(request, person, back=reverse("desk:person", args=[person.pk]))
    if form.is_valid():
        try:
            keep(person, form.cleaned_data, user)
            return kept(request, person.pk)
        except (Invalid, Conflict) as wrong:
            form.refuse(wrong.fields, wrong.message)
    shown: dict[str, Form] = {name: form}
    return show(request, person, shown)


@requires(Action.WRITE_PERSON, "POST")
def change(request: HttpRequest, person_id: int, name: str, row_id: int) -> HttpResponseBase:
    """Ends one line of the file, takes that back, or takes it out: `name` says which."""
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
    except (Invalid, Conflict) as wrong:
        refused(request, str(next(iter(wrong.fields.values()), wrong.message)))
        form.row = row_id if name == "out" else 0
        return show(request, person, {"until": form})
    except NotFound as missing:
        raise Http404 from missing
    back = reverse("desk:person_change", args=[person_id, undo[0], row_id]) + undo[1] if undo[0] else ""
    return kept(request, person_id, words, back)


Row = dict[str, Any]  # which row of which file, and who changes it, as the services take them
Changed = tuple[str, tuple[str, str]]  # what is said, and what takes it back: its name, and what its address adds
NOTHING = ("", "")


def _move_out(_request: HttpRequest, row: Row, on: date | None) -> Changed:
    main = services.move_out(**row, on=on)
    return _("They are no longer there. Requests opened there keep that address."), ("back", "?main=1" if main else "")


def _move_back(request: HttpRequest, row: Row, _on: date | None) -> Changed:
    services.move_back(**row, main="main" in request.GET)
    return "", NOTHING


def _write_there(_request: HttpRequest, row: Row, _on: date | None) -> Changed:
    services.write_there(**row)
    return _("Letters go there from now on."), NOTHING


def _remove(_request: HttpRequest, row: Row, _on: date | None) -> Changed:
    services.remove_address(**row)
    return _("It is taken out of the file."), NOTHING


def _leave(_request: HttpRequest, row: Row, on: date | None) -> Changed:
    services.leave_organisation(**row, on=on)
    return "", ("rejoin", "")


def _rejoin(_request: HttpRequest, row: Row, _on: date | None) -> Changed:
    services.rejoin_organisation(**row)
    return "", NOTHING


def _end(_request: HttpRequest, row: Row, on: date | None) -> Changed:
    before = Mandate.objects.filter(pk=row["row_id"], person=row["person_id"]).values_list("until", flat=True).first()
    services.end_mandate(**row, on=on)
    return "", ("resume", f"?until={before.isoformat()}" if before else "")


def _resume(request: HttpRequest, row: Row, _on: date | None) -> Changed:
    services.resume_mandate(**row, until=parse_date(request.GET.get("until", "")[:10]))
    return "", NOTHING


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
    """The file is no longer sensitive for that reason; why stays written."""
    person, user = file_of(person_id).canonical, agent_of(request)
    if needs_reason(user, person):
        return ask_reason(request, person, back=reverse("desk:person", args=[person.pk]))
    try:
        services.lift_flag(person_id=person.pk, flag_id=flag_id, why=request.POST.get("why", ""), by=user)
    except (Invalid, Conflict) as wrong:
        refused(request, str(wrong))
        return show(request, person)
    except NotFound as missing:
        raise Http404 from missing
    return kept(request, person_id, _("The mark is lifted; what it said, and why it was lifted, stay written."))


@requires(Action.READ_PERSON, "GET")
def say(request: HttpRequest) -> HttpResponseBase:
    """What may be said of someone, to whom, after which check; alone, or inside a file."""
    part = "rules" if request.headers.get("HX-Request") else "rules_page"
    return render(request, f"desk/persons/{part}.html", {"rules": residents.disclosures()})
