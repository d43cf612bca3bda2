"""The issues, their letters and their figures."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from parvis.apps.newsletter.models import ContactPoint, Issue, IssueDelivery, Journal, SenderLease, Subscription
from parvis.apps.newsletter.queries import recipients
from parvis.apps.outbox.models import PERHAPS_SENT, State
from parvis.lib.clock import now

PAGE = 50
_WRITES = (Journal.Action.WRITTEN, Journal.Action.CHANGED, Journal.Action.ASKED)


def by_id(issue_id: int) -> Issue | None:
    """An issue, None when there is none."""
    return Issue.objects.select_related("by").filter(pk=issue_id).first()


def by_key(key: str) -> Issue | None:
    """The issue of an idempotency key, None when there is none."""
    return Issue.objects.filter(key=key).first()


def issues(limit: int = PAGE) -> list[Issue]:
    """The latest issues and letters of alerts, newest first."""
    return list(Issue.objects.select_related("by").order_by("-pk")[:limit])


def journal(issue: Issue) -> list[Journal]:
    """What was done to an issue, oldest first."""
    return list(issue.journal.select_related("by").order_by("pk"))


def writers_of(issue: Issue) -> set[int]:
    """The ids of those who wrote a part of an issue, or asked for its approval; its author stays one of them."""
    lines = issue.journal.filter(what__in=_WRITES, by__isnull=False)
    return {issue.by_id, *lines.values_list("by_id", flat=True)} - {None}  # type: ignore[return-value]


def awaited() -> list[frozenset[int]]:
    """For each issue that waits for a second person, the ids of those who wrote it. Two queries at most."""
    rows = list(Issue.objects.filter(state=Issue.State.IN_REVIEW).values_list("pk", "by_id"))
    lines = Journal.objects.filter(issue__in=[pk for pk, _by in rows], what__in=_WRITES) if rows else []
    wrote = [(line.issue_id, line.by_id) for line in lines]
    return [frozenset(user for user in (by, *(who for issue, who in wrote if issue == pk)) if user) for pk, by in rows]


def archive_url(issue: Issue) -> str:
    """The address of an issue in the archive of the site, with the host."""
    return settings.PARVIS_URL + reverse("public:newsletter_issue", args=[issue.pk])


def archive(limit: int = PAGE) -> list[Issue]:
    """The issues that left, newest first, for the site. Letters of alerts are not kept there: the alert has a page."""
    return list(_left().order_by("-started_at", "-pk")[:limit])


def last_issue_at() -> datetime | None:
    """When the last issue left; None before the first one."""
    return _left().order_by("-started_at").values_list("started_at", flat=True).first()


def archived(issue_id: int) -> Issue | None:
    """An issue of the archive; None for another."""
    return _left().filter(pk=issue_id).first()


def _left() -> QuerySet[Issue]:
    return Issue.objects.filter(kind=Subscription.Kind.NEWS, started_at__isnull=False)


def recipients_of(issue: Issue) -> list[recipients.Recipient]:
    """Who an issue goes to, each address once."""
    return recipients.recipients(
        kind=issue.kind,
        groups=list(issue.groups.values_list("pk", flat=True)) if issue.pk else (),
        sectors=issue.sectors,
        streets=issue.streets,
        channel=ContactPoint.Channel.EMAIL,
    )


@dataclass(frozen=True)
class Figures:
    """What became of the letters of an issue. `delivered`: sent, and nothing came back."""

    total: int = 0
    queued: int = 0
    sent: int = 0
    uncertain: int = 0
    failed: int = 0
    withdrawn: int = 0
    bounced: int = 0
    complained: int = 0
    left: int = 0

    @property
    def delivered(self) -> int:
        return self.sent - self.bounced

    @property
    def bounce_rate(self) -> float:
        """A share of the letters that were handed over; under 0.02 is healthy."""
        handed = self.sent + self.failed
        return (self.bounced + self.failed) / handed if handed else 0.0

    @property
    def complaint_rate(self) -> float:
        """A share of the letters sent; under 0.001 is healthy, from 0.003 mail providers refuse."""
        return self.complained / self.sent if self.sent else 0.0


def figures(issue_ids: Iterable[int]) -> dict[int, Figures]:
    """The figures of issues, by id; one query. Nothing in a letter tells whether it was opened."""
    states = {
        "queued": (State.QUEUED, State.SENDING),
        "sent": (State.SENT,),
        "uncertain": (State.UNCERTAIN,),
        "failed": (State.FAILED,),
        "withdrawn": (State.EXPIRED, State.CANCELLED),
    }
    counts = {name: Count("pk", filter=Q(state__in=those)) for name, those in states.items()}
    marks = {
        name: Count("pk", filter=Q(**{f"{field}__isnull": False}))
        for name, field in (("bounced", "bounced_at"), ("complained", "complained_at"), ("left", "left_at"))
    }
    rows = IssueDelivery.objects.filter(issue__in=list(issue_ids)).values("issue")
    found, names = rows.annotate(total=Count("pk"), **counts, **marks), ("total", *counts, *marks)
    known = {row["issue"]: {name: row[name] for name in names} for row in found}  # type: ignore[literal-required]
    return {pk: Figures(**known.get(pk, {})) for pk in issue_ids}


def deliveries(issue: Issue, state: str, limit: int = PAGE) -> list[IssueDelivery]:
    """The letters of an issue in a state, the first ones."""
    return list(issue.deliveries.filter(state=state).order_by("pk")[:limit])


def troubled(issue: Issue, limit: int = PAGE) -> list[IssueDelivery]:
    """The letters of an issue that failed, may have left, or came back: each named, with why.

    Readers who were erased are left out.
    """
    rows = issue.deliveries.filter(
        Q(state__in=(State.UNCERTAIN, State.FAILED)) | Q(bounced_at__isnull=False) | Q(complained_at__isnull=False)
    )
    return list(rows.exclude(domain="").order_by("state", "pk")[:limit])


@dataclass(frozen=True)
class Wait:
    """Until when the mail server wants no letter, and its words."""

    until: datetime
    words: str


def server_wait() -> Wait | None:
    """What the mail server asked of every letter (421, or no answer); None when letters may leave."""
    row = SenderLease.objects.filter(wait_until__gt=now()).first()
    return Wait(row.wait_until, row.wait_words) if row and row.wait_until else None


def told(keys: Collection[str]) -> set[int]:
    """The contact points to which a letter of these keys left, or may have left; one query."""
    rows = IssueDelivery.objects.filter(state__in=(State.SENT, *PERHAPS_SENT), issue__key__in=keys, point__isnull=False)
    return {point_id for point_id in rows.values_list("point", flat=True) if point_id is not None}
