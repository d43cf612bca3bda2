"""Who the people of an earlier system are here: known again, or written down as new."""

from collections.abc import Sequence
from hashlib import sha256

from parvis.apps.directory.actors import Actor
from parvis.apps.residents.models import Person
from parvis.apps.residents.services import MAX_PHONES, Newcomer, update, welcome
from parvis.lib.words import fold
from parvis.operations.importing.legacy_case import Someone
from parvis.operations.importing.models import LegacyPerson


def key_of(system: str, someone: Someone) -> str:
    """The key of a person of that system: by their number there, else by all that was written of them."""
    place = someone.address.label if someone.address else someone.address_text
    written = (fold(someone.name), someone.phone, someone.email, fold(place))
    return sha256("\n".join([system, *([someone.number] if someone.number else ["", *written])]).encode()).hexdigest()


def find_or_register(*, system: str, wanted: Sequence[Someone]) -> tuple[dict[str, Person], int]:
    """The person behind each key, and how many of them are new. The caller holds a transaction.

    Someone met before is who they were then, and what a later line adds to what was known of them is added to their
    file. Otherwise it is for `residents.services.welcome` to say whether somebody of that very name with that phone or
    e-mail is in the files already.
    """
    keys = {fromkey: key_of(system, fromkey) for fromkey in dict.fromkeys(wanted)}
    rows = LegacyPerson.objects.select_related("person").filter(key__in=keys.values())
    completed = {row.key: row.person for row in rows.prefetch_related("person__phones")}
    before = Person.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    met: dict[str, Person] = {}
    for someone, key in keys.items():
        if key not in completed:
            completed[key] = met[key] = _welcomed(someone)
        elif someone.number:  # without a number, all that is written of them is the same
            completed[key] = _completed(completed[key].canonical, someone)
    LegacyPerson.objects.bulk_create([LegacyPerson(key=key, person=person) for key, person in met.items()])
    return completed, len({person.pk for person in met.values() if person.pk > before})


def _welcomed(someone: Someone) -> Person:
    newcomer = Newcomer(
        name=someone.name,
        phone=someone.phone,
        email=someone.email,
        language=someone.language,
        audience=someone.audience,
        address=someone.address,
        address_text=someone.address_text,
    )
    person = welcome(newcomer, by=Actor.system())
    if someone.organisation and not person.organisation:
        person = update(person=person, organisation=someone.organisation, by=Actor.system())
    return person


def _completed(known: Person, someone: Someone) -> Person:
    """The person, with what their file lacked; nothing that it holds is replaced."""
    held = [row.number for row in known.phones.all()]
    phone = someone.phone if someone.phone not in held and len(held) < MAX_PHONES else ""
    email = "" if known.email else someone.email
    organisation = "" if known.organisation else someone.organisation
    placed = bool(known.address_id or known.address_text) or not (someone.address or someone.address_text)
    if placed and not (phone or email or organisation):
        return known
    return update(
        person=known,
        phone=phone or None,
        email=email or None,
        organisation=organisation or None,
        address=None if placed else someone.address,
        address_text=None if placed else someone.address_text,
        by=Actor.system(),
    )
