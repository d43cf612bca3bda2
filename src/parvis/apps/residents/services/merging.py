"""Two files of one person made one, and made two again.

Nothing of a file is rewritten: contacts and requests stay where they are, and are read through the file that is kept.
Only the rows of the file itself (numbers, addresses, organisations, mandates) are shown on the kept one, and remember
where they came from.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.residents.models import Merger, Person
from parvis.apps.residents.queries import HELD, behind, ids_of, same_row, values_of, whole
from parvis.apps.residents.services.files import refuse, settle_organisation
from parvis.apps.residents.services.privacy import settle_sensitive
from parvis.apps.residents.values import Took, put_back, taken
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.lib.words import one_line


@transaction.atomic
def merge(*, kept_id: int, absorbed_id: int, chosen: Mapping[str, bool], why: str, by: User) -> Merger:
    """The file `absorbed` is read through `kept` from now on. `chosen` names the values to take from it (`values`).

    Numbers, addresses, organisations and mandates are all kept. Raises NotAllowed, NotFound; Conflict when either
    stands for itself no more; Invalid when the two are one, or without saying how one knows that they are (`why`).
    """
    refuse(by, Action.MERGE_PERSON)
    if not one_line(why):
        text = _("Say how you know that they are one person: it is read by whoever doubts it later.")
        raise Invalid(text, {"why": text})
    if kept_id == absorbed_id:
        raise Invalid(_("This is the very same file."), {"other": _("This is the very same file.")})
    rows = {
        row.pk: row for row in Person.objects.select_for_update().filter(pk__in=(kept_id, absorbed_id)).order_by("pk")
    }
    if len(rows) < len((kept_id, absorbed_id)):
        raise NotFound(pgettext("person", "This file does not exist."))
    kept, absorbed = rows[kept_id], rows[absorbed_id]
    if kept.merged_into_id or absorbed.merged_into_id:
        raise Conflict(_("One of these files was merged meanwhile. Look at them again."))
    took = taken(values_of(kept), values_of(absorbed), chosen)
    made = Merger.objects.create(
        canonical=kept, absorbed=absorbed, took=took, why=one_line(why)[:300], at=clock.now(), by=by
    )
    _set_values(kept, {name: after for name, (_before, after) in took.items()})
    absorbed.merged.update(merged_into=kept)
    absorbed.merged_into = kept
    absorbed.save(update_fields=["merged_into"])
    _settle(kept)
    return made


@transaction.atomic
def unmerge(*, merger_id: int, why: str = "", by: User) -> Merger:
    """Gives each file back what it had. A value that somebody changed since the merge stays on the kept one.

    What was added to the kept file since (numbers, addresses) stays there too. Raises NotAllowed, NotFound; Conflict
    when they were separated already, or merged into another at that very moment.
    """
    refuse(by, Action.MERGE_PERSON)
    merger = Merger.objects.select_related("absorbed").filter(pk=merger_id).first()
    if merger is None:
        raise NotFound(_("These files were never merged."))
    root_id = merger.absorbed.merged_into_id or 0
    rows = {row.pk: row for row in whole(root_id).select_for_update().order_by("pk")}
    merger.refresh_from_db(from_queryset=Merger.objects.select_for_update())
    if merger.undone_at:
        raise Conflict(_("These files were separated already."))
    if merger.absorbed_id not in rows:
        raise Conflict(_("One of these files was merged meanwhile. Look at them again."))
    merger.undone_at, merger.undone_by, merger.undone_why = clock.now(), by, one_line(why)[:300]
    merger.save(update_fields=["undone_at", "undone_by", "undone_why"])
    absorbed = rows[merger.absorbed_id]
    theirs = behind(absorbed.pk)
    Person.objects.filter(pk__in=theirs).exclude(pk=absorbed.pk).update(merged_into=absorbed)
    absorbed.merged_into = None
    absorbed.save(update_fields=["merged_into"])
    for model in HELD:
        # Each to the file it came from, maybe one merged into this one, which shows it again once it is settled.
        back = model.objects.filter(came_from__in=theirs).exclude(person__in=theirs)
        back.update(person=F("came_from"), came_from=None)
    _put_back(merger, merger.took)
    _settle(Person.objects.get(pk=root_id))
    _settle(absorbed)
    return merger


def _put_back(merger: Merger, took: Took) -> None:
    """Takes out of the kept file what it took; and so on in the file that it was merged into, which took that of it."""
    kept, live = Person.objects.get(pk=merger.canonical_id), Merger.objects.filter(undone_at=None)
    later = list(live.filter(canonical=kept, pk__gt=merger.pk).order_by("pk"))
    back = put_back(values_of(kept), took, [item.took for item in later])
    _set_values(kept, back)
    Merger.objects.bulk_update(later, ["took"])
    above = live.filter(absorbed=kept).first()
    if above is None:
        return
    passed = {name: [value, took[name][1]] for name, value in back.items() if _gave(above, name) == took[name][1]}
    above.took |= {name: [above.took[name][0], value] for name, (value, _gone) in passed.items()}
    above.save(update_fields=["took"])
    _put_back(above, passed)


def _gave(merger: Merger, name: str) -> Any:
    """The value that the kept file took of the other; None when it took none."""
    return merger.took[name][1] if name in merger.took else None


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


def _settle(kept: Person) -> None:
    """Shows on the kept file the rows of those merged into it, each once; then what follows from them."""
    for model in HELD:
        mine = model.objects.filter(person=kept)
        seen = {same_row(row) for row in mine}
        for row in model.objects.filter(person__in=ids_of(kept)[1:]).order_by("pk"):
            if same_row(row) not in seen:
                seen.add(same_row(row))
                row.came_from_id, row.person_id = row.came_from_id or row.person_id, kept.pk
                row.save(update_fields=["came_from", "person"])
    settle_organisation(kept)
    settle_sensitive(kept)
