"""The town, its departments, its calendar and its sample people, as its files give them, brought into the database."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from parvis.apps.directory.models import Absence, Closure, Department, Membership, Town, User
from parvis.apps.directory.schemas import CalendarData, DepartmentData, StaffData, TownData
from parvis.lib.ingest.fields import columns
from parvis.lib.postal import short_name
from parvis.lib.upsert import UpsertCounts, sync_rows


@transaction.atomic
def load_town(*, town: TownData, calendar: CalendarData, language: Mapping[str, Any]) -> dict[str, UpsertCounts]:
    """Bring the one town and its closures to the files. The caller has made sure that no other town is served here.

    `language` is what `Town.language_rule` holds.
    """
    values = columns(town, "region", "counter_hours") | {
        "short_name": town.short_name or short_name(town.name.fr),
        "hours": calendar.hours,
        "hours_example": calendar.example,
        "holidays": calendar.holidays.subdivision,
        "seasons": [season.model_dump(by_alias=True) for season in calendar.seasons],
        "longest_wait": calendar.longest_wait,
        "language_rule": dict(language),
    }
    closures = [columns(closure, "until") | {"last_day": closure.last_day} for closure in calendar.closures]
    return {
        "town": sync_rows(Town.objects.all(), ("slug",), [values], gone="leave"),
        "closures": sync_rows(Closure.objects.all(), ("first_day", "last_day"), closures, gone="delete"),
    }


@transaction.atomic
def load_departments(*, departments: Sequence[DepartmentData]) -> dict[str, UpsertCounts]:
    """Bring the departments to the file; one that is no longer named is made inactive, never deleted."""
    wanted = [columns(department, "head") | {"active": True} for department in departments]
    return {"departments": sync_rows(Department.objects.all(), ("slug",), wanted, gone="deactivate")}


@transaction.atomic
def load_sample_staff(*, staff: Sequence[StaffData], heads: Mapping[str, str]) -> dict[str, UpsertCounts]:
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
    return {"staff": tally + UpsertCounts(kept=len(staff) - len(people))}


def _account(person: StaffData) -> dict[str, Any]:
    first, _, last = person.name.partition(" ")
    names = {"first_name": first, "last_name": last}
    return columns(person, "name") | names | {"sample": True, "is_active": True}


def _load_workplaces(people: Sequence[StaffData], ids: Mapping[str, int], departments: Mapping[str, int]) -> None:
    memberships, absences = [], []
    for person in people:
        user = ids[person.username]
        memberships += [
            {"user_id": user, "department_id": departments[each.department], "role": each.role}
            for each in person.memberships
        ]
        absences += [
            columns(absence, "delegate") | {"user_id": user, "delegate_id": ids.get(absence.delegate)}
            for absence in person.absences
        ]
    places = Membership.objects.filter(user__sample=True, user__left_at=None)
    away = Absence.objects.filter(user__sample=True, user__left_at=None)
    sync_rows(places, ("user_id", "department_id", "role"), memberships, gone="delete")
    sync_rows(away, ("user_id", "first_day", "last_day"), absences, gone="leave")
