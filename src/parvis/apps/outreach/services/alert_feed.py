"""The CAP feed carries what the band of the site does: the notices to boil water and the incidents, until they end.

The messages of the town are published there by their own channel.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import translation

from parvis.apps.content.models import Notice
from parvis.apps.content.queries import notices
from parvis.apps.news.models import Alert
from parvis.apps.news.services.alerts import cancel_alert, publish_alert
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries import water
from parvis.apps.schedules.queries.provenance import zone
from parvis.apps.schedules.queries.works import local_day, notice_view
from parvis.apps.schedules.rules.affected_area import Stage
from parvis.lib.clock import now

BOIL, INCIDENT = "boil-", "incident-"
UNKNOWN_END, RENEWED = timedelta(hours=24), timedelta(hours=12)
HEADLINE = 160  # characters


@dataclass(frozen=True)
class _Alert:
    """What is published under a key. `until`: None when the end is not known."""

    key: str
    until: datetime | None
    content: dict[str, Any]


def keep_alert_feed() -> None:
    """Publishes what is in force, updates what changed, cancels what is over. Repeated, it changes nothing.

    An alert without a known end is given for a day, and renewed while it lasts.
    """
    alerts = [*_boil_notices(), *_incidents()]
    ends = dict(Alert.objects.filter(key__in=[each.key for each in alerts]).values_list("key", "expires_at"))
    for each in alerts:
        publish_alert(key=each.key, expires_at=each.until or _renewed(ends.get(each.key)), **each.content)
    ours = Alert.objects.filter(Q(key__startswith=BOIL) | Q(key__startswith=INCIDENT), cancelled_at=None)
    over = ours.filter(expires_at__gt=now()).exclude(key__in=[each.key for each in alerts])
    for key in list(over.values_list("key", flat=True)):
        cancel_alert(key=key)


def _renewed(end: datetime | None) -> datetime:
    moment = now()
    return end if end and end > moment + RENEWED else moment + UNKNOWN_END


def _boil_notices() -> Iterable[_Alert]:
    today = local_day(None)
    for row in water.of_stage(water.boil_notices(), Stage.IN_FORCE, today):
        content: dict[str, Any] = {"event": "Eau potable", "event_en": "Drinking water", "category": "Health"}
        for lang in ("fr", "en"):
            with translation.override(lang):
                view = notice_view(row, today)
            content[f"headline_{lang}"] = f"{view.title}, {view.place}"[:HEADLINE]
            content[f"description_{lang}"] = view.words
            content[f"instruction_{lang}"] = " ".join(view.lines)
        until = datetime.combine(row.last_day + timedelta(days=1), time(), zone()) if row.last_day else None
        yield _Alert(f"{BOIL}{row.pk}", until, content | _severe() | _area_of(row))


def _incidents() -> Iterable[_Alert]:
    for row in notices.in_force():
        content: dict[str, Any] = {"event": "Incident", "event_en": "Incident", "category": "Infra"}
        for lang in ("fr", "en"):
            with translation.override(lang):
                view = notices.notice_view(row)
            content[f"headline_{lang}"] = (f"{view.title}, {view.place}" if view.place else view.title)[:HEADLINE]
            content[f"description_{lang}"] = " ".join(filter(None, [view.say, view.news, view.until]))
        yield _Alert(f"{INCIDENT}{row.pk}", None, content | _severe() | _area_of(row))


def _severe() -> dict[str, str]:
    return {"urgency": "Immediate", "severity": "Severe", "certainty": "Observed"}


def _area_of(row: RoadNotice | Notice) -> dict[str, Any]:
    """The area as `publish_alert` takes it; the whole town when there is none."""
    polygon = row.polygon if isinstance(row, RoadNotice) else None
    zones = [[row.place_fr, polygon]] if polygon else []
    return {
        "sectors": [row.sector_id] if row.sector_id else [],
        "streets": [row.street_id] if row.street_id else [],
        "zones": zones,
    }
