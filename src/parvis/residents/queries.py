"""Finding people, and reading their file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from parvis.lib.rows import Compiled
from parvis.residents.models import Person
from parvis.residents.reach import Unreadable, clean_email, clean_phone
from parvis.residents.sounds import sound_words
from parvis.search.queries import find as search
from parvis.search.queries import page, readings

KIND = "person"
MIN_DIGITS = 4
_by_id = Compiled(lambda pk: Person.objects.filter(pk=pk))
_PHONE_LIKE = re.compile(r"[\d\s()+.\-\u00a0]+")


@dataclass(frozen=True)
class PersonFile:
    """Everything the town holds about one person, newest first in each list.

    `contacts` are intake.Contact with `matters` read, `cases` are cases.Case with `subject` and `department` read,
    `given` are intake.Given with `answer` and `matter` read.
    """

    person: Person
    contacts: Sequence[Any]
    cases: Sequence[Any]
    given: Sequence[Any]


def find(text: str, limit: int = 8) -> list[Person]:
    """The people found by any words of their name, e-mail, address, organisation, or by four digits of a phone or more.

    A name that nobody spells so is looked for by its sound (`sounds`), then as if it were mistyped. At most `limit`,
    best first; `phones` and `address.street` are read. Three queries whatever the number found, a few more when nothing
    matched at once.
    """
    ids = _ids(text, limit)
    people = {person.pk: person for person in _read(Person.objects.filter(pk__in=ids))} if ids else {}
    return [people[pk] for pk in ids if pk in people]


def phone_digits(text: str) -> str:
    """The national digits of what may be a piece of a phone number, four at least; "" for any other text."""
    digits = "".join(char for char in text if char.isdigit())
    if len(digits) < MIN_DIGITS or not _PHONE_LIKE.fullmatch(text):
        return ""
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits  # noqa: PLR2004


def by_id(pk: int) -> Person | None:
    """The person of that number."""
    return _by_id.first(pk)


def lookalikes(phone: str, email: str) -> list[Person]:
    """People already known under that very phone number or e-mail address, at most 8; unreadable ones match nobody."""
    known = Q()
    try:
        if number := clean_phone(phone):
            known |= Q(phones__number=number)
    except Unreadable:
        pass
    try:
        if address := clean_email(email):
            known |= Q(email=address)
    except Unreadable:
        pass
    return list(_read(Person.objects.filter(known).distinct()).order_by("-pk")[:8]) if known else []


def file(person: Person, *, limit: int = 50) -> PersonFile:
    """The person's file: their latest contacts, cases and answers given, `limit` of each. Constant queries.

    The caller records the reading (`directory.services.record_reading`).
    """
    contacts = (
        person.contacts.select_related("agent")
        .prefetch_related("matters__subject", "matters__case", "matters__given__answer__subject")
        .order_by("-started_at", "-pk")[:limit]
    )
    cases = person.cases.select_related("subject", "department", "owner").order_by("-opened_at", "-pk")[:limit]
    read = list(contacts)
    given = [given for contact in read for matter in contact.matters.all() for given in matter.given.all()]
    return PersonFile(person, read, list(cases), sorted(given, key=lambda one: one.at, reverse=True)[:limit])


def _ids(text: str, limit: int) -> list[int]:
    digits = phone_digits(text)
    if digits and (found := search(KIND, digits, limit)):
        return found
    found = search(KIND, text, limit) or search(KIND, sound_words(text), limit)
    return found or [one.object_id for one in page(KIND, readings(text), limit=limit)]


def _read(people: QuerySet[Person]) -> QuerySet[Person]:
    return people.select_related("address__street").prefetch_related("phones")
