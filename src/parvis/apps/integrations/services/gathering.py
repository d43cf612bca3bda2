"""Makes deliveries from the journal and from incidents, which webhooks pull by a cursor: neither knows of them."""

import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from parvis.apps.cases.models import Entry
from parvis.apps.cases.services.opening.legacy_cases import IMPORTED
from parvis.apps.integrations.models import Webhook, WebhookDelivery
from parvis.apps.integrations.queries.incident_events import IncidentEvent, incident_events
from parvis.apps.integrations.rules.cursors import SETTLED
from parvis.apps.integrations.rules.events import event_of, kinds_of
from parvis.apps.outbox.models import PENDING
from parvis.lib import clock

AT_ONCE = 500
KEPT = timedelta(days=90)


def gather_events() -> int:
    """Makes a delivery for each event that a webhook asked for and has not; returns how many.

    What an earlier system did (an import) is no event. Idempotent, and bounded: the rest comes at the next run. The
    cursor stays SETTLED behind; a constraint makes each event once.
    """
    hooks = Webhook.objects.filter(active=True, removed_at=None).select_related("api_key__created_by")
    moment = clock.now()
    held = [hook for hook in hooks if hook.api_key.holds(moment)]
    return sum(_gather(hook) + _gather_incidents(hook) for hook in held)


@transaction.atomic
def _gather(hook: Webhook) -> int:
    moment = clock.now()
    entries = list(_new_for(hook)[:AT_ONCE])
    deliveries = [_delivery(hook, entry) for entry in entries]
    WebhookDelivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    if len(entries) < AT_ONCE:
        written = Coalesce("recorded_at", "at")
        settled = Entry.objects.alias(written=written).filter(pk__gt=hook.last_entry, written__lt=moment - SETTLED)
        if last := settled.order_by("-pk").values_list("pk", flat=True).first():
            Webhook.objects.filter(pk=hook.pk).update(last_entry=last)
    return len(deliveries)


@transaction.atomic
def _gather_incidents(hook: Webhook) -> int:
    """The same for incidents: they are few, and their changes are known by when they happened."""
    moment = clock.now()
    happened = incident_events(hook.events, hook.incidents_until)
    about = WebhookDelivery.objects.filter(webhook=hook, incident__in={one.incident.pk for one in happened})
    told = set(about.values_list("incident", "occurrence"))
    new = [one for one in happened if (one.incident.pk, one.occurrence) not in told]
    WebhookDelivery.objects.bulk_create([_incident_delivery(hook, one) for one in new], ignore_conflicts=True)
    if (settled := moment - SETTLED) > hook.incidents_until:
        Webhook.objects.filter(pk=hook.pk).update(incidents_until=settled)
    return len(new)


def _new_for(hook: Webhook) -> QuerySet[Entry]:
    told = WebhookDelivery.objects.filter(webhook=hook, entry=OuterRef("pk"))
    rows = Entry.objects.filter(pk__gt=hook.last_entry, kind__in=kinds_of(hook.events)).exclude(Exists(told))
    rows = rows.exclude(Q(recorded_at__isnull=False, case__key__startswith=IMPORTED))
    rows = rows.filter(case__carried_over_at=None)
    return rows.order_by("pk")


def _delivery(hook: Webhook, entry: Entry) -> WebhookDelivery:
    return WebhookDelivery(webhook=hook, event=event_of(entry.kind), entry=entry, **_queued())


def _incident_delivery(hook: Webhook, one: IncidentEvent) -> WebhookDelivery:
    about = {"incident": one.incident, "occurrence": one.occurrence}
    return WebhookDelivery(webhook=hook, event=one.event, **about, **_queued())


def _queued() -> dict[str, Any]:
    return {"message_id": f"msg_{secrets.token_hex(12)}", "queued_at": clock.now()}


@transaction.atomic
def purge_deliveries() -> int:
    """Deletes the deliveries that are over and older than KEPT; returns how many. What waits is kept."""
    over = WebhookDelivery.objects.exclude(state__in=PENDING)
    of_incident = Q(incident__isnull=False, queued_at__lt=F("webhook__incidents_until"))
    behind = over.filter(Q(entry_id__lte=F("webhook__last_entry")) | of_incident)  # beyond, it would be made again
    return behind.filter(queued_at__lt=clock.now() - KEPT).delete()[0]
