"""Ages, names, whom to call, and how long a health form is good. Pure: no database, no framework."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from parvis.lib.words import split

ACCOUNT_AGE = 14
"""The age from which someone has an account of their own: under it, a parent consents (A-2.1, a. 53.1)."""
ADULT_AGE = 18
OLDEST = 120
MOST_CONTACTS = 3
"""Of a household, to be called in an emergency."""


def age_on(born: date, day: date) -> int:
    """Whole years on a day, 0 before the birth; who was born on 29 February gains a year on 1 March of a common year.

    >>> age_on(date(2020, 2, 29), date(2026, 2, 28)), age_on(date(2020, 2, 29), date(2026, 3, 1))
    (5, 6)
    """
    return max(0, day.year - born.year - ((day.month, day.day) < (born.month, born.day)))


def is_birth_date(born: date, today: date) -> bool:
    """Whether someone alive may be born on that day."""
    return born <= today and age_on(born, today) <= OLDEST


def family_names(names: Iterable[str]) -> str:
    """The name of a household, from those of its adults: their last words, each once.

    >>> family_names(["Louise Gagné", "Paul Roy", "Anne Gagné"])
    'Gagné, Roy'
    """
    return ", ".join(dict.fromkeys(name.split()[-1] for name in names if name.split()))[:160]


def same_name(one: str, other: str) -> bool:
    """Whether two names have the same words, whatever their order, case, accents and hyphens.

    >>> same_name("Jean-Marc Côté", "cote jean marc"), same_name("Marie Roy", "Marie-Ève Roy")
    (True, False)
    """
    return bool(split(one)) and sorted(split(one)) == sorted(split(other))


def good_until(signed: date) -> date:
    """The last day on which a health form signed that day is good: a year later.

    >>> good_until(date(2026, 12, 8)), good_until(date(2028, 2, 29))
    (datetime.date(2027, 12, 8), datetime.date(2029, 2, 28))
    """
    day = 28 if (signed.month, signed.day) == (2, 29) else signed.day
    return signed.replace(year=signed.year + 1, day=day)


class Call(NamedTuple):
    """Someone to call in an emergency, and their number."""

    name: str
    phone: str


def known_contact(contacts: Sequence[Call], said: Call) -> int | None:
    """Which of these contacts is the one said: by the name, else by the number; None for someone else.

    >>> known_contact([Call("Paul Roy", "+1450"), Call("Ana Diaz", "+1514")], Call("Diaz Ana", "+1450"))
    1
    """
    names = (at for at, one in enumerate(contacts) if same_name(one.name, said.name))
    numbers = (at for at, one in enumerate(contacts) if one.phone == said.phone)
    return next(names, next(numbers, None))


def with_contact(contacts: Sequence[Call], said: Call, shown: Call | None) -> list[Call]:
    """The contacts of a household once one is said on a form where `shown` was written before.

    Who is known is corrected; someone else takes the place of the one shown, else comes last.

    >>> paul, ana = Call("Paul Roy", "+1450"), Call("Ana Diaz", "+1514")
    >>> with_contact([paul], Call("Paul Roy", "+1438"), paul)
    [Call(name='Paul Roy', phone='+1438')]
    >>> with_contact([paul], ana, paul), with_contact([paul], ana, None) == [paul, ana]
    ([Call(name='Ana Diaz', phone='+1514')], True)
    """
    at = known_contact(contacts, said)
    if at is None and shown is not None:
        at = known_contact(contacts, shown)
    if at is None and len(contacts) >= MOST_CONTACTS:
        at = len(contacts) - 1
    if at is None:
        return [*contacts, said]
    return [*contacts[:at], said, *contacts[at + 1 :]]
