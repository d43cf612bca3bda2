"""Questions asked of incidents: those under way, one of them whole, the figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from parvis.apps.cases.access import may_work
from parvis.apps.cases.incident_models import Incident, Report, Telling, Update
from parvis.apps.cases.models import Case, State
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.knowledge import notices
from parvis.apps.knowledge.notices import NoticeTold
from parvis.apps.places.models import Address
from parvis.lib.rows import Compiled
from parvis.lib.ttl_cache import TtlCache
from parvis.lib.words import number

_LIVE = Q(reports__withdrawn_at=None)


def _whole() -> QuerySet[Incident]:
    joined = ("notice__subject", "notice__street", "notice__sector", "department", "opened_by", "ended_by")
    counted = Count("reports", filter=_LIVE)
    return Incident.objects.select_related(*joined).annotate(told_by=counted).order_by("-pk")


_not_over = Compiled(lambda: _whole().filter(ended_at=None, undone_at=None))
_kept = TtlCache(_not_over)


def forget() -> None:
    """The next question reads the database."""
    _kept.forget()
    notices.forget()


def under_way() -> tuple[Incident, ...]:
    """The incidents under way, the newest first, with `told_by`, how many told of each; one query a second at most."""
    return tuple(_kept())


@dataclass(frozen=True)
class Shown:
    """An incident as an agent reads it in the active language; `count` is how many told of it."""

    incident: Incident
    notice: NoticeTold
    count: int


def shown(incident: Incident) -> Shown:
    """An incident read by `under_way`, `by_id` or `page`, in the active language. No query."""
    return Shown(incident, notices.told(incident.notice), incident.told_by)  # type: ignore[attr-defined]


def all_shown() -> list[Shown]:
    """Those under way, the newest first."""
    return [shown(incident) for incident in under_way()]


def about(text: str, slugs: Iterable[str], address: Address | None) -> list[Shown]:
    """Those under way that words, subjects or an address tell (`knowledge.notices.about`), the newest first."""
    known = list(slugs)
    return [shown(incident) for incident in under_way() if notices.about(incident.notice, text, known, address)]


def mark() -> str:
    """What tells the incidents shown on a screen from the next ones: which, how many told of each, what was changed."""
    counts = [(incident.pk, incident.told_by) for incident in under_way()]  # type: ignore[attr-defined]
    return sha256(repr((counts, notices.mark())).encode()).hexdigest()[:12] if counts else ""


def by_id(incident_id: int) -> Incident | None:
    """One incident, under way or not, with all that its page reads of it; None when there is none."""
    return _whole().filter(pk=incident_id).first()


def page(after: str = "", limit: int = 30) -> tuple[list[Incident], str]:
    """The incidents that ended or were taken back, the newest first, and what follows ("" at the end). One query."""
    rows = _whole().filter(Q(ended_at__isnull=False) | Q(undone_at__isnull=False))
    last = number(after)
    result = list((rows if last is None else rows.filter(pk__lt=last))[: limit + 1])
    return result[:limit], str(result[limit - 1].pk) if len(result) > limit else ""


@dataclass(frozen=True)
class Following:
    """How many follow an incident, those in English among them, and how many of their requests it holds open."""

    followers: int
    english: int
    open_cases: int


def tellers(incident: Incident, until: datetime | None = None) -> QuerySet[Report]:
    """The reports by which the followers of an incident are told, those made by that moment: of those of one person,
    whose files may be merged, that of each request, else the first.
    """
    live = Report.objects.filter(incident=incident, withdrawn_at=None, follows=True)
    live = (live.filter(at__lte=until) if until else live).annotate(who=Coalesce("person__merged_into", "person"))
    instead = live.filter(Q(case__isnull=False) | Q(pk__lt=OuterRef("pk")), who=OuterRef("who"))
    return live.filter(Q(case__isnull=False) | ~Exists(instead))


def following(incident: Incident) -> Following:
    """One count over the reports of an incident, one over those by which its followers are told, and one for each level
    of the requests merged into theirs.
    """
    live = Report.objects.filter(incident=incident, withdrawn_at=None)
    cases = live.filter(case__isnull=False).exclude(case__state=State.CLOSED).count()
    told = tellers(incident).aggregate(
        n=Count("pk"),
        english=Count("pk", filter=Q(case=None, language="en") | Q(case__language="en")),
    )
    return Following(told["n"], told["english"] + _merged_in_english(incident), cases)


def _merged_in_english(incident: Incident) -> int:
    """How many read English of those whose request is merged into one that is joined, at any level."""
    joined = Report.objects.filter(incident=incident, withdrawn_at=None, follows=True, case__merged_count=True)
    level, count = list(joined.values_list("case", flat=True)), 0
    while level:
        merged = list(
            Case.objects.filter(merged_into__in=level).values_list("pk", "merged_count", "language", "quiet_at")
        )
        count += sum(language == "en" and not quiet for _pk, _gathered, language, quiet in merged)
        level = [pk for pk, gathered, _language, _quiet in merged if gathered]
    return count


@dataclass(frozen=True)
class Spread:
    """One update, and how many were told of it in each way; `waiting` are those still to be told."""

    update: Update
    email: int
    phone: int
    post: int
    nobody: int
    waiting: int


def updates(incident: Incident) -> list[Spread]:
    """What was told of an incident, the newest first, with how far each went; two queries whatever their number."""
    rows = Update.objects.filter(incident=incident).select_related("by").order_by("-pk")
    ways = {way: Count("tellings", filter=Q(tellings__notified_via=way)) for way in ("email", "phone", "post")}
    rows = rows.annotate(**{f"n_{way}": count for way, count in ways.items()})
    rows = rows.annotate(n_nobody=Count("tellings", filter=Q(tellings__notified_via=Telling.NotifiedVia.NOBODY)))
    joined = list(
        Report.objects.filter(incident=incident, follows=True, withdrawn_at=None)
        .order_by()
        .values_list("at", flat=True)
    )
    return [_spread(row, joined) for row in rows]


def _spread(row: Update, joined: list[datetime]) -> Spread:
    email, phone, post, nobody = (getattr(row, f"n_{way}") for way in ("email", "phone", "post", "nobody"))
    owed = sum(at <= row.at for at in joined) - email - phone - post - nobody
    return Spread(row, email, phone, post, nobody, 0 if row.told_at else max(0, owed))


def reports(incident: Incident, after: str = "", limit: int = 50) -> tuple[list[Report], str]:
    """Who told of an incident, the last first, those taken back left out, and what follows ("" at the end)."""
    rows = Report.objects.filter(incident=incident, withdrawn_at=None).select_related("person", "case", "by")
    last = number(after)
    rows = rows.order_by("-pk") if last is None else rows.filter(pk__lt=last).order_by("-pk")
    result = list(rows[: limit + 1])
    return result[:limit], str(result[limit - 1].pk) if len(result) > limit else ""


def of_case(case: Case) -> list[Incident]:
    """The incidents to which a case is joined, those under way or not. One query."""
    joined = Report.objects.filter(case=case, withdrawn_at=None).values("incident")
    return list(_whole().filter(pk__in=joined, undone_at=None))


@dataclass(frozen=True)
class Counted:
    """Both figures of a period: incidents, and the contacts and requests that told of them."""

    incidents: int
    reports: int


def counted(since: datetime, until: datetime) -> Counted:
    """The incidents opened and the reports received from one moment to another, what was taken back left out."""
    opened = Incident.objects.filter(opened_at__gte=since, opened_at__lt=until, undone_at=None).count()
    told = Report.objects.filter(at__gte=since, at__lt=until, withdrawn_at=None, incident__undone_at=None).count()
    return Counted(opened, told)


def may_end(user: User, incident: Incident) -> bool:
    """Whether this person may end it: someone who works in its department, or a manager."""
    return user.may_in(Action.END_INCIDENT, incident.department_id) or user.may(Action.WORK_ANY_CASE)


def stands_alone(incident: Incident) -> bool:
    """Whether nobody but who opened it joined it or was told of it: it may still be taken back."""
    joined = incident.reports.filter(withdrawn_at=None).exclude(key=incident.key)
    return not (incident.ended_at or joined.exists() or incident.updates.exists())


def may_join_case(user: User, case: Case) -> bool:
    """Whether this person may join that case to an incident: who works on it, or who answers for the town."""
    return may_work(user, case) or (user.may(Action.READ_ANY_CASE) and user.may(Action.OPEN_INCIDENT))
