"""The town, its departments, its calendar and its sample people, as its files give them, brought into the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from parvis.directory.models import Absence, Closure, Department, Membership, Town, User
from parvis.lib.sync import Tally, sync_rows

Texts = tuple[str, str]


@dataclass(frozen=True)
class ClosureData:
    """Days when the offices are closed, both ends included; or open for the `hours` given, pairs of "HH:MM"."""

    first_day: date
    last_day: date
    name: Texts
    example: bool
    hours: tuple[list[str], ...] = ()


@dataclass(frozen=True)
class TownData:
    """Who the town is and when it works; `hours` maps mon..sun to pairs of "HH:MM".

    `seasons` are {from, until, hours}; `longest_wait` is a duration of `catalogue.promises`, in days.
    """

    slug: str
    name: Texts
    short_name: str
    code_mamh: str
    english: str
    phone: str
    emergency_phone: str
    email: str
    website: str
    address: Texts
    hours: Mapping[str, list[list[str]]]
    hours_example: bool
    holidays: str
    closures: tuple[ClosureData, ...] = ()
    seasons: tuple[Mapping[str, Any], ...] = ()
    longest_wait: str = "20d"
    language_rule: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DepartmentData:
    """A department, the desk, or an outside body; `head` is a username or ""."""

    slug: str
    name: Texts
    kind: str
    phone: str
    extension: str
    email: str
    website: str
    duties: Texts
    head: str
    example: bool


@dataclass(frozen=True)
class AbsenceData:
    """Days when someone is away; `delegate` is a username or ""."""

    first_day: date
    last_day: date
    delegate: str


@dataclass(frozen=True)
class StaffData:
    """A sample account: what it is called, where it works (department slug, role)."""

    username: str
    name: str
    email: str
    language: str
    extension: str
    memberships: tuple[tuple[str, str], ...]
    absences: tuple[AbsenceData, ...] = field(default=())


@transaction.atomic
def load_town(*, town: TownData) -> dict[str, Tally]:
    """Bring the one town and its closures to the file. The caller has made sure that no other town is served here."""
    values = {
        "slug": town.slug,
        "name_fr": town.name[0],
        "name_en": town.name[1],
        "short_name": town.short_name,
        "code_mamh": town.code_mamh,
        "english": town.english,
        "phone": town.phone,
        "emergency_phone": town.emergency_phone,
        "email": town.email,
        "website": town.website,
        "address_fr": town.address[0],
        "address_en": town.address[1],
        "hours": dict(town.hours),
        "hours_example": town.hours_example,
        "holidays": town.holidays,
        "seasons": [dict(season) for season in town.seasons],
        "longest_wait": town.longest_wait,
        "language_rule": dict(town.language_rule),
    }
    closures = [
        {
            "first_day": closure.first_day,
            "last_day": closure.last_day,
            "name_fr": closure.name[0],
            "name_en": closure.name[1],
            "hours": [list(span) for span in closure.hours],
            "example": closure.example,
        }
        for closure in town.closures
    ]
    return {
        "town": sync_rows(Town.objects.all(), ("slug",), [values], gone="leave"),
        "closures": sync_rows(Closure.objects.all(), ("first_day", "last_day"), closures, gone="delete"),
    }


@transaction.atomic
def load_departments(*, departments: Sequence[DepartmentData]) -> dict[str, Tally]:
    """Bring the departments to the file; one that is no longer named is made inactive, never deleted."""
    wanted = [
        {
            "slug": department.slug,
            "name_fr": department.name[0],
            "name_en": department.name[1],
            "kind": department.kind,
            "phone": department.phone,
            "extension": department.extension,
            "email": department.email,
            "website": department.website,
            "duties_fr": department.duties[0],
            "duties_en": department.duties[1],
            "example": department.example,
            "active": True,
        }
        for department in departments
    ]
    return {"departments": sync_rows(Department.objects.all(), ("slug",), wanted, gone="deactivate")}


@transaction.atomic
def load_sample_staff(*, staff: Sequence[StaffData], heads: Mapping[str, str]) -> dict[str, Tally]:
    """Make the sample accounts, their places of work and absences, and name the heads of departments (slug, username).

    For the demonstration only: the accounts have no usable password. A real account of the same name is left as it is,
    and so is a sample one whose departure a manager recorded: closed, without a place of work, the head of nothing.
    """
    theirs = User.objects.filter(Q(sample=False) | Q(left_at__isnull=False))
    kept = set(theirs.values_list("username", flat=True))
    gone = set(theirs.filter(sample=True).values_list("username", flat=True))
    people = [person for person in staff if person.username not in kept]
    samples = User.objects.filter(sample=True)
    tally = sync_rows(samples, ("username",), [_account(person) for person in people], gone="leave")
    for user in samples.filter(password=""):
        user.set_unusable_password()
        user.save(update_fields=["password"])
    ids = dict(User.objects.filter(username__in=[p.username for p in staff]).values_list("username", "pk"))
    departments = {department.slug: department for department in Department.objects.all()}
    _load_workplaces(people, ids, {slug: department.pk for slug, department in departments.items()})
    for slug, username in heads.items():
        if username not in gone and departments[slug].head_id != ids[username]:
            Department.objects.filter(slug=slug).update(head=ids[username])
    return {"staff": tally + Tally(kept=len(staff) - len(people))}


def _account(person: StaffData) -> dict[str, Any]:
    first, _, last = person.name.partition(" ")
    return {
        "username": person.username,
        "first_name": first,
        "last_name": last,
        "email": person.email,
        "language": person.language,
        "extension": person.extension,
        "sample": True,
        "is_active": True,
    }


def _load_workplaces(people: Sequence[StaffData], ids: Mapping[str, int], departments: Mapping[str, int]) -> None:
    memberships, absences = [], []
    for person in people:
        user = ids[person.username]
        memberships += [
            {"user_id": user, "department_id": departments[slug], "role": role} for slug, role in person.memberships
        ]
        absences += [
            {
                "user_id": user,
                "first_day": absence.first_day,
                "last_day": absence.last_day,
                "delegate_id": ids[absence.delegate] if absence.delegate else None,
            }
            for absence in person.absences
        ]
    places = Membership.objects.filter(user__sample=True, user__left_at=None)
    away = Absence.objects.filter(user__sample=True, user__left_at=None)
    sync_rows(places, ("user_id", "department_id", "role"), memberships, gone="delete")
    sync_rows(away, ("user_id", "first_day", "last_day"), absences, gone="leave")
