"""Events and council sessions: to come, past, and one by its id."""

from typing import TypeVar

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from parvis.apps.news.models import CouncilSession, Event
from parvis.apps.news.models.dates import A_WHILE
from parvis.apps.news.queries.items import shown
from parvis.lib.clock import now

MOST = 100
Gathered = TypeVar("Gathered", Event, CouncilSession)


def upcoming_events() -> list[Event]:
    """The events not over yet, the nearest first."""
    return list(_upcoming(Event.objects.all()))


def past_events() -> list[Event]:
    """The events that are over, the latest first."""
    return list(_past(Event.objects.all()))


def upcoming_sessions() -> list[CouncilSession]:
    """The council sessions not over yet, the nearest first."""
    return list(_upcoming(CouncilSession.objects.all()))


def past_sessions() -> list[CouncilSession]:
    """The council sessions held, the latest first."""
    return list(_past(CouncilSession.objects.all()))


def event_by_id(event_id: int) -> Event | None:
    """The event with that id once published, withdrawn or not."""
    return Event.objects.filter(pk=event_id, published_at__isnull=False).select_related("subject", "image").first()


def session_by_id(session_id: int) -> CouncilSession | None:
    """The council session with that id once published, withdrawn or not."""
    row: CouncilSession | None = CouncilSession.objects.filter(pk=session_id, published_at__isnull=False).first()
    return row


def _over() -> Q:
    return Q(ends_at__lte=now()) | Q(ends_at=None, starts_at__lte=now() - A_WHILE)


def _upcoming(rows: QuerySet[Gathered]) -> QuerySet[Gathered]:
    return shown(rows).exclude(_over()).order_by("starts_at", "pk")[:MOST]


def _past(rows: QuerySet[Gathered]) -> QuerySet[Gathered]:
    return shown(rows).filter(_over()).order_by(Coalesce("ends_at", F("starts_at")).desc(), "-pk")[:MOST]
