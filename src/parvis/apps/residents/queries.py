"""Finding people, and reading their file."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db.models import BigIntegerField, Case, DateField, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat

from parvis.apps.residents.contact_details import Unreadable, clean_email, clean_phone
from parvis.apps.residents.models import (
    Disclosure,
    Held,
    Mandate,
    Membership,
    Merger,
    Organisation,
    Person,
    PersonAddress,
    PhoneNumber,
    Sensitivity,
)
from parvis.apps.residents.sounds import sound_words
from parvis.apps.search.queries import find as search
from parvis.apps.search.queries import find_number, page, readings
from parvis.lib import clock
from parvis.lib.rows import Compiled
from parvis.lib.words import fold

KIND = "person"
ORGANISATION = "org"
HELD: tuple[type[PhoneNumber | PersonAddress | Membership | Mandate], ...] = (
    *(PhoneNumber, PersonAddress, Membership, Mandate),
)
MIN_DIGITS = 4
WHOLE = 10  # digits of a national number
_by_id = Compiled(lambda pk: Person.objects.filter(pk=pk))
_merged_into = Compiled(lambda pk: Person.objects.filter(merged_into_id=pk).values_list("pk").order_by("pk"))
_PHONE_LIKE = re.compile(r"[\d\s()+.\-\u00a0]+")


def find(text: str, limit: int = 8) -> list[Person]:
    """The people found by any words of their name, e-mail, address, organisation, or by four digits of a phone or more.

    A name that nobody spells so is looked for by its sound (`sounds`), then as if it were mistyped. At most `limit`,
    best first; `phones` and `address.street` are read. A file that was merged is found as the one that is kept. A
    sensitive one is found by its name or a whole number alone. Three queries whatever the number found, one more for a
    whole number, a few more when nothing matched at once.
    """
    ids = _ids(text, limit)
    return _standing(_read(Person.objects.filter(pk__in=ids)), ids) if ids else []


def _standing(rows: QuerySet[Person], order: Sequence[int] = ()) -> list[Person]:
    """The files that stand for these ones, each once, in that order of numbers, or of the rows; one query more."""
    result = {person.pk: person for person in rows}
    wanted = {person.merged_into_id for person in result.values() if person.merged_into_id}
    kept = {person.pk: person for person in _read(Person.objects.filter(pk__in=wanted))} if wanted else {}
    people = [result[pk] for pk in order or result if pk in result]
    return list(dict.fromkeys(kept[item.merged_into_id] if item.merged_into_id else item for item in people))


def phone_digits(text: str) -> str:
    """The national digits of what may be a piece of a phone number, four at least; "" for any other text."""
    digits = "".join(char for char in text if char.isdigit())
    if len(digits) < MIN_DIGITS or not _PHONE_LIKE.fullmatch(text):
        return ""
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits  # noqa: PLR2004


def by_id(pk: int) -> Person | None:
    """The person of that number, as the file that is kept for them."""
    person = _by_id.first(pk)
    return person.canonical if person else None


def ids_of(person: Person) -> list[int]:
    """The number of a file that is kept, then those of the files merged into it: what is asked of someone asks all."""
    return [person.pk, *(pk for (pk,) in _merged_into(person.pk))]


def whole(person_id: int) -> QuerySet[Person]:
    """The file of that number that is kept, and those merged into it."""
    return Person.objects.filter(Q(pk=person_id) | Q(merged_into=person_id))


def with_merged(ids: Iterable[int]) -> QuerySet[Person]:
    """The files of those numbers, and those merged into them."""
    return Person.objects.filter(Q(pk__in=ids) | Q(merged_into__in=ids)).order_by()


def number_of(person: Person | None) -> str:
    """The first number at which the person is called; "" when there is none."""
    if person is None:
        return ""
    rows = PhoneNumber.objects.filter(person=person.canonical).order_by("pk")
    return rows.values_list("number", flat=True).first() or ""


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
    return _standing(_read(Person.objects.filter(known).distinct()).order_by("-pk")[:8]) if known else []


def household(number: str) -> list[Person]:
    """Those who hold a number (E.164), at most 8, by name: one of them calls, and nothing says which."""
    rows = _read(Person.objects.filter(phones__number=number)) if number else Person.objects.none()
    return sorted(_standing(rows.order_by("pk")[:8]), key=lambda person: fold(person.name)) if number else []


# --- What a file holds ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One row of a file, as it is read: `ref` is the row it points at, `text` and `more` what it says."""

    kind: str
    pk: int
    ref: int | None
    code: str
    text: str
    more: str
    since: date | None
    until: date | None

    @property
    def over(self) -> bool:
        """Whether it holds no more."""
        return self.until is not None and self.until <= clock.today()

    @property
    def role(self) -> str:
        """What its code says: a role at an address or in an organisation, the reason why the file is sensitive."""
        names = {"belongs": Membership.Role, "flag": Sensitivity.Kind, "address": PersonAddress.Role}.get(self.kind)
        return str(names(self.code).label) if names else self.code


@dataclass(frozen=True)
class Holdings:
    """What a file that is kept holds, today's first.

    `sharing` are the people of other files who hold one of its numbers or its e-mail; `merged` the files merged into
    it; `flags` what makes it sensitive.
    """

    addresses: list[Line]
    phones: list[Line]
    belongs: list[Line]
    mandates: list[Line]
    sharing: list[Line]
    merged: list[Line]
    flags: list[Line]

    @property
    def ids(self) -> list[int]:
        """The numbers of the files merged into it."""
        return [line.pk for line in self.merged]


def holdings(person: Person) -> Holdings:
    """One query, whatever it holds."""
    kinds = ("phone", "address", "belongs", "mandate", "share", "merged", "flag")
    result: dict[str, list[Line]] = {kind: [] for kind in kinds}
    for row in _lines(person):
        line = Line(*row)
        result[line.kind].append(line)
    merged = {line.pk for line in result["merged"]} | {person.pk}
    sharing = {line.pk: line for line in result["share"] if line.pk not in merged and line.ref not in merged}
    return Holdings(
        addresses=main_first(result["address"]),
        phones=sorted(result["phone"], key=lambda line: line.pk),
        belongs=_latest_first(result["belongs"]),
        mandates=_latest_first(result["mandate"]),
        sharing=sorted(sharing.values(), key=lambda line: line.text),
        merged=result["merged"],
        flags=result["flag"],
    )


_LABEL = Case(  # of an address, as `places.models.Address.label` says it
    When(address=None, then=F("text")),
    default=Concat(
        Cast("address__civic", TextField()),
        F("address__suffix"),
        Value(", "),
        F("address__street__name"),
        Case(When(address__unit="", then=Value("")), default=Concat(Value(", app. "), F("address__unit"))),
        output_field=TextField(),
    ),
    output_field=TextField(),
)


def _lines(person: Person) -> Iterable[tuple[Any, ...]]:
    """The rows of every kind in one statement, each as the fields of `Line`."""
    nobody, no_day, blank = Cast(Value(None), BigIntegerField()), Cast(Value(None), DateField()), Value("", TextField())
    numbers = person.phones.values("number")
    same = Person.objects.filter(phones__number__in=numbers)
    parts = [
        _part("phone", person.phones.all(), "came_from_id", blank, "number", blank, no_day, no_day),
        *(
            _part("share", rows, "merged_into_id", blank, "name", blank, no_day, no_day)
            for rows in (same, Person.objects.filter(email=person.email) if person.email else None)
            if rows is not None
        ),
        _part("merged", person.merged.all(), nobody, blank, "name", blank, no_day, no_day),
        _part("address", person.addresses.all(), "came_from_id", "role", _LABEL, blank),
        _part("belongs", person.memberships.all(), "organisation_id", "role", "organisation__name", blank),
        _part("mandate", person.mandates.all(), nobody, blank, "name", "proof"),
    ]
    if person.sensitive:
        marks = Sensitivity.objects.filter(Q(person=person) | Q(person__merged_into=person), lifted_at=None)
        parts.append(_part("flag", marks, nobody, "kind", "why", blank, no_day, no_day))
    return parts[0].union(*parts[1:], all=True)


def _part(kind: str, rows: QuerySet[Any], ref: Any, code: Any, text: Any, more: Any, *days: Any) -> QuerySet[Any, Any]:
    """One kind of rows, with the columns of `Line`; its own days when none are given."""
    since, until = days or (F("since"), F("until"))
    return rows.order_by().values_list(
        Value(kind, TextField()),
        "pk",
        ref if not isinstance(ref, str) else F(ref),
        Cast(code, TextField()),
        Cast(text, TextField()),
        Cast(more, TextField()),
        since,
        until,
    )


_ROLES = list(PersonAddress.Role.values)


A = TypeVar("A", PersonAddress, Line)


def main_first(rows: list[A]) -> list[A]:
    """Addresses in the order of a file: today's before the past; where they live, own, trade; the latest first."""
    return sorted(
        rows,
        key=lambda row: (
            row.until is not None,
            _ROLES.index(row.code if isinstance(row, Line) else row.role),
            -_day(row.until or row.since),
            -row.pk,
        ),
    )


def _latest_first(lines: list[Line]) -> list[Line]:
    """What holds today before the past, the latest first."""
    return sorted(lines, key=lambda line: (line.over, -_day(line.until or line.since), -line.pk))


def _day(day: date | None) -> int:
    return day.toordinal() if day else 0


def same_row(row: Held) -> tuple[Any, ...]:
    """What makes two rows of two files one and the same."""
    if isinstance(row, PhoneNumber):
        return (row.number,)
    assert isinstance(row, PersonAddress | Membership | Mandate)
    return (*row.key, getattr(row, "role", ""), row.until)


def values_of(person: Person) -> dict[str, Any]:
    """The values among which one chooses when files are merged (`values.NAMES`), as plain JSON values."""
    plain = {name: getattr(person, name) for name in ("name", "email", "audience", "reach")}
    since = person.english_since.isoformat() if person.english_since else None
    return plain | {
        "address": [person.address_id, person.address_text],
        "language": [person.language, person.english_ground, since],  # why English goes with it
    }


def mergers(person: Person) -> list[Merger]:
    """The merges into a file and into those merged into it, the latest first, those undone among them."""
    rows = Merger.objects.filter(canonical__in=ids_of(person)).select_related(
        "canonical", "absorbed", "by", "undone_by"
    )
    return list(rows.order_by("-pk")[:50])


def merger(pk: int) -> Merger | None:
    """A merge of two files, with both."""
    rows = Merger.objects.select_related(
        "canonical__merged_into", "canonical__address__street", "absorbed__address__street", "by"
    )
    return rows.filter(pk=pk).first()


def behind(person_id: int) -> list[int]:
    """That file, and those merged into it, into them, and so on: what leaves with it when it is separated."""
    result = [person_id]
    live = Merger.objects.filter(undone_at=None)
    for pk in result:
        result += live.filter(canonical=pk).values_list("absorbed_id", flat=True)
    return result


def numbers_apart(merger: Merger) -> set[str]:
    """The numbers that the merged file brought, and that nothing else of the kept one holds."""
    theirs = behind(merger.absorbed_id)
    rows = PhoneNumber.objects.filter(person__in=ids_of(merger.canonical.canonical))
    owners = [(row.number, row.came_from_id or row.person_id) for row in rows]
    rest = {number for number, owner in owners if owner not in theirs}
    return {number for number, owner in owners if owner in theirs} - rest


# --- Organisations, and what may be said ------------------------------------------------------------------------------


def organisation(pk: int) -> Organisation | None:
    """An organisation, its address read."""
    return Organisation.objects.select_related("address__street").filter(pk=pk).first()


def find_organisations(text: str, limit: int = 8) -> list[Organisation]:
    """The organisations found by any words of their name, e-mail or place, or by four digits of their number or more,
    best first; a name by its sound, then as if it were mistyped, as people are. Two queries when words match at once.
    """
    digits = phone_digits(text)
    ids = (find_number(ORGANISATION, digits, limit) if digits else []) or _by_words(ORGANISATION, text, limit)
    rows = Organisation.objects.select_related("address__street").in_bulk(ids)
    return [rows[pk] for pk in ids if pk in rows]


def latest_organisations(limit: int = 20) -> list[Organisation]:
    """The organisations registered last."""
    return list(Organisation.objects.select_related("address__street").order_by("-pk")[:limit])


def members(organisation: Organisation) -> list[Membership]:
    """Who belongs to it, today's first, at most 100."""
    rows = organisation.memberships.select_related("person").prefetch_related("person__phones")
    return sorted(rows.order_by("-pk")[:100], key=lambda row: row.until is not None)


def disclosures(subject: str = "") -> list[Disclosure]:
    """What may be said to whom, by kind of information; those asked in that subject (slug) come first."""
    rows = list(Disclosure.objects.filter(active=True))
    return sorted(rows, key=lambda disclosure: subject not in disclosure.subjects) if subject else rows


def _ids(text: str, limit: int) -> list[int]:
    digits = phone_digits(text)
    if digits and (result := [*_holders(digits), *find_number(KIND, digits, limit)]):
        return result[:limit]
    return _by_words(KIND, text, limit)


def _by_words(kind: str, text: str, limit: int) -> list[int]:
    """As typed, then by the sound of the words, then as if they were mistyped."""
    result = search(kind, text, limit) or search(kind, sound_words(text), limit)
    return result or [match.object_id for match in page(kind, readings(text), limit=limit)]


def _holders(digits: str) -> list[int]:
    """Those who hold that very number, when it is a whole one."""
    rows = PhoneNumber.objects.filter(number=f"+1{digits}").order_by("pk")
    return list(rows.values_list("person_id", flat=True)) if len(digits) == WHOLE else []


def _read(people: QuerySet[Person]) -> QuerySet[Person]:
    return people.select_related("address__street").prefetch_related("phones")
