"""Questions asked about the town and the people of the house."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.directory.calendar import (
    WorkingCalendar,
    days_of,
    parse_hours,
    parse_season,
    parse_spans,
    quebec_holidays,
)
from parvis.apps.directory.language_policy import Ground, LanguageRule
from parvis.apps.directory.models import Absence, AccessLogEntry, Closure, Department, Membership, Presence, Town, User
from parvis.apps.directory.permissions import Action, Role, roles_with
from parvis.apps.directory.posts import Hours
from parvis.lib import clock
from parvis.lib.errors import NotFound
from parvis.lib.rows import Compiled
from parvis.lib.ttl_cache import TtlCache
from parvis.lib.words import number

PRESENT_FOR = timedelta(minutes=5)
REASON_HOLDS = timedelta(minutes=30)  # a reason given for a sensitive file is not asked again so soon

_Closures = tuple[tuple[date, date, str, str, list[list[str]]], ...]  # first and last day, names (fr, en), hours


@dataclass(frozen=True)
class PresentColleague:
    """Someone of a department who is at a screen now, to whom a caller may be handed."""

    user: User
    status: Presence.Status
    seen_at: datetime
    extension: str


_first_town = Compiled(lambda: Town.objects.order_by("pk")[:1])
_every_department = Compiled(lambda: Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL))


def _read_town() -> Town:
    match = _first_town.first()
    if match is None:
        raise NotFound(_("No town is loaded yet. Run: parvis load-town towns/<name>"))
    return match


def _read_closures() -> _Closures:
    """The closures; an example counts in the demonstration only, or a real promise would rest on an invented day."""
    rows = Closure.objects.all() if settings.PARVIS_DEMO else Closure.objects.filter(example=False)
    names = ("first_day", "last_day", "name_fr", "name_en", "hours")
    return tuple(rows.order_by("first_day", "pk").values_list(*names))


_town = TtlCache(_read_town)
_closures = TtlCache(_read_closures)
_calendar: tuple[object, WorkingCalendar] | None = None  # and what it was built from
_rule: tuple[Town, LanguageRule] | None = None  # and the town that it was read from
_last: tuple[Town, object, str, datetime, datetime, WorkingCalendar] | None = None  # what it was last given for


def town() -> Town:
    """The town served here, at most a second old; one query a second at most. NotFound when none is loaded."""
    return _town()


def language_rule() -> LanguageRule:
    """In which languages the town may speak and write. As old as `town`, read again when it is."""
    global _rule  # noqa: PLW0603
    place = town()
    if _rule is None or _rule[0] is not place:
        _rule = (place, rule_of(place))
    return _rule[1]


def ground_choices(blank: Any) -> list[tuple[str, Any]]:
    """The grounds on which the town may write in English, to choose from; `blank` invites to."""
    return [("", blank), *language_rule().choices(get_language())]


def rule_of(place: Town) -> LanguageRule:
    """The rule that a town's row holds."""
    told = place.language_rule
    sets = ("channels", "kinds")
    grounds = [Ground(**{**item, **{name: frozenset(item[name]) for name in sets}}) for item in told.get("grounds", ())]
    return LanguageRule(
        place.english, {ground.slug: ground for ground in grounds}, told.get("source", ""), told.get("example", False)
    )


def working_calendar() -> WorkingCalendar:
    """The town's working time, holidays and closures, last year to the year after next; at most a second old.

    Its zone is that of the settings, as for every date of the product. Built again only when the hours, the closures
    or the year changed. Holidays: `directory.calendar`.
    """
    global _calendar, _last  # noqa: PLW0603
    place, closures, zone, moment = town(), _closures(), settings.TIME_ZONE, clock.now()
    if _last and _last[0] is place and _last[1] is closures and _last[2] == zone and _last[3] <= moment < _last[4]:
        return _last[5]
    year = clock.today().year
    fingerprint = (zone, repr(place.hours), repr(place.seasons), place.holidays, closures, year)
    if _calendar is None or _calendar[0] != fingerprint:
        _calendar = (fingerprint, _built(place, closures, range(year - 1, year + 3)))
    begins, ends = (datetime(each, 1, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC) for each in (year, year + 1))
    _last = (place, closures, zone, begins, ends, _calendar[1])
    return _calendar[1]


def calendar_of(years: range) -> WorkingCalendar:
    """The working time of `working_calendar`, with the holidays of those years instead; built anew each time."""
    return _built(town(), _closures(), years)


def _built(place: Town, closures: _Closures, years: range) -> WorkingCalendar:
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
    """A hash of all that the promises rest on: hours, seasons, holidays, closures, zone, the longest wait."""
    place = town()
    told = (settings.TIME_ZONE, place.hours, place.seasons, place.holidays, place.longest_wait, _closures())
    return sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()


def calendar_warnings() -> list[str]:
    """What of the calendar is still an example outside the demonstration, one sentence each, for those who run it."""
    if settings.PARVIS_DEMO:
        return []
    result = []
    if Town.objects.filter(hours_example=True).exists():
        result.append("the working hours are an example and every promise rests on them: confirm them in calendar.yaml")
    if count := Closure.objects.filter(example=True).count():
        result.append(f"{count} closures are examples and are left out of the promises: confirm them in calendar.yaml")
    return result


def open_samples() -> int:
    """How many sample accounts could sign in though this is no demonstration; anything but 0 is a fault."""
    return 0 if settings.PARVIS_DEMO else User.objects.filter(sample=True, is_active=True).count()


def forget() -> None:
    """Drop what this process remembers of the town, so that the next question reads the database."""
    _town.forget()
    _posts.forget()
    _closures.forget()
    _departments.forget()


def desk() -> Department:
    """The answering desk. NotFound when the town has none."""
    department = Department.objects.filter(kind=Department.Kind.DESK, active=True).order_by("pk").first()
    if department is None:
        raise NotFound(_("The town has no answering desk: departments.yaml must hold one of kind “desk”."))
    return department


def departments() -> list[Department]:
    """The departments that handle requests, by their French name; at most a second old."""
    return _departments()


_departments = TtlCache(_every_department)


def present_in(department: Department) -> list[PresentColleague]:
    """Who of that department was at a screen in the last five minutes and is not absent today.

    Free ones first, then those on a call, then those away; by name among them. One query.
    """
    now = clock.now() - PRESENT_FOR
    return _in_order(_present_in(clock.today(), now, department.pk))


def present_by_department() -> dict[int, list[PresentColleague]]:
    """Those of `present_in`, by the number of each department that has someone there. Always two queries."""
    here = {
        present_colleague.user.pk: present_colleague
        for present_colleague in _in_order(_present(clock.today(), clock.now() - PRESENT_FOR))
    }
    places: dict[int, set[int]] = {}
    for department, user in Membership.objects.filter(user__in=list(here)).values_list("department_id", "user_id"):
        places.setdefault(department, set()).add(user)
    return {department: [here[user] for user in here if user in users] for department, users in places.items()}


def _present(today: Any, since: Any) -> QuerySet[User]:
    """Whoever is at a screen since that moment and not absent, with their presence."""
    away = Exists(_absences(today).filter(user=OuterRef("pk")))
    return User.objects.filter(~away, is_active=True, presence__seen_at__gte=since).select_related("presence")


_present_in = Compiled(
    lambda today, since, department: _present(today, since).filter(
        Exists(Membership.objects.filter(user=OuterRef("pk"), department_id=department))
    )
)


def _in_order(users: Iterable[User]) -> list[PresentColleague]:
    """The free ones first, then by name."""
    rank = {status: place for place, status in enumerate(Presence.Status)}
    return sorted(
        map(_colleague, users),
        key=lambda present_colleague: (rank[present_colleague.status], present_colleague.user.alphabetical),
    )


def _colleague(user: User) -> PresentColleague:
    return PresentColleague(user, Presence.Status(user.presence.status), user.presence.seen_at, user.extension)


def stand_in(user: User, on: date, *, department: int | None = None) -> User:
    """Who takes what comes to that person on that day: themselves, or when absent their delegate, followed.

    When the chain of delegates comes back on itself, ends at someone absent without a delegate, at an account that is
    closed, or at someone who does not work on the requests of that `department`, the answer is the person asked about:
    work is never given to someone who did not accept it, nor to someone who could do nothing with it.
    """
    here = _here_for(user, on)
    able = here is not None and (department is None or here.may_in(Action.WORK_CASE, department))
    return here if here is not None and able else user


def _here_for(user: User, on: date) -> User | None:
    """Who takes what comes to that person on that day; None when nobody who is here accepted it."""
    current, met = user, {user.pk}
    while True:
        absence = _absences(on).filter(user=current).select_related("delegate").order_by("first_day", "pk").first()
        if absence is None:
            return current if current.is_active else None
        if absence.delegate is None or absence.delegate_id in met:
            return None
        current = absence.delegate
        met.add(current.pk)


def posts() -> dict[int, list[tuple[int, Hours]]]:
    """Of those whose hours are given somewhere: (department, hours) of each of their places; at most a second old."""
    return _posts()


def _timed() -> "QuerySet[Membership, tuple[int, int, Hours]]":
    users = Membership.objects.exclude(hours={}).values("user")
    return Membership.objects.filter(user__in=users).values_list("user_id", "department_id", "hours")


_every_post = Compiled(_timed)


def _read_posts() -> dict[int, list[tuple[int, Hours]]]:
    result: dict[int, list[tuple[int, Hours]]] = {}
    for user, department, hours in _every_post():
        result.setdefault(user, []).append((department, hours))
    return result


_posts = TtlCache(_read_posts)


def people_who_may(action: Action) -> list[User]:
    """The open accounts whose role includes the action, in the order of a list of people. One query."""
    people = User.objects.filter(is_active=True, memberships__role__in=roles_with(action)).distinct()
    return sorted(people, key=lambda user: user.alphabetical)


def supervisors(departments: Iterable[int | None]) -> list[User]:
    """The managers of those departments; when they have none, every manager of the town. Two queries at most."""
    managers = User.objects.filter(is_active=True, memberships__role=Role.MANAGER).distinct().order_by("pk")
    near = managers.filter(memberships__department__in=[department for department in departments if department])
    return list(near) or list(managers)


def assignee_for(department: Department, *, owner: User | None = None, on: date | None = None) -> User | None:
    """The `owner` whom the town's routing rule names for a new case of that department, or their stand-in on that day
    (today by default), while this person still works there and is not away; None names nobody: the department's own way
    of giving work decides (`cases.assigning`).
    """
    if owner is None:
        return None
    person = _here_for(owner, on or clock.today())
    return person if person is not None and department.memberships.filter(user=person).exists() else None


def _absences(on: Any) -> QuerySet[Absence]:
    return Absence.objects.filter(first_day__lte=on, last_day__gte=on)


def readings(
    *, person: str = "", case: str = "", by: str = "", stated: str = "", after: str = "", limit: int = 50
) -> tuple[list[AccessLogEntry], str]:
    """Who read which file, the newest first, and what to give as `after` for the page that follows ("" at the end).

    `person`, `case` and `by` are ids as typed in an address; anything that is no number is taken as absent. `stated`,
    when it is a number, keeps the reasons given for sensitive files. The searches that showed a person are among those
    of their file.
    """
    rows = AccessLogEntry.objects.select_related("user").order_by("-pk")
    if number(stated) is not None:
        rows = rows.filter(stated=True)
    for subjects, wanted in ((("person", AccessLogEntry.FOUND), person), (("case",), case)):
        if (found_id := number(wanted)) is not None:
            rows = rows.filter(subject__in=subjects, subject_id=found_id)
    if (user_id := number(by)) is not None:
        rows = rows.filter(user_id=user_id)
    if (before := number(after)) is not None:
        rows = rows.filter(pk__lt=before)
    result = list(rows[: limit + 1])
    return result[:limit], str(result[limit - 1].pk) if len(result) > limit else ""


def gave_reason(user: User, person_ids: Sequence[int] | QuerySet[Any, Any]) -> bool:
    """Whether this reader said why they open one of these files, lately enough that it is not asked again."""
    return _reasons(user, person_ids).exists()


def reasons_given(user: User, person_ids: Sequence[int]) -> set[int]:
    """Those of these files for which this reader said why, as `gave_reason`; no query for none."""
    return set(_reasons(user, person_ids).values_list("subject_id", flat=True)) if person_ids else set()


def _reasons(user: User, person_ids: Sequence[int] | QuerySet[Any, Any]) -> QuerySet[AccessLogEntry]:
    since = clock.now() - REASON_HOLDS
    return AccessLogEntry.objects.filter(
        user=user, subject="person", subject_id__in=person_ids, stated=True, at__gte=since
    )
