"""What lists may show of a person, or of a contact with them, to a given user."""

from dataclasses import dataclass

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


def person_line(person: Person, user: User) -> PersonLine:
    """What a list may show of the person. Reads `phones` and `address.street`."""
    return PersonLine(
        person,
        shut=not may_see(person, Field.FILE, user),
        organisation=person.organisation if may_see(person, Field.FILE, user) else "",
        phones=[row.number for row in person.phones.all()] if may_see(person, Field.PHONE, user) else [],
        address=person.postal_address if may_see(person, Field.ADDRESS, user) else "",
    )


@dataclass(frozen=True)
class ContactLine:
    """A contact in a list, with the matters the user may read."""

    contact: Contact
    shut: bool
    matters: list[Matter]
    message: bool = False  # one of the inbox, which the user may open there


def contact_line(contact: Contact, user: User) -> ContactLine:
    """What a list may show of the contact. Reads `person.canonical`, `matters.case`."""
    shut = contact.person is not None and not may_see(contact.person, Field.FILE, user)
    message = contact.channel == Channel.EMAIL and user.may(Action.TAKE_CONTACT)
    return ContactLine(contact, shut, [] if shut else readable_matters(contact, user), message)


def readable_matters(contact: Contact, user: User) -> list[Matter]:
    """The matters of a contact, except those whose case the user may not read. Reads `matters.case`."""
    return [matter for matter in contact.matters.all() if matter.case is None or may_read(user, matter.case)]
