"""Sensitivity flags (files that need a reason to open) and mandates (who may act for whom)."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.residents.models import Mandate, Person, Sensitivity
from parvis.apps.residents.queries.people import whole
from parvis.apps.residents.services.files import ended, locked, make_findable, of_file, refuse, row_of
from parvis.lib import clock
from parvis.lib.errors import Invalid
from parvis.lib.jobs import announce, event
from parvis.lib.words import one_line

PROTECTION_CHANGED = event("residents.address_protection_changed")


@transaction.atomic
def flag_file(*, person_id: int, kind: str, why: str, by: User) -> Sensitivity:
    """Flags a file as sensitive, once per kind. Raises Invalid (kind, why), NotAllowed, NotFound, Conflict."""
    refuse(by, Action.FLAG_PERSON)
    person = locked(person_id)
    wrong = {} if kind in Sensitivity.Kind.values else {"kind": _("Choose one of the values offered.")}
    if not one_line(why):
        wrong["why"] = _("Say why, for whoever asks later.")
    if wrong:
        raise Invalid(_("This cannot be kept yet."), wrong)
    flag = Sensitivity.objects.filter(of_file(person), kind=kind, lifted_at=None).first()
    if flag is None:
        moment = clock.now()
        flag = Sensitivity.objects.create(person=person, kind=kind, why=one_line(why)[:300], at=moment, by=by)
    settle_sensitive(person)
    return flag


@transaction.atomic
def lift_flag(*, person_id: int, flag_id: int, why: str, by: User) -> None:
    """Lifts a flag, recording who and why. Raises Invalid (lifted_why), NotAllowed, NotFound, Conflict."""
    refuse(by, Action.FLAG_PERSON)
    person = locked(person_id)
    if not one_line(why):
        raise Invalid.in_field("lifted_why", _("Say why, for whoever asks later."))
    flags = Sensitivity.objects.filter(of_file(person), pk=flag_id, lifted_at=None)
    flags.update(lifted_at=clock.now(), lifted_by=by, lifted_why=one_line(why)[:300])
    settle_sensitive(person)


def settle_sensitive(person: Person) -> None:
    """Copies the active flags to the file and those merged into it, and reindexes them.

    Announces the files whose address becomes protected, or no longer is.
    """
    kinds = set(Sensitivity.objects.filter(of_file(person), lifted_at=None).values_list("kind", flat=True))
    person.sensitive, person.address_protected = bool(kinds), Sensitivity.Kind.PROTECTED in kinds
    files = list(whole(person.pk).select_related("address__street", "merged_into"))
    changed = [file.pk for file in files if file.address_protected != person.address_protected]
    whole(person.pk).update(sensitive=person.sensitive, address_protected=person.address_protected)
    for file in files:
        file.sensitive = file.canonical.sensitive = person.sensitive
        make_findable(file)
    if changed:
        announce(PROTECTION_CHANGED, changed)


@transaction.atomic
def give_mandate(
    *, person_id: int, name: str, proof: str, since: date | None = None, until: date | None = None, by: User
) -> Mandate:
    """Records who may act for this person, on proof seen by `by`. Raises Invalid (name, proof, until), as `locked`."""
    refuse(by)
    person = locked(person_id)
    wrong = {} if one_line(name) else {"name": _("Write who may act for them.")}
    if not one_line(proof):
        wrong["proof"] = _("Write which proof you have seen.")
    if since and until and until <= since:
        wrong["until"] = _("It ends before it began.")
    if wrong:
        raise Invalid(_("This cannot be kept yet."), wrong)
    row = Mandate(person=person, name=one_line(name)[:160], proof=one_line(proof)[:200], since=since, until=until)
    row.recorded_at, row.recorded_by = clock.now(), by
    row.save(force_insert=True)
    return row


@transaction.atomic
def end_mandate(*, person_id: int, row_id: int, on: date | None, by: User) -> Mandate:
    """Ends a mandate on a day (today when None). Raises Invalid (until), NotAllowed, NotFound, Conflict."""
    refuse(by)
    row, _person = row_of(Mandate.objects.all(), row_id, person_id)
    row.until = ended(row, on)
    row.save(update_fields=["until"])
    return row


@transaction.atomic
def resume_mandate(*, person_id: int, row_id: int, until: date | None, by: User) -> Mandate:
    """Undoes `end_mandate`, restoring its former end."""
    refuse(by)
    row, _person = row_of(Mandate.objects.all(), row_id, person_id)
    row.until = until
    row.save(update_fields=["until"])
    return row
