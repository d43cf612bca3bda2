"""Helpers shared by the changes of a person's file: permission, row locks, dates, search index, main address."""

from datetime import date
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.residents.models import Dated, Person, PersonAddress
from parvis.apps.residents.queries.people import KIND, main_first
from parvis.apps.residents.rules.phonetics import sound_words
from parvis.apps.search.services import holder_words, index
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid, or_not_found

D = TypeVar("D", bound=Dated)


def refuse(by: User, action: Action = Action.WRITE_PERSON) -> None:
    """Raises NotAllowed when the role of `by` does not include the action."""
    by.require(action, _("Your role does not let you change a person’s file."))


def locked(person_id: int) -> Person:
    """Locks and returns a file. Raises NotFound, and Conflict when it was merged into another."""
    person = locked_row(Person.objects.filter(pk=person_id), pgettext("person", "This file does not exist."))
    if person.merged_into_id:
        raise Conflict(_("This file was merged into another meanwhile. Open that one."))
    return person


def row_of(rows: QuerySet[D], row_id: int, person_id: int) -> tuple[D, Person]:
    """Returns a row of the file and the locked file. Raises NotFound when the file has no such row; as `locked`."""
    row = or_not_found(rows.filter(pk=row_id, person=person_id).first(), _("This line is no longer in the file."))
    return row, locked(person_id)


def ended(row: Dated, on: date | None) -> date:
    """The end date of the row: `on`, or today. Raises Invalid (until) when in the future or before the row began."""
    day, today = on or clock.today(), clock.today()
    if day > today:
        raise Invalid(_("This day is to come."), {"until": _("This day is to come: write it once it has passed.")})
    if row.since and day < row.since:
        raise Invalid.in_field("until", _("It ends before it began."))
    return day


def make_findable(person: Person) -> None:
    """Indexes the file by name, organisation, e-mail, phone numbers and current addresses.

    A sensitive file is indexed by its name alone; `queries.find` also looks up whole phone numbers directly.
    """
    if person.canonical.sensitive:
        index(kind=KIND, object_id=person.pk, words=f"{person.name} {sound_words(person.name)}")
        return
    today = clock.today()
    rows = person.addresses.select_related("address__street")
    places = {person.postal_address, *(row.label for row in rows if row.holds(today))}
    words = [person.name, person.organisation, person.email, *sorted(places), sound_words(person.name)]
    numbers = person.phones.order_by("pk").values_list("number", flat=True)
    index(kind=KIND, object_id=person.pk, words=" ".join([*words, *map(holder_words, numbers)]))


def settle_main(person: Person) -> None:
    """Replaces the main address by the next one when it no longer holds, and saves the file then."""
    today = clock.today()
    rows = [row for row in person.addresses.select_related("address__street") if row.holds(today)]
    main = (person.address_id, "" if person.address_id else person.address_text.casefold())
    if all(row.key != main for row in rows):
        set_main(person, main_first(rows)[0] if rows else None)


def set_main(person: Person, row: PersonAddress | None) -> None:
    """Makes the row the main address, or clears it when None."""
    person.address = row.address if row else None
    person.address_text = row.text if row and not row.address else ""
    person.save(update_fields=["address", "address_text"])


def settle_organisation(person: Person) -> None:
    """Copies to the file the names of the person's current organisations."""
    today = clock.today()
    rows = person.memberships.select_related("organisation").order_by("pk")
    names = dict.fromkeys(row.organisation.name for row in rows if row.holds(today))
    person.organisation = ", ".join(names)[:160]
    person.save(update_fields=["organisation"])


def of_file(person: Person) -> Q:
    """The condition for rows of a file and of the files merged into it."""
    return Q(person=person) | Q(person__merged_into=person)
