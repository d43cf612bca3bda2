"""What lists may show of a person, or of a contact with them, to a given user."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from parvis.apps.cases.queries.access import may_read
from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Contact, Matter
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.access import Field, may_see


@dataclass(frozen=True)
class PersonLine:
    """A person in a list: only the name when the file is `shut` to this user, whatever reason they gave."""

    person: Person
    shut: bool
    organisation: str
    phones: list[str]
    address: str

    @property
    def why_shut(self) -> str:
        """Why the file is shut, in words."""
        return why_shut(self.person)


def why_shut(person: Person) -> str:
    """Why a file that is shut to someone is, in words."""
    return _("sensitive file") if person.sensitive else _("no request of yours is theirs")


def person_line(person: Person, user: User, *, in_common: Collection[int] = ()) -> PersonLine:
    """What a list may show of the person; `in_common` as `gate.in_common`. Reads `phones` and `address.street`."""

    def sees(field: Field) -> bool:
        return may_see(person, field, user, in_common=person.pk in in_common)

    return PersonLine(
        person,
        shut=not sees(Field.FILE),
        organisation=person.organisation if sees(Field.FILE) else "",
        phones=[row.number for row in person.phones.all()] if sees(Field.PHONE) else [],
        address=person.postal_address if sees(Field.ADDRESS) else "",
    )


@dataclass(frozen=True)
class ContactLine:
    """A contact in a list, with the matters the user may read."""

    contact: Contact
    shut: bool
    matters: list[Matter]
    message: bool = False  # one of the inbox, which the user may open there

    @property
    def why_shut(self) -> str:
        """Why the contact is shut, in words."""
        return why_shut(self.contact.person) if self.contact.person else ""


def contact_line(contact: Contact, user: User, *, in_common: Collection[int] = ()) -> ContactLine:
    """What a list may show of the contact. Reads `person.canonical`, `matters.case`."""
    person = contact.person
    shut = person is not None and not may_see(person, Field.FILE, user, in_common=person.pk in in_common)
    message = contact.channel == Channel.EMAIL and user.may(Action.TAKE_CONTACT)
    return ContactLine(contact, shut, [] if shut else readable_matters(contact, user), message)


def readable_matters(contact: Contact, user: User) -> list[Matter]:
    """The matters of a contact, except those whose case the user may not read. Reads `matters.case`."""
    return [matter for matter in contact.matters.all() if matter.case is None or may_read(user, matter.case)]
