"""What happened to incidents, for webhooks, and what programs are told of one. Nothing personal is in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from parvis.apps.cases.models import Incident
from parvis.apps.content.queries.notices import notice_view


@dataclass(frozen=True)
class IncidentEvent:
    """One thing that happened to an incident; `occurrence` names it among those of the incident, for good."""

    incident: Incident
    event: str
    occurrence: str
    at: datetime


def incident_events(events: Sequence[str], since: datetime) -> list[IncidentEvent]:
    """What happened since then, among these events, the oldest first. Two queries."""
    over = Q(ended_at__gte=since) | Q(undone_at__gte=since)
    rows = Incident.objects.filter(Q(ended_at=None, undone_at=None) | over).prefetch_related("updates")
    found = [one for row in rows for one in _events_of(row) if one.event in events and one.at >= since]
    return sorted(found, key=lambda one: (one.at, one.incident.pk))


def _events_of(incident: Incident) -> Iterator[IncidentEvent]:
    """Made public; then updated by each message to the followers, and each correction of its words; ended, or taken
    back. Nothing of one that never was public.
    """
    if incident.public_at is None:
        return
    yield IncidentEvent(incident, "incident.opened", "opened", incident.public_at)
    for number, correction in enumerate(incident.corrections):
        moment = datetime.fromisoformat(correction["at"])
        if moment > incident.public_at:
            yield IncidentEvent(incident, "incident.updated", f"correction-{number}", moment)
    for update in incident.updates.all():
        if not update.ends and update.at > incident.public_at:
            yield IncidentEvent(incident, "incident.updated", f"update-{update.pk}", update.at)
    if over := incident.ended_at or incident.undone_at:
        yield IncidentEvent(incident, "incident.ended", "ended", over)


def occurred_at(incident: Incident, occurrence: str) -> datetime:
    """When that change of an incident happened. Raises StopIteration for none of its own."""
    return next(one.at for one in _events_of(incident) if one.occurrence == occurrence)


def incident_values(incident: Incident) -> dict[str, Any]:
    """An incident as plain values in the active language, as the site says it. Reads `notice`.

    `ended_at` of one that was opened by mistake is when it was taken back, and its `reason` is "mistake".
    """
    notice = notice_view(incident.notice)
    over = incident.ended_at or incident.undone_at
    return {
        "id": incident.pk,
        "title": notice.title,
        "place": notice.place,
        "words": notice.say,
        "news": notice.news,
        "news_at": incident.notice.news_at.isoformat() if incident.notice.news_at else None,
        "until": notice.until,
        "opened_at": incident.opened_at.isoformat(),
        "ended_at": over.isoformat() if over else None,
        "reason": "mistake" if incident.undone_at else incident.reason or None,
    }
