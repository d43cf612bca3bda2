"""Queries on incidents: those in progress, their followers and updates, their figures."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from parvis.apps.cases.models import Case, FollowerNotification, Incident, IncidentDecision, Report, State, Update
from parvis.apps.cases.queries.access import may_work
from parvis.apps.catalogue.queries import restrictions
from parvis.apps.content.models import Notice
from parvis.apps.content.queries import notices
from parvis.apps.content.queries.notices import NoticeView
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import may_on
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.places.models import Address
from parvis.lib.database.rows import Compiled
from parvis.lib.ttl_cache import TtlCache
from parvis.lib.words import number


def _with_related() -> QuerySet[Incident]:
    related = ("notice__subject", "notice__street", "notice__sector", "department", "opened_by", "ended_by")
    reports = Count("reports", filter=Q(reports__withdrawn_at=None))
    return Incident.objects.select_related(*related).annotate(told_by=reports).order_by("-pk")


_cache = TtlCache(Compiled(lambda: _with_related().filter(ended_at=None, undone_at=None)))


def forget() -> None:
    """Clears the cache of incidents in progress and of notices."""
    _cache.forget()
    notices.forget()


def in_progress() -> tuple[Incident, ...]:
    """The incidents in progress, newest first, each with its number of reports, `told_by`; cached for one second."""
    return tuple(_cache())


@dataclass(frozen=True)
class Shown:
    """An incident in the active language; `count` is its number of reports."""

    incident: Incident
    notice: NoticeView
    count: int


def shown(incident: Incident) -> Shown:
    """An incident from `in_progress`, `by_id` or `page` in the active language. No query."""
    return Shown(incident, notices.notice_view(incident.notice), incident.told_by)  # type: ignore[attr-defined]


def all_shown() -> list[Shown]:
    """The incidents in progress, newest first."""
    return [shown(incident) for incident in in_progress()]


def about(text: str, slugs: Iterable[str], address: Address | None) -> list[Shown]:
    """The incidents in progress that match words, subjects or an address, newest first."""
    subjects = list(slugs)
    return [shown(incident) for incident in in_progress() if notices.about(incident.notice, text, subjects, address)]


def desk_notices() -> list[NoticeView]:
    """The notices that only the agents say, newest first, without those of incidents, which stand by themselves."""
    of_incidents = {incident.notice_id for incident in in_progress()}
    return [view for view in notices.desk_notices() if view.pk not in of_incidents]


def writers_of(incident: Incident) -> set[int]:
    """The ids of those who wrote what waits for a second person, or asked for it, since it was last approved."""
    lines = incident.decisions.exclude(what=IncidentDecision.What.REFUSED)
    last = lines.exclude(what=IncidentDecision.What.ASKED).last()
    return set(lines.filter(pk__gt=last.pk if last else 0).values_list("by_id", flat=True))


def awaited() -> dict[Incident, frozenset[int]]:
    """The incidents that wait for a second person, each with the ids of who wrote what waits; a query for each."""
    return {incident: frozenset(writers_of(incident)) for incident in in_progress() if incident.asked_at}


def proposed_notice(incident: Incident) -> Notice:
    """The notice as it will be once what waits is approved: a copy that is not to be saved. Reads the notice."""
    notice = copy(incident.notice)
    values = incident.proposal["values"] if incident.proposal else {}
    for name, value in values.items():
        setattr(notice, name, datetime.fromisoformat(value) if name == "until" and value else value)
    return notice


def decisions(incident: Incident) -> list[IncidentDecision]:
    """Who asked for an approval, gave it, refused it, or decided alone, the newest first. One query."""
    return list(incident.decisions.select_related("by").order_by("-pk"))


def mark() -> str:
    """A version tag of the incidents in progress: it changes with them, their reports, their notices and those that
    only the agents say.
    """
    counts = [(incident.pk, incident.told_by) for incident in in_progress()]  # type: ignore[attr-defined]
    at_desk = notices.desk_mark()
    return sha256(repr((counts, notices.mark(), at_desk)).encode()).hexdigest()[:12] if counts or at_desk else ""


def by_id(incident_id: int) -> Incident | None:
    """One incident, in progress or not, with its related rows; None if unknown."""
    return _with_related().filter(pk=incident_id).first()


def page(after: str = "", limit: int = 30) -> tuple[list[Incident], str]:
    """The incidents that ended or were undone, newest first, and the `after` of the next page ("" at the end)."""
    return _page(_with_related().filter(Q(ended_at__isnull=False) | Q(undone_at__isnull=False)), after, limit)


def _page(rows: QuerySet[Any], after: str, limit: int) -> tuple[list[Any], str]:
    last = number(after)
    page_rows = list((rows if last is None else rows.filter(pk__lt=last)).order_by("-pk")[: limit + 1])
    return page_rows[:limit], str(page_rows[limit - 1].pk) if len(page_rows) > limit else ""


@dataclass(frozen=True)
class Following:
    """The followers of an incident, those who read English among them, and the open cases joined to it."""

    followers: int
    english: int
    open_cases: int


def tellers(incident: Incident, until: datetime | None = None) -> QuerySet[Report]:
    """The reports through which followers are notified, among those made by that moment.

    For one person (including merged files): the report of each of their cases, else their first report.
    """
    live = Report.objects.filter(incident=incident, withdrawn_at=None, follows=True)
    live = (live.filter(at__lte=until) if until else live).annotate(who=Coalesce("person__merged_into", "person"))
    preferred = live.filter(Q(case__isnull=False) | Q(pk__lt=OuterRef("pk")), who=OuterRef("who"))
    return live.filter(Q(case__isnull=False) | ~Exists(preferred))


def following(incident: Incident) -> Following:
    """Counts the followers of an incident; two queries, and one per level of the cases merged into theirs."""
    live = Report.objects.filter(incident=incident, withdrawn_at=None)
    open_cases = live.filter(case__isnull=False).exclude(case__state=State.CLOSED).count()
    followers = tellers(incident).aggregate(
        total=Count("pk"),
        english=Count("pk", filter=Q(case=None, language="en") | Q(case__language="en")),
    )
    return Following(followers["total"], followers["english"] + _merged_in_english(incident), open_cases)


def _merged_in_english(incident: Incident) -> int:
    """How many cases merged, at any level, into those joined to the incident have a citizen who reads English."""
    joined = Report.objects.filter(incident=incident, withdrawn_at=None, follows=True, case__merged_count=True)
    level, count = list(joined.values_list("case", flat=True)), 0
    while level:
        merged = list(Case.objects.filter(merged_into__in=level).only("merged_count", "language", "quiet_at"))
        count += sum(case.language == "en" and not case.quiet_at for case in merged)
        level = [case.pk for case in merged if case.merged_count]
    return count


@dataclass(frozen=True)
class Spread:
    """One update, the number of followers notified by each channel (`message`: a text, or a notice on a device), and
    those still `waiting`.
    """

    update: Update
    email: int
    message: int
    phone: int
    post: int
    nobody: int
    waiting: int


def updates(incident: Incident) -> list[Spread]:
    """The updates of an incident, newest first, with their delivery counts; two queries."""
    rows = Update.objects.filter(incident=incident).select_related("by").order_by("-pk")
    channels = {
        "email": "email",
        "text": "text",
        "push": "push",
        "phone": "phone",
        "post": "post",
        "nobody": FollowerNotification.NotifiedVia.NOBODY,
    }
    counts = {name: Count("tellings", filter=Q(tellings__notified_via=value)) for name, value in channels.items()}
    rows = rows.annotate(**{f"n_{name}": count for name, count in counts.items()})
    followers = Report.objects.filter(incident=incident, follows=True, withdrawn_at=None).order_by()
    followed_at = list(followers.values_list("at", flat=True))
    return [_spread(row, followed_at) for row in rows]


def _spread(row: Update, followed_at: list[datetime]) -> Spread:
    names = ("email", "text", "push", "phone", "post", "nobody")
    email, text, push, phone, post, nobody = (getattr(row, f"n_{name}") for name in names)
    waiting = sum(at <= row.at for at in followed_at) - email - text - push - phone - post - nobody
    return Spread(row, email, text + push, phone, post, nobody, 0 if row.notified_at else max(0, waiting))


def reports(incident: Incident, after: str = "", limit: int = 50) -> tuple[list[Report], str]:
    """The reports of an incident, newest first, withdrawn ones left out, and the `after` of the next page."""
    rows = Report.objects.filter(incident=incident, withdrawn_at=None).select_related("person", "case", "by")
    return _page(rows, after, limit)


def of_case(case: Case) -> list[Incident]:
    """The incidents to which a case is joined, in progress or not. One query."""
    joined = Report.objects.filter(case=case, withdrawn_at=None).values("incident")
    return list(_with_related().filter(pk__in=joined, undone_at=None))


@dataclass(frozen=True)
class Counted:
    """The figures of a period: incidents opened, and reports received."""

    incidents: int
    reports: int


def counted(since: datetime, until: datetime) -> Counted:
    """The incidents opened and the reports received in a period, without those undone or withdrawn."""
    opened = Incident.objects.filter(opened_at__gte=since, opened_at__lt=until, undone_at=None)
    received = Report.objects.filter(at__gte=since, at__lt=until, withdrawn_at=None, incident__undone_at=None)
    return Counted(opened.count(), received.count())


def may_end(user: User, incident: Incident) -> bool:
    """Whether this user may end it: someone who works in its department, or a manager."""
    return may_on(user, Action.END_INCIDENT, incident.department_id)


def stands_alone(incident: Incident) -> bool:
    """Whether it may still be undone: not ended, nobody else joined it, no update was sent."""
    others = incident.reports.filter(withdrawn_at=None).exclude(key=incident.key)
    return not (incident.ended_at or others.exists() or incident.updates.exists())


def may_join_case(user: User, case: Case) -> bool:
    """Whether this user may join that case to an incident: those who work on it, and those who read any case.

    Never one of a restricted subject: the page of an incident shows its requests.
    """
    if restrictions.is_restricted(case.subject_id):
        return False
    return may_work(user, case) or (
        may_on(user, Action.FOLLOW_CASE, case.department_id) and user.may(Action.OPEN_INCIDENT)
    )
