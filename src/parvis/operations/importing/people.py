"""Matching of legacy people with our records, or creation of new ones."""

from collections.abc import Sequence
from hashlib import sha256

from parvis.apps.directory.models import Actor
from parvis.apps.residents.models import Person
from parvis.apps.residents.services.people import MAX_PHONES, Newcomer, update_person
from parvis.apps.residents.services.people import find_or_register as register_person
from parvis.lib.words import fold
from parvis.operations.importing.legacy_case import PersonRecord
from parvis.operations.importing.models import LegacyPerson


def key_of(system: str, record: PersonRecord) -> str:
    """The key of a person of that system: from their number there, else from all their details."""
    place = record.address.label if record.address else record.address_text
    details = (fold(record.name), record.phone, record.email, fold(place))
    return sha256("\n".join([system, *([record.number] if record.number else ["", *details])]).encode()).hexdigest()


def find_or_register(*, system: str, records: Sequence[PersonRecord]) -> tuple[dict[str, Person], int]:
    """The person behind each key, and the number of new ones. The caller holds a transaction.

    A person imported before is the same one; new details from later lines are added to their record. For others,
    `residents.services.people.find_or_register` decides whether a person of that name with that phone or e-mail exists.
    """
    keys = {record: key_of(system, record) for record in dict.fromkeys(records)}
    rows = LegacyPerson.objects.select_related("person").filter(key__in=keys.values())
    people = {row.key: row.person for row in rows.prefetch_related("person__phones")}
    last_pk = Person.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    added: dict[str, Person] = {}
    for record, key in keys.items():
        if key not in people:
            people[key] = added[key] = _welcome(record)
        elif record.number:  # without a number, the key means that all details are the same
            people[key] = _complete(people[key].canonical, record)
    LegacyPerson.objects.bulk_create([LegacyPerson(key=key, person=person) for key, person in added.items()])
    return people, len({person.pk for person in added.values() if person.pk > last_pk})


def _welcome(record: PersonRecord) -> Person:
    newcomer = Newcomer(
        name=record.name,
        phone=record.phone,
        email=record.email,
        language=record.language,
        audience=record.audience,
        address=record.address,
        address_text=record.address_text,
    )
    person = register_person(newcomer, by=Actor.system())
    if record.organisation and not person.organisation:
        person = update_person(person=person, organisation=record.organisation, by=Actor.system())
    return person


def _complete(person: Person, record: PersonRecord) -> Person:
    """Fills the missing details of a person; existing ones are not replaced."""
    numbers = [row.number for row in person.phones.all()]
    phone = record.phone if record.phone not in numbers and len(numbers) < MAX_PHONES else ""
    email = "" if person.email else record.email
    organisation = "" if person.organisation else record.organisation
    has_address = bool(person.address_id or person.address_text) or not (record.address or record.address_text)
    if has_address and not (phone or email or organisation):
        return person
    return update_person(
        person=person,
        phone=phone or None,
        email=email or None,
        organisation=organisation or None,
        address=None if has_address else record.address,
        address_text=None if has_address else record.address_text,
        by=Actor.system(),
    )
