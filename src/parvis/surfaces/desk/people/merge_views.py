"""Merging two files of one person, and unmerging them, each with a preview."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_found, record_reading
from parvis.apps.intake.queries import contacts
from parvis.apps.intake.services import persons
from parvis.apps.residents.models import Merger, Person
from parvis.apps.residents.queries import people
from parvis.apps.residents.rules.values import NAMES, proposed
from parvis.apps.residents.services import merging as merging_services
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.words import number, one_line
from parvis.surfaces.desk.gate import agent_of, needs_reason, requires
from parvis.surfaces.desk.people.forms import MergeForm
from parvis.surfaces.desk.people.lines import person_line
from parvis.surfaces.desk.people.views import ask_reason, file_of
from parvis.ui.messages import done, refused, showing_refusal
from parvis.ui.views import or_404

FOUND = 8


@requires(Action.MERGE_PERSON, "GET")
def merging(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """Searches for the file to merge into this one; then shows what moves, which values to keep, past mergers."""
    return _page(request, person_id, number(request.GET.get("other", "")))


def _page(
    request: HttpRequest, person_id: int, chosen: int | None, form: MergeForm | None = None, status: int = 200
) -> HttpResponseBase:
    """The page, with the refused `form` if any."""
    kept = file_of(person_id)
    if kept.merged_into_id:
        return redirect("desk:person_merging", kept.merged_into_id)
    user = agent_of(request)
    other = file_of(chosen).canonical if chosen is not None else None
    for person in filter(None, (kept, other)):
        if needs_reason(user, person):
            return ask_reason(request, person)
        record_reading(user=user, subject="person", subject_id=person.pk, reason=_("merging"))
    text = one_line(request.GET.get("q", ""))[:200]
    holdings = people.holdings(kept)
    own_ids = [kept.pk, *holdings.ids]
    matches = [person for person in people.find(text, limit=FOUND) if person.pk not in own_ids] if text else []
    record_found(user=user, person_ids=[person.pk for person in matches], words=text)
    context: dict[str, Any] = {
        "person": kept,
        "q": text,
        "found": [person_line(person, user) for person in matches],
        "sharing": [] if text else holdings.sharing,
        "mergers": people.mergers(kept),
        "other": other,
    }
    if other and other.pk not in own_ids:
        context |= _compared(kept, other, request.POST, agent_of(request)) | {"form": form or MergeForm()}
    elif other:
        refused(request, _("This is the very same file."))
        return redirect("desk:person_merging", kept.pk)
    return render(request, "desk/persons/merge.html", context, status=status)


def _compared(kept: Person, other: Person, typed: Mapping[str, Any], user: User) -> dict[str, Any]:
    """The values side by side, the chosen or proposed one ticked; and what the other file brings."""
    mine, theirs = people.values_of(kept), people.values_of(other)
    proposals = proposed(mine, theirs)
    labels = _labels()
    rows = [
        {
            "name": name,
            "label": labels[name],
            "mine": _display(kept, name),
            "theirs": _display(other, name),
            "take": typed.get(f"take-{name}") == "other" if f"take-{name}" in typed else proposals[name],
        }
        for name in NAMES
        if mine[name] != theirs[name]
    ]
    file = contacts.file(other, user=user, limit=50)
    return {"rows": rows, "brings": people.holdings(other), "cases": file.cases, "contacts": file.contacts}


def _labels() -> dict[str, str]:
    return {
        "name": _("Name"),
        "email": _("E-mail"),
        "language": _("Language"),
        "audience": _("Audience"),
        "reach": _("How to reach them"),
        "address": _("Main address"),
    }


def _display(person: Person, name: str) -> str:
    if name == "address":
        return person.postal_address
    if name == "language":
        return _("English") if person.language == "en" else _("French")
    if name in ("audience", "reach"):
        return str(person.get_audience_display() if name == "audience" else person.get_reach_display())
    return str(getattr(person, name))


@requires(Action.MERGE_PERSON, "POST")
def merge(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """Merges the other file into this one, with the chosen values."""
    other = or_404(number(request.POST.get("other", "")))
    for person in (file_of(person_id), file_of(other)):
        if needs_reason(agent_of(request), person):
            return ask_reason(request, person, back=f"{reverse('desk:person_merging', args=[person_id])}?other={other}")
    form = MergeForm(request.POST)
    if not form.is_valid():
        return _page(request, person_id, other, form, 422)
    with showing_refusal(request, Invalid, Conflict):
        made = merging_services.merge(
            kept_id=person_id,
            absorbed_id=other,
            chosen={name: request.POST.get(f"take-{name}") == "other" for name in NAMES},
            why=form.cleaned_data["why"],
            by=agent_of(request),
        )
        done(request, _("The two files are one."), undo_url=reverse("desk:person_unmerge", args=[made.pk]))
        return redirect("desk:person", person_id)
    return redirect("desk:person_merging", person_id)


@requires(Action.MERGE_PERSON, "GET")
def unmerging(request: HttpRequest, merger_id: int) -> HttpResponseBase:
    """Previews an unmerge: what each file gets back, and where later contacts and cases go."""
    merger = _merger(merger_id)
    if merger.undone_at:
        refused(request, _("These files were separated already."))
        return redirect("desk:person", merger.canonical_id)
    root, user = merger.canonical.canonical, agent_of(request)
    if needs_reason(user, root):
        return ask_reason(request, root)
    record_reading(user=user, subject="person", subject_id=root.pk, reason=_("merging"))
    labels, now = _labels(), people.values_of(merger.canonical)
    theirs = people.absorbed_ids(merger.absorbed_id)
    holdings = people.holdings(root)
    context: dict[str, Any] = {
        "merger": merger,
        "person": root,
        "values": [(labels[name], now[name] == pair[1]) for name, pair in merger.took.items()],
        "addresses": [line for line in holdings.addresses if line.ref in theirs],
        "phones": [line for line in holdings.phones if line.ref in theirs],
        "since": contacts.came_since(merger, user),
    }
    return render(request, "desk/persons/unmerge.html", context)


@requires(Action.MERGE_PERSON, "POST")
def unmerge(request: HttpRequest, merger_id: int) -> HttpResponseBase:
    """Separates the two files."""
    merger, user = _merger(merger_id), agent_of(request)
    if needs_reason(user, merger.canonical.canonical):
        back = reverse("desk:person_unmerging", args=[merger.pk])
        return ask_reason(request, merger.canonical.canonical, back=back)
    with showing_refusal(request):
        persons.separate(merger_id=merger_id, why=request.POST.get("why", ""), by=user)
        done(request, _("They are two files again, each with what it had."))
    return redirect("desk:person", merger.canonical_id)


def _merger(merger_id: int) -> Merger:
    return or_404(people.merger(merger_id))
