"""Searching people and organisations, and reading their files."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db.models import (
    BigIntegerField,
    Case,
    DateField,
    F,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import Cast, Concat

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
from parvis.apps.residents.queries.contact_details import Unreadable, clean_email, clean_phone
from parvis.apps.residents.rules.phonetics import sound_words
from parvis.apps.search.queries import find as search
from parvis.apps.search.queries import find_number, page, spelling_corrections
from parvis.lib import clock
from parvis.lib.database.rows import Compiled
from parvis.lib.words import fold

KIND = "person"
ORGANISATION = "org"
HELD: tuple[type[PhoneNumber | PersonAddress | Membership | Mandate], ...] = (
    *(PhoneNumber, PersonAddress, Membership, Mandate),
)
MIN_DIGITS = 4
WHOLE = 10  # digits in a national number
_by_id = Compiled(lambda pk: Person.objects.filter(pk=pk))
_merged_into = Compiled(lambda pk: Person.objects.filter(merged_into_id=pk).values_list("pk").order_by("pk"))
NOBODY = "-"  # neither a number nor an e-mail address
_alike = Compiled(
    # By their ids rather than by a join: each side of the "or" is read by its index.
    lambda number, email: (
        Person.objects.filter(Q(pk__in=PhoneNumber.objects.filter(number=number).values("person")) | Q(email=email))
        .select_related("address__street")
        .order_by("-pk")[:8]
    )
)
_PHONE_LIKE = re.compile(r"[\d\s()+.\-\u00a0]+")


def find(text: str, limit: int = 8) -> list[Person]:
    """People matching words of a name, e-mail, address or organisation, or four or more digits of a phone number.

    Falls back to phonetic matching (`rules.phonetics`), then to spelling correction. At most `limit`, best first, with
    `phones` and `address.street` loaded. Merged files are returned as their canonical file; sensitive ones match by
    name or whole number alone. Three queries, one more for a whole number, a few more when falling back.
    """
    digits = phone_digits(text)
    ids = [*_holders(digits), *find_number(KIND, digits, limit)][:limit] if digits else []
    ids = ids or _by_words(KIND, text, limit)
    return _canonical(_with_details(Person.objects.filter(pk__in=ids)), ids) if ids else []


def _canonical(rows: Iterable[Person], order: Sequence[int] = ()) -> list[Person]:
    """The canonical files of the rows, without duplicates, in the order of ids given or of the rows."""
    files = {person.pk: person for person in rows}
    ids = {person.merged_into_id for person in files.values() if person.merged_into_id}
    canonical = {person.pk: person for person in _with_details(Person.objects.filter(pk__in=ids))} if ids else {}
    people = [files[pk] for pk in order or files if pk in files]
    return list(dict.fromkeys(canonical[file.merged_into_id] if file.merged_into_id else file for file in people))


def phone_digits(text: str) -> str:
    """The national digits of a partial phone number, at least four; "" for any other text."""
    digits = "".join(char for char in text if char.isdigit())
    if len(digits) < MIN_DIGITS or not _PHONE_LIKE.fullmatch(text):
        return ""
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits  # noqa: PLR2004


def by_id(pk: int) -> Person | None:
    """The canonical file of the person with this id, if any."""
    person = _by_id.first(pk)
    return person.canonical if person else None


def ids_of(person: Person) -> list[int]:
    """The id of a canonical file, then those of the files merged into it; queries about someone use them all."""
    return [person.pk, *(pk for (pk,) in _merged_into(person.pk))]


def whole(person_id: int) -> QuerySet[Person]:
    """A canonical file and those merged into it."""
    return Person.objects.filter(Q(pk=person_id) | Q(merged_into=person_id))


def with_merged(ids: Iterable[int]) -> QuerySet[Person]:
    """The files with these ids, and those merged into them."""
    return Person.objects.filter(Q(pk__in=ids) | Q(merged_into__in=ids)).order_by()


def number_of(person: Person | None) -> str:
    """The person's first phone number; "" when there is none."""
    if person is None:
        return ""
    rows = PhoneNumber.objects.filter(person=person.canonical).order_by("pk")
    return rows.values_list("number", flat=True).first() or ""


def lookalikes(phone: str, email: str) -> list[Person]:
    """People with exactly this phone number or e-mail address, at most 8; invalid ones match nobody."""
    number = address = ""
    with suppress(Unreadable):
        number = clean_phone(phone)
    with suppress(Unreadable):
        address = clean_email(email)
    if not (number or address):
        return []
    people = _alike(number or NOBODY, address or NOBODY)
    prefetch_related_objects(people, "phones")
    return _canonical(people)


def household(number: str) -> list[Person]:
    """The people who share a number (E.164), at most 8, by name."""
    if not number:
        return []
    rows = _with_details(Person.objects.filter(phones__number=number)).order_by("pk")[:8]
    return sorted(_canonical(rows), key=lambda person: fold(person.name))


# --- What a file holds ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileRow:
    """One row of a file, for display: `ref` is the id of the related row, `text` and `more` its content."""

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
        """Whether it has ended."""
        return self.until is not None and self.until <= clock.today()

    @property
    def role(self) -> str:
        """The label of the code: a role at an address or in an organisation, or the kind of a flag."""
        choices = {"belongs": Membership.Role, "flag": Sensitivity.Kind, "address": PersonAddress.Role}.get(self.kind)
        return str(choices(self.code).label) if choices else self.code


@dataclass(frozen=True)
class Holdings:
    """The rows of a canonical file, current ones first.

    `sharing` are people of other files with one of its numbers or its e-mail; `merged` the files merged into it;
    `flags` what makes it sensitive.
    """

    addresses: list[FileRow]
    phones: list[FileRow]
    belongs: list[FileRow]
    mandates: list[FileRow]
    sharing: list[FileRow]
    merged: list[FileRow]
    flags: list[FileRow]

    @property
    def ids(self) -> list[int]:
        """The ids of the files merged into it."""
        return [line.pk for line in self.merged]


def holdings(person: Person) -> Holdings:
    """The rows of a person's file, in one query."""
    lines: dict[str, list[FileRow]] = defaultdict(list)
    for row in _lines(person):
        line = FileRow(*row)
        lines[line.kind].append(line)
    merged = {line.pk for line in lines["merged"]} | {person.pk}
    sharing = {line.pk: line for line in lines["share"] if line.pk not in merged and line.ref not in merged}
    return Holdings(
        addresses=main_first(lines["address"]),
        phones=sorted(lines["phone"], key=lambda line: line.pk),
        belongs=_latest_first(lines["belongs"]),
        mandates=_latest_first(lines["mandate"]),
        sharing=sorted(sharing.values(), key=lambda line: line.text),
        merged=lines["merged"],
        flags=lines["flag"],
    )


_LABEL = Case(  # of an address, in the format of `places.models.Address.label`
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
    """The rows of every kind in one UNION, each with the fields of `Line`."""
    no_id, no_day, blank = Cast(Value(None), BigIntegerField()), Cast(Value(None), DateField()), Value("", TextField())
    sharing = [Person.objects.filter(phones__number__in=person.phones.values("number"))]
    if person.email:
        sharing.append(Person.objects.filter(email=person.email))
    parts = [
        _part("phone", person.phones.all(), "came_from_id", blank, "number", blank, no_day, no_day),
        *(_part("share", rows, "merged_into_id", blank, "name", blank, no_day, no_day) for rows in sharing),
        _part("merged", person.merged.all(), no_id, blank, "name", blank, no_day, no_day),
        _part("address", person.addresses.all(), "came_from_id", "role", _LABEL, blank),
        _part("belongs", person.memberships.all(), "organisation_id", "role", "organisation__name", blank),
        _part("mandate", person.mandates.all(), no_id, blank, "name", "proof"),
    ]
    if person.sensitive:
        flags = Sensitivity.objects.filter(Q(person=person) | Q(person__merged_into=person), lifted_at=None)
        parts.append(_part("flag", flags, no_id, "kind", "why", blank, no_day, no_day))
    return parts[0].union(*parts[1:], all=True)


def _part(kind: str, rows: QuerySet[Any], ref: Any, code: Any, text: Any, more: Any, *days: Any) -> QuerySet[Any, Any]:
    """Rows of one kind with the columns of `Line`; `days` replace the rows' own `since` and `until`."""
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
A = TypeVar("A", PersonAddress, FileRow)


def main_first(rows: list[A]) -> list[A]:
    """Addresses sorted: current before past, then by role (lives, owns, trades), then latest first."""
    return sorted(
        rows,
        key=lambda row: (
            row.until is not None,
            _ROLES.index(row.code if isinstance(row, FileRow) else row.role),
            -_day(row.until or row.since),
            -row.pk,
        ),
    )


def _latest_first(lines: list[FileRow]) -> list[FileRow]:
    return sorted(lines, key=lambda line: (line.over, -_day(line.until or line.since), -line.pk))


def _day(day: date | None) -> int:
    return day.toordinal() if day else 0


def same_row(row: Held) -> tuple[Any, ...]:
    """The key by which rows of two files are duplicates."""
    if isinstance(row, PhoneNumber):
        return (row.number,)
    assert isinstance(row, PersonAddress | Membership | Mandate)
    return (*row.key, getattr(row, "role", ""), row.until)


def values_of(person: Person) -> dict[str, Any]:
    """The values to choose from when files are merged (`values.NAMES`), as plain JSON."""
    plain = {name: getattr(person, name) for name in ("name", "email", "audience", "reach")}
    since = person.english_since.isoformat() if person.english_since else None
    return plain | {
        "address": [person.address_id, person.address_text],
        "language": [person.language, person.english_ground, since],
    }


def mergers(person: Person) -> list[Merger]:
    """The mergers into a file and into those merged into it, undone ones included, latest first, at most 50."""
    rows = Merger.objects.filter(canonical__in=ids_of(person)).select_related(
        "canonical", "absorbed", "by", "undone_by"
    )
    return list(rows.order_by("-pk")[:50])


def merger(pk: int) -> Merger | None:
    """A merger by id, with both files."""
    rows = Merger.objects.select_related(
        "canonical__merged_into", "canonical__address__street", "absorbed__address__street", "by"
    )
    return rows.filter(pk=pk).first()


def absorbed_ids(person_id: int) -> list[int]:
    """The ids of a file and of all merged into it, recursively: those that leave with it when it is separated."""
    ids = [person_id]
    active = Merger.objects.filter(undone_at=None)
    for pk in ids:
        ids += active.filter(canonical=pk).values_list("absorbed_id", flat=True)
    return ids


def numbers_apart(merger: Merger) -> set[str]:
    """The phone numbers that only the absorbed file brought to the canonical one."""
    absorbed = absorbed_ids(merger.absorbed_id)
    rows = PhoneNumber.objects.filter(person__in=ids_of(merger.canonical.canonical))
    owners = [(row.number, row.came_from_id or row.person_id) for row in rows]
    others = {number for number, owner in owners if owner not in absorbed}
    return {number for number, owner in owners if owner in absorbed} - others


# --- Organisations and disclosure rules -------------------------------------------------------------------------------


def organisation(pk: int) -> Organisation | None:
    """An organisation by id, with its address."""
    return Organisation.objects.select_related("address__street").filter(pk=pk).first()


def find_organisations(text: str, limit: int = 8) -> list[Organisation]:
    """Organisations matching words of a name, e-mail or address, or four or more digits of a number, best first.

    Falls back as `find` does. Two queries when words match directly.
    """
    digits = phone_digits(text)
    ids = (find_number(ORGANISATION, digits, limit) if digits else []) or _by_words(ORGANISATION, text, limit)
    rows = Organisation.objects.select_related("address__street").in_bulk(ids)
    return [rows[pk] for pk in ids if pk in rows]


def latest_organisations(limit: int = 20) -> list[Organisation]:
    """The latest organisations registered."""
    return list(Organisation.objects.select_related("address__street").order_by("-pk")[:limit])


def members(organisation: Organisation) -> list[Membership]:
    """The memberships of an organisation, current ones first, at most 100."""
    rows = organisation.memberships.select_related("person").prefetch_related("person__phones")
    return sorted(rows.order_by("-pk")[:100], key=lambda row: row.until is not None)


def disclosures(subject: str = "") -> list[Disclosure]:
    """The active disclosure rules; those for the given subject (slug) come first."""
    rows = list(Disclosure.objects.filter(active=True))
    return sorted(rows, key=lambda disclosure: subject not in disclosure.subjects) if subject else rows


def _by_words(kind: str, text: str, limit: int) -> list[int]:
    """Matches the words as typed, else their sound, else their corrected spelling."""
    ids = search(kind, text, limit) or search(kind, sound_words(text), limit)
    return ids or [row.object_id for row in page(kind, spelling_corrections(text), limit=limit)]


def _holders(digits: str) -> list[int]:
    """The ids of people with exactly this number; none for a partial one."""
    rows = PhoneNumber.objects.filter(number=f"+1{digits}").order_by("pk")
    return list(rows.values_list("person_id", flat=True)) if len(digits) == WHOLE else []


def _with_details(people: QuerySet[Person]) -> QuerySet[Person]:
    return people.select_related("address__street").prefetch_related("phones")
