"""Who the people of an earlier system are here: known again, or written down as new."""

from collections.abc import Sequence
from hashlib import sha256

from parvis.importing.earlier import Someone
from parvis.importing.models import EarlierPerson
from parvis.lib.words import fold
from parvis.residents.models import Person
from parvis.residents.services import Newcomer, update, welcome


def key_of(system: str, someone: Someone) -> str:
    """The key of a person of that system: by their number there, else by all that was written of them."""
    place = someone.address.label if someone.address else someone.address_text
    written = (fold(someone.name), someone.phone, someone.email, fold(place))
    return sha256("\n".join([system, *([someone.number] if someone.number else ["", *written])]).encode()).hexdigest()


def find_or_register(*, system: str, wanted: Sequence[Someone]) -> tuple[dict[str, Person], int]:
    """The person behind each key, and how many of them are new. The caller holds a transaction.

    Someone met before is who they were then. Otherwise it is for `residents.services.welcome` to say whether somebody
    of that very name with that phone or e-mail is in the files already.
    """
    by_key = {key_of(system, one): one for one in wanted}
    rows = EarlierPerson.objects.select_related("person").filter(key__in=by_key)
    found = {row.key: row.person for row in rows}
    before = Person.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    missing = {key: one for key, one in by_key.items() if key not in found}
    met = {key: _welcomed(one) for key, one in missing.items()}
    EarlierPerson.objects.bulk_create([EarlierPerson(key=key, person=person) for key, person in met.items()])
    return {**found, **met}, len({person.pk for person in met.values() if person.pk > before})


def _welcomed(one: Someone) -> Person:
    newcomer = Newcomer(
        name=one.name,
        phone=one.phone,
        email=one.email,
        language=one.language,
        audience=one.audience,
        address=one.address,
        address_text=one.address_text,
    )
    person = welcome(newcomer, by=None)
    if one.organisation and not person.organisation:
        person = update(person=person, organisation=one.organisation, by=None)
    return person
