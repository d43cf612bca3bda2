"""Queries about the town, its calendar, departments and staff, and the access log."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.directory.models import (
    Absence,
    AccessLogEntry,
    Closure,
    Department,
    Membership,
    Presence,
    Town,
    User,
)
from parvis.apps.directory.rules.calendar import (
    WorkingCalendar,
    days_of,
    parse_hours,
    parse_season,
    parse_spans,
    quebec_holidays,
)
from parvis.apps.directory.rules.language_policy import Ground, LanguageRule
from parvis.apps.directory.rules.permissions import NOTHING, OWN, Action, Reach, Role, reach_of, roles_with
from parvis.apps.directory.rules.posts import Hours
from parvis.lib import clock
from parvis.lib.database.rows import Compiled
from parvis.lib.errors import Invalid, NotFound
from parvis.lib.i18n.languages import Lang, clean
from parvis.lib.i18n.localized import localized
from parvis.lib.ttl_cache import TtlCache
from parvis.lib.words import number

PRESENT_FOR = timedelta(minutes=5)
REASON_HOLDS = timedelta(minutes=30)  # before the reason for opening a sensitive file is asked again

_Closures = tuple[tuple[date, date, str, str, list[list[str]]], ...]  # first and last day, names (fr, en), hours


@dataclass(frozen=True)
class PresentColleague:
    """A colleague online now, to whom a caller may be transferred."""

    user: User
    status: Presence.Status
    seen_at: datetime
    extension: str


_first_town = Compiled(lambda: Town.objects.order_by("pk")[:1])
_every_department = Compiled(lambda: Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL))


def _read_town() -> Town:
    town = _first_town.first()
    if town is None:
        raise NotFound(_("No town is loaded yet. Run: parvis load-town towns/<name>"))
    return town


def _read_closures() -> _Closures:
    """The closures, without examples outside the demonstration: a real promise must not rest on an invented day."""
    rows = Closure.objects.all() if settings.PARVIS_DEMO else Closure.objects.filter(example=False)
    names = ("first_day", "last_day", "name_fr", "name_en", "hours")
    return tuple(rows.order_by("first_day", "pk").values_list(*names))


_town = TtlCache(_read_town)
_closures = TtlCache(_read_closures)
_calendar: tuple[object, WorkingCalendar] | None = None  # with a fingerprint of its sources
_rule: tuple[Town, LanguageRule] | None = None  # with its source
_last: tuple[Town, object, str, datetime, datetime, WorkingCalendar] | None = None  # town, closures, zone, validity


def town() -> Town:
    """The town served here, cached for a second. Raises NotFound when none is loaded."""
    return _town()


def town_or_latest() -> Town | None:
    """The town, as it was last read when the database cannot be read; None when it is not known."""
    try:
        return town()
    except (DatabaseError, NotFound):
        return _town.latest


@dataclass(frozen=True)
class Jurisdiction:
    """A jurisdiction of Open311: the sectors named, or the whole town when none is."""

    id: str
    name_fr: str
    name_en: str
    sectors: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return localized(self, "name")


def jurisdictions() -> list[Jurisdiction]:
    """The jurisdictions named by the town, else the town itself under its slug; cached like `town`."""
    place = town()
    named = [Jurisdiction(**row | {"sectors": tuple(row["sectors"])}) for row in place.jurisdictions]
    return named or [Jurisdiction(place.slug, place.name_fr, place.name_en)]


def language_rule() -> LanguageRule:
    """The languages the town may use; cached like `town`."""
    global _rule  # noqa: PLW0603
    place = town()
    if _rule is None or _rule[0] is not place:
        _rule = (place, rule_of(place))
    return _rule[1]


def language_without_ground(wanted: str | None) -> Lang:
    """The language wanted when the town writes it to whoever asks, without a ground to record; else French."""
    return clean(wanted) if town().english == Town.English.OPEN else "fr"


def ground_choices(blank: Any) -> list[tuple[str, Any]]:
    """Form choices of grounds for English; `blank` is the label of the empty choice."""
    return [("", blank), *language_rule().choices(get_language())]


def rule_of(place: Town) -> LanguageRule:
    """The language rule stored with a town."""
    rule = place.language_rule
    grounds = {
        row["slug"]: Ground(**row | {"channels": frozenset(row["channels"]), "kinds": frozenset(row["kinds"])})
        for row in rule.get("grounds", ())
    }
    return LanguageRule(place.english, grounds, rule.get("source", ""), rule.get("example", False))


def working_calendar() -> WorkingCalendar:
    """The town's working calendar, with holidays from last year to the year after next; at most a second old.

    In the time zone of the settings. Rebuilt only when the hours, the closures or the year change.
    """
    global _calendar, _last  # noqa: PLW0603
    place, closures, zone, moment = town(), _closures(), settings.TIME_ZONE, clock.now()
    if _last and _last[0] is place and _last[1] is closures and _last[2] == zone and _last[3] <= moment < _last[4]:
        return _last[5]
    year = clock.today().year
    fingerprint = (zone, repr(place.hours), repr(place.seasons), place.holidays, closures, year)
    if _calendar is None or _calendar[0] != fingerprint:
        _calendar = (fingerprint, _build_calendar(place, closures, range(year - 1, year + 3)))
    start, end = (datetime(start_year, 1, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC) for start_year in (year, year + 1))
    _last = (place, closures, zone, start, end, _calendar[1])
    return _calendar[1]


def calendar_of(years: range) -> WorkingCalendar:
    """The calendar of `working_calendar` with the holidays of other years; not cached."""
    return _build_calendar(town(), _closures(), years)


def _build_calendar(place: Town, closures: _Closures, years: range) -> WorkingCalendar:
    names = quebec_holidays(years) if place.holidays == "QC" else {}
    short = {}
    for first, last, name_fr, name_en, hours in closures:
        if hours:
            short.update(dict.fromkeys(days_of(first, last), parse_spans(hours, name_fr)))
        else:
            names.update(dict.fromkeys(days_of(first, last), (name_fr, name_en)))
    return WorkingCalendar(
        zone=ZoneInfo(settings.TIME_ZONE),
        hours=parse_hours(place.hours),
        closed=frozenset(names),
        names=names,
        seasons=tuple(parse_season(season) for season in place.seasons),
        short=short,
    )


def calendar_mark() -> str:
    """A hash of everything promises depend on: hours, seasons, holidays, closures, zone, longest wait."""
    place = town()
    inputs = (settings.TIME_ZONE, place.hours, place.seasons, place.holidays, place.longest_wait, _closures())
    return sha256(json.dumps(inputs, default=str, sort_keys=True).encode()).hexdigest()


def calendar_warnings() -> list[str]:
    """Warnings to the operator about example hours and closures outside the demonstration."""
    if settings.PARVIS_DEMO:
        return []
    notes = []
    if Town.objects.filter(hours_example=True).exists():
        notes.append("the working hours are an example and every promise rests on them: confirm them in calendar.yaml")
    if count := Closure.objects.filter(example=True).count():
        notes.append(f"{count} closures are examples and are left out of the promises: confirm them in calendar.yaml")
    return notes


def open_samples() -> int:
    """The number of active sample accounts outside the demonstration; anything but 0 is a fault."""
    return 0 if settings.PARVIS_DEMO else User.objects.filter(sample=True, is_active=True).count()


def forget() -> None:
    """Clears the caches of this module."""
    _town.forget()
    _posts.forget()
    _managers.forget()
    _closures.forget()
    _departments.forget()


def desk() -> Department:
    """The answering desk. Raises NotFound when the town has none."""
    department = Department.objects.filter(kind=Department.Kind.DESK, active=True).order_by("pk").first()
    if department is None:
        raise NotFound(_("The town has no answering desk: departments.yaml must hold one of kind “desk”."))
    return department


def departments() -> list[Department]:
    """The active departments that handle requests, by French name; at most a second old."""
    return _departments()


_departments = TtlCache(_every_department)


def present_in(department: Department) -> list[PresentColleague]:
    """The staff of a department seen in the last five minutes and not absent today. One query.

    Sorted by status (free, on a call, away), then by name.
    """
    return _sorted_colleagues(_present_in(clock.today(), clock.now() - PRESENT_FOR, department.pk))


def present_by_department() -> dict[int, list[PresentColleague]]:
    """As `present_in`, for every department with someone present, by department id. Always two queries."""
    present = _sorted_colleagues(_present(clock.today(), clock.now() - PRESENT_FOR))
    user_ids: dict[int, set[int]] = {}
    rows = Membership.objects.filter(user__in=[colleague.user.pk for colleague in present])
    for department_id, user_id in rows.values_list("department_id", "user_id"):
        user_ids.setdefault(department_id, set()).add(user_id)
    return {
        department_id: [colleague for colleague in present if colleague.user.pk in ids]
        for department_id, ids in user_ids.items()
    }


def _present(today: Any, since: Any) -> QuerySet[User]:
    away = Exists(_absences(today).filter(user=OuterRef("pk")))
    return User.objects.filter(~away, is_active=True, presence__seen_at__gte=since).select_related("presence")


_present_in = Compiled(
    lambda today, since, department: _present(today, since).filter(
        Exists(Membership.objects.filter(user=OuterRef("pk"), department_id=department))
    )
)


def _sorted_colleagues(users: Iterable[User]) -> list[PresentColleague]:
    rank = list(Presence.Status).index
    colleagues = [
        PresentColleague(user, Presence.Status(user.presence.status), user.presence.seen_at, user.extension)
        for user in users
    ]
    return sorted(colleagues, key=lambda colleague: (rank(colleague.status), colleague.user.alphabetical))


def stand_in(user: User, on: date, *, department: int | None = None) -> User:
    """Who takes a user's new work on a day: the user, or when absent their delegate, recursively.

    Returns the user when the delegation chain loops, ends at someone absent without a delegate, at a closed account, or
    at someone who does not work on requests of `department`: work only goes to someone who accepted it and can do it.
    """
    substitute = _available_delegate(user, on)
    if substitute is None or (department is not None and not substitute.may_in(Action.WORK_CASE, department)):
        return user
    return substitute


def _available_delegate(user: User, on: date) -> User | None:
    """The first present person in the user's delegation chain, the user included; None when there is none."""
    current, seen = user, {user.pk}
    while True:
        absence = _absences(on).filter(user=current).select_related("delegate").order_by("first_day", "pk").first()
        if absence is None:
            return current if current.is_active else None
        if absence.delegate is None or absence.delegate_id in seen:
            return None
        current = absence.delegate
        seen.add(current.pk)


def posts() -> dict[int, list[tuple[int, Hours]]]:
    """(department, hours) of every membership of the users with hours somewhere; at most a second old."""
    return _posts()


_every_post = Compiled(
    lambda: Membership.objects.filter(user__in=Membership.objects.exclude(hours={}).values("user")).values_list(
        "user_id", "department_id", "hours"
    )
)


def _read_posts() -> dict[int, list[tuple[int, Hours]]]:
    places: dict[int, list[tuple[int, Hours]]] = {}
    for user, department, hours in _every_post():
        places.setdefault(user, []).append((department, hours))
    return places


_posts = TtlCache(_read_posts)


def open_account(username: str) -> User:
    """The active account of this user name. Raises Invalid, which names the nearest one."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        names = User.objects.filter(is_active=True, memberships__isnull=False).values_list("username", flat=True)
        close = get_close_matches(username, names, n=1)
        text = _("There is no open account “%(name)s”; did you mean “%(close)s”?") if close else None
        text = text or _("There is no open account “%(name)s”.")
        raise Invalid(text % {"name": username, "close": "".join(close)})
    return user


def workers() -> dict[str, set[str]]:
    """The open accounts that are no samples, by user name: the slugs of the departments on whose requests they work."""
    result: dict[str, set[str]] = {}
    rows = Membership.objects.filter(user__is_active=True, user__sample=False)
    for username, slug, role in rows.values_list("user__username", "department__slug", "role"):
        places = result.setdefault(username, set())
        if role in roles_with(Action.WORK_CASE):
            places.add(slug)
    return result


def people_who_may(action: Action, department_id: int | None = None, *, reach: Reach = NOTHING) -> list[User]:
    """The active users who have the action over a department, or over something, in alphabetical order. One query.

    `reach`: without a department, over all of this, such as `permissions.TOWN`.
    """
    among = Q(memberships__role__in=roles_with(action, reach))
    among = among if department_id is None else holders(action, department_id)
    return sorted(User.objects.filter(among, is_active=True).distinct(), key=lambda user: user.alphabetical)


def supervisors(departments: Iterable[int | None]) -> list[User]:
    """The managers of these departments, or every manager of the town when they have none. Two queries at most."""
    managers = User.objects.filter(is_active=True, memberships__role=Role.MANAGER).distinct().order_by("pk")
    local = managers.filter(memberships__department__in=[department for department in departments if department])
    return list(local) or list(managers)


def administrators() -> list[User]:
    """The active administrators, or every manager in a town where nobody is one yet. Two queries at most."""
    people = User.objects.filter(is_active=True).distinct().order_by("pk")
    named = people.filter(memberships__role=Role.ADMINISTRATOR)
    return list(named) or list(people.filter(memberships__role=Role.MANAGER))


def _read_managers() -> dict[int, frozenset[int]]:
    managers: dict[int, frozenset[int]] = {}
    for department, user in _every_manager():
        managers[department] = managers.get(department, frozenset()) | ({user} if user else frozenset())
    return managers


_of_department = Q(memberships__role=Role.MANAGER, memberships__user__is_active=True)
_every_manager = Compiled(
    lambda: Department.objects.annotate(manager=Case(When(_of_department, then=F("memberships__user")))).values_list(
        "pk", "manager"
    )
)
_managers = TtlCache(_read_managers)
"""The active managers of each department, by id; empty for one that nobody manages."""


def may_on(user: User, action: Action, department_id: int | None, *, but: User | None = None) -> bool:
    """Whether one of the user's roles includes the action over what belongs to a department, or to none (None).

    A role of a manager also reaches what nobody manages; `but` then counts as no manager. One query a second at most.
    """
    if user.may_in(action, department_id):
        return True
    if Reach.NOBODY not in reach_of(user.roles, action):
        return False
    return department_id is None or not _managers().get(department_id, frozenset()) - ({but.pk} if but else set())


def departments_on(user: User, action: Action) -> frozenset[int]:
    """The ids of the departments over which the user has the action, as `may_on` says; one query a second at most, and
    none for who has it over their own alone.
    """
    if reach_of(user.roles, action) in (NOTHING, OWN):
        return frozenset(pk for pk in user.department_ids if user.may_in(action, pk))
    return frozenset(pk for pk in _managers() if may_on(user, action, pk))


def holders(action: Action, department_id: int) -> Q:
    """`may_on` as a filter on users; a user may match once for each of their roles."""
    reach = Reach.OTHER if _managers().get(department_id) else Reach.NOBODY
    here = Q(memberships__department=department_id, memberships__role__in=roles_with(action, Reach.OWN))
    return Q(memberships__role__in=roles_with(action, reach)) | here


def manages(manager: User, user: User) -> bool:
    """Whether a manager acts on the account of this user, who works in a department of theirs, or that nobody manages.

    An administrator acts on any account but their own, and every manager on that of someone who no longer works
    anywhere. Nobody but an administrator acts on the account of one. Reads `memberships`.
    """
    rows = list(user.memberships.all())
    if any(row.role == Role.ADMINISTRATOR for row in rows) and not manager.may_everywhere(Action.MANAGE_STAFF):
        return False
    places: set[int | None] = {row.department_id for row in rows} or {None}
    return manager.pk != user.pk and any(may_on(manager, Action.MANAGE_STAFF, place, but=user) for place in places)


def managers_of(user: User, *, but: Iterable[User] = ()) -> list[User]:
    """The active managers who `manage` this user, without these ones; every other one when none is left."""
    excluded = {user.pk, *(manager.pk for manager in but)}
    others = [manager for manager in people_who_may(Action.MANAGE_STAFF) if manager.pk not in excluded]
    return [manager for manager in others if manages(manager, user)] or others


def assignee_for(department: Department, *, owner: User | None = None, on: date | None = None) -> User | None:
    """The routing rule's `owner` of a new case, or their stand-in `on` a day (today by default).

    None without an owner, or when nobody is available who still works in the department: its own assignment policy
    then decides (`cases.queries.assigning`).
    """
    if owner is None:
        return None
    person = _available_delegate(owner, on or clock.today())
    return person if person is not None and department.memberships.filter(user=person).exists() else None


def _absences(on: Any) -> QuerySet[Absence]:
    return Absence.objects.filter(first_day__lte=on, last_day__gte=on)


def readings(
    *, person: str = "", case: str = "", by: str = "", stated: str = "", after: str = "", limit: int = 50
) -> tuple[list[AccessLogEntry], str]:
    """A page of the access log, newest first, and the `after` cursor of the next page ("" at the end).

    `person`, `case` and `by` filter by id; they come from the URL, and anything but a number is ignored. A number in
    `stated` keeps only entries with a stated reason. Searches that showed a person count as reads of their file.
    """
    rows = AccessLogEntry.objects.select_related("user").order_by("-pk")
    if number(stated) is not None:
        rows = rows.filter(stated=True)
    for subjects, text in ((("person", AccessLogEntry.FOUND), person), (("case",), case)):
        if (subject_id := number(text)) is not None:
            rows = rows.filter(subject__in=subjects, subject_id=subject_id)
    if (user_id := number(by)) is not None:
        rows = rows.filter(user_id=user_id)
    if (before := number(after)) is not None:
        rows = rows.filter(pk__lt=before)
    entries = list(rows[: limit + 1])
    return entries[:limit], str(entries[limit - 1].pk) if len(entries) > limit else ""


def gave_reason(user: User, person_ids: Sequence[int] | QuerySet[Any, Any]) -> bool:
    """Whether the user stated a reason for opening one of these files within REASON_HOLDS."""
    return _reasons(user, person_ids).exists()


def reasons_given(user: User, person_ids: Sequence[int]) -> set[int]:
    """The ids of the files for which `gave_reason` holds; no query for an empty list."""
    return set(_reasons(user, person_ids).values_list("subject_id", flat=True)) if person_ids else set()


def _reasons(user: User, person_ids: Sequence[int] | QuerySet[Any, Any]) -> QuerySet[AccessLogEntry]:
    since = clock.now() - REASON_HOLDS
    return AccessLogEntry.objects.filter(
        user=user, subject="person", subject_id__in=person_ids, stated=True, at__gte=since
    )
