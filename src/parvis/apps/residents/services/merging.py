"""Merging two files of one person, and undoing it.

Contacts and requests keep their person, and are read through the canonical file. Only the rows of the file itself
(numbers, addresses, organisations, mandates) move to it, with `came_from` set.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.residents.models import Merger, Person
from parvis.apps.residents.queries.people import HELD, absorbed_ids, ids_of, same_row, values_of, whole
from parvis.apps.residents.rules.values import Took, put_back, taken
from parvis.apps.residents.services.files import refuse, settle_organisation
from parvis.apps.residents.services.privacy import settle_sensitive
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.lib.words import one_line


@transaction.atomic
def merge(*, kept_id: int, absorbed_id: int, chosen: Mapping[str, bool], why: str, by: User) -> Merger:
    """Merges the absorbed file into the kept one; `chosen` names the values to take from it (`values.NAMES`).

    Numbers, addresses, organisations and mandates are all kept. Raises NotAllowed, NotFound; Conflict when either file
    was merged meanwhile; Invalid for a file merged with itself, or without a reason (`why`).
    """
    refuse(by, Action.MERGE_PERSON)
    if not one_line(why):
        text = _("Say how you know that they are one person: it is read by whoever doubts it later.")
        raise Invalid(text, {"why": text})
    if kept_id == absorbed_id:
        raise Invalid.in_field("other", _("This is the very same file."))
    files = _locked_files(Person.objects.filter(pk__in=(kept_id, absorbed_id)))
    if kept_id not in files or absorbed_id not in files:
        raise NotFound(pgettext("person", "This file does not exist."))
    kept, absorbed = files[kept_id], files[absorbed_id]
    if kept.merged_into_id or absorbed.merged_into_id:
        raise Conflict(_("One of these files was merged meanwhile. Look at them again."))
    took = taken(values_of(kept), values_of(absorbed), chosen)
    merger = Merger.objects.create(
        canonical=kept, absorbed=absorbed, took=took, why=one_line(why)[:300], at=clock.now(), by=by
    )
    _set_values(kept, {name: after for name, (_before, after) in took.items()})
    absorbed.merged.update(merged_into=kept)
    absorbed.merged_into = kept
    absorbed.save(update_fields=["merged_into"])
    _show_merged_rows(kept)
    return merger


@transaction.atomic
def unmerge(*, merger_id: int, why: str = "", by: User) -> Merger:
    """Undoes a merger: each file gets back what it had, except values changed since.

    Rows added to the kept file since (numbers, addresses) stay there. Raises NotAllowed, NotFound; Conflict when the
    files were already separated, or merged into another concurrently.
    """
    refuse(by, Action.MERGE_PERSON)
    merger = Merger.objects.select_related("absorbed").filter(pk=merger_id).first()
    if merger is None:
        raise NotFound(_("These files were never merged."))
    root_id = merger.absorbed.merged_into_id or 0
    files = _locked_files(whole(root_id))
    merger.refresh_from_db(from_queryset=Merger.objects.select_for_update())
    if merger.undone_at:
        raise Conflict(_("These files were separated already."))
    if merger.absorbed_id not in files:
        raise Conflict(_("One of these files was merged meanwhile. Look at them again."))
    merger.undone_at, merger.undone_by, merger.undone_why = clock.now(), by, one_line(why)[:300]
    merger.save(update_fields=["undone_at", "undone_by", "undone_why"])
    absorbed = files[merger.absorbed_id]
    leaving = absorbed_ids(absorbed.pk)
    Person.objects.filter(pk__in=leaving).exclude(pk=absorbed.pk).update(merged_into=absorbed)
    absorbed.merged_into = None
    absorbed.save(update_fields=["merged_into"])
    for model in HELD:
        # Rows go back to the file they came from, possibly one merged into `absorbed`, which then shows them again.
        moved = model.objects.filter(came_from__in=leaving).exclude(person__in=leaving)
        moved.update(person=F("came_from"), came_from=None)
    _restore_values(merger, merger.took)
    _show_merged_rows(Person.objects.get(pk=root_id))
    _show_merged_rows(absorbed)
    return merger


def _locked_files(rows: QuerySet[Person]) -> dict[int, Person]:
    return {file.pk: file for file in rows.select_for_update().order_by("pk")}


def _restore_values(merger: Merger, took: Took) -> None:
    """Gives the kept file back the values it replaced; recursively in files that took those values from it."""
    kept, active = Person.objects.get(pk=merger.canonical_id), Merger.objects.filter(undone_at=None)
    later = list(active.filter(canonical=kept, pk__gt=merger.pk).order_by("pk"))
    restored = put_back(values_of(kept), took, [later_merger.took for later_merger in later])
    _set_values(kept, restored)
    Merger.objects.bulk_update(later, ["took"])
    above = active.filter(absorbed=kept).first()
    if above is None:
        return
    passed = {
        name: [value, took[name][1]]
        for name, value in restored.items()
        if above.took.get(name, (None, None))[1] == took[name][1]
    }
    above.took |= {name: [above.took[name][0], value] for name, (value, _gone) in passed.items()}
    above.save(update_fields=["took"])
    _restore_values(above, passed)


def _set_values(person: Person, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name == "address":
            person.address_id, person.address_text = value
        elif name == "language":
            person.language, person.english_ground, since = value
            person.english_since = date.fromisoformat(since) if since else None
        else:
            setattr(person, name, value)
    person.save()


def _show_merged_rows(kept: Person) -> None:
    """Moves to the kept file the rows of the files merged into it, without duplicates, and updates what depends."""
    for model in HELD:
        seen = {same_row(row) for row in model.objects.filter(person=kept)}
        for row in model.objects.filter(person__in=ids_of(kept)[1:]).order_by("pk"):
            if same_row(row) not in seen:
                seen.add(same_row(row))
                row.came_from_id, row.person_id = row.came_from_id or row.person_id, kept.pk
                row.save(update_fields=["came_from", "person"])
    settle_organisation(kept)
    settle_sensitive(kept)
