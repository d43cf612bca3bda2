"""Loads the town, its calendar, departments and sample staff from its files."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from parvis.apps.directory.models import Absence, Closure, Department, Membership, Town, User
from parvis.apps.directory.schemas import CalendarData, DepartmentData, StaffData, TownData
from parvis.lib.database.upsert import UpsertCounts, sync_rows
from parvis.lib.ingest.fields import columns
from parvis.lib.postal import short_name


@transaction.atomic
def load_town(*, town: TownData, calendar: CalendarData, language: Mapping[str, Any]) -> dict[str, UpsertCounts]:
    """Syncs the town and its closures with the files; `language` is stored as `Town.language_rule`.

    The caller has checked that no other town is served here.
    """
    values = columns(town, "region", "counter_hours", "open311") | {
        "short_name": town.short_name or short_name(town.name.fr),
        "hours": calendar.hours,
        "hours_example": calendar.example,
        "holidays": calendar.holidays.subdivision,
        "seasons": [season.model_dump(by_alias=True) for season in calendar.seasons],
        "longest_wait": calendar.longest_wait,
        "language_rule": dict(language),
        "jurisdictions": [columns(jurisdiction) for jurisdiction in town.open311.jurisdictions],
    }
    closures = [columns(closure, "until") | {"last_day": closure.last_day} for closure in calendar.closures]
    return {
        "town": sync_rows(Town.objects.all(), ("slug",), [values], gone="leave"),
        "closures": sync_rows(Closure.objects.all(), ("first_day", "last_day"), closures, gone="delete"),
    }


@transaction.atomic
def load_departments(*, departments: Sequence[DepartmentData]) -> dict[str, UpsertCounts]:
    """Syncs the departments with the file; one no longer named is deactivated, never deleted."""
    wanted = [columns(department, "head") | {"active": True} for department in departments]
    return {"departments": sync_rows(Department.objects.all(), ("slug",), wanted, gone="deactivate")}


@transaction.atomic
def load_sample_staff(*, staff: Sequence[StaffData]) -> dict[str, UpsertCounts]:
    """Syncs the sample accounts, their memberships and absences.

    For the demonstration only: the accounts have no usable password. Real accounts of the same name are left alone, and
    so are sample accounts offboarded by a manager.
    """
    protected = User.objects.filter(Q(sample=False) | Q(left_at__isnull=False))
    protected_names = set(protected.values_list("username", flat=True))
    people = [person for person in staff if person.username not in protected_names]
    samples = User.objects.filter(sample=True)
    counts = sync_rows(samples, ("username",), [_account(person) for person in people], gone="leave")
    for user in samples.filter(password=""):
        user.set_unusable_password()
        user.save(update_fields=["password"])
    ids = dict(User.objects.filter(username__in=[person.username for person in staff]).values_list("username", "pk"))
    departments = {department.slug: department for department in Department.objects.all()}
    _load_workplaces(people, ids, {slug: department.pk for slug, department in departments.items()})
    return {"staff": counts + UpsertCounts(kept=len(staff) - len(people))}


@transaction.atomic
def load_heads(*, departments: Sequence[DepartmentData]) -> dict[str, UpsertCounts]:
    """Puts at the head of each department the account that its file names, when it is open; grants no role.

    A file that names nobody, or a sample person where there are none, leaves the head as it is.
    """
    named = {department.slug: department.head for department in departments if department.head}
    accounts = User.objects.filter(username__in=named.values(), is_active=True, memberships__isnull=False)
    ids = dict(accounts.values_list("username", "pk"))
    changed = 0
    for slug, username in named.items():
        if username in ids:
            rows = Department.objects.filter(slug=slug).exclude(head=ids[username])
            changed += rows.update(head=ids[username])
    return {"heads": UpsertCounts(updated=changed)}


def _account(person: StaffData) -> dict[str, Any]:
    first, _, last = person.name.partition(" ")
    names = {"first_name": first, "last_name": last}
    return columns(person, "name") | names | {"sample": True, "is_active": True}


def _load_workplaces(people: Sequence[StaffData], ids: Mapping[str, int], departments: Mapping[str, int]) -> None:
    memberships, absences = [], []
    for person in people:
        user_id = ids[person.username]
        memberships += [
            {"user_id": user_id, "department_id": departments[membership.department], "role": membership.role}
            for membership in person.memberships
        ]
        absences += [
            columns(absence, "delegate") | {"user_id": user_id, "delegate_id": ids.get(absence.delegate)}
            for absence in person.absences
        ]
    membership_rows = Membership.objects.filter(user__sample=True, user__left_at=None)
    absence_rows = Absence.objects.filter(user__sample=True, user__left_at=None)
    sync_rows(membership_rows, ("user_id", "department_id", "role"), memberships, gone="delete")
    sync_rows(absence_rows, ("user_id", "first_day", "last_day"), absences, gone="leave")
