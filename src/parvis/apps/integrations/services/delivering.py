"""Sends what webhooks are owed: signed, tried again with growing delays, turned off after days of failure."""

import json
import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import supervisors
from parvis.apps.directory.services import record_reading
from parvis.apps.integrations.models import Webhook, WebhookDelivery
from parvis.apps.integrations.queries.incident_events import incident_values, occurred_at
from parvis.apps.integrations.queries.sight import READ, case_values, entry_values, personal_values, sight_of
from parvis.apps.integrations.rules.retrying import is_given_up, next_attempt
from parvis.apps.integrations.rules.signing import signature
from parvis.apps.mail.services import queue
from parvis.lib import clock
from parvis.lib.outbound import Unreachable, call, target

SECONDS = 5.0
TOGETHER, TOGETHER_SECONDS = 100, 20.0
KEPT_ATTEMPTS = 20
LEASE = timedelta(minutes=5)
RENDERER = "parvis.apps.integrations.letters.webhook_disabled"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt: the status of the response (0 without one), what went wrong, and whether the person
    of the case was in what was sent, answered or not.
    """

    status: int = 0
    error: str = ""
    personal: bool = False

    @property
    def accepted(self) -> bool:
        return not self.error


def due_webhooks() -> list[int]:
    """The webhooks to which something is to be sent now. One query."""
    moment = clock.now()
    rows = WebhookDelivery.objects.filter(
        state=WebhookDelivery.State.PENDING, next_at__lte=moment, webhook__active=True, webhook__removed_at=None,
        webhook__api_key__revoked_at=None, webhook__api_key__expires_at__gt=moment,
        webhook__api_key__created_by__is_active=True,
    )  # fmt: skip
    return sorted(rows.order_by().values_list("webhook", flat=True).distinct())


def deliver_due(*, webhook_id: int) -> int:
    """Sends to one webhook what is due, in order, until one fails: what hangs holds the worker once, not a hundred
    times. Returns how many were accepted.

    Each is leased before it is sent, outside any transaction: two workers do not send the same at once. A delivery
    whose answer was lost is sent again with the same `webhook-id`: receivers ignore what they have.
    """
    accepted, until = 0, time.monotonic() + TOGETHER_SECONDS
    for _number in range(TOGETHER):
        delivery = _lease(webhook_id)
        if delivery is None or not _record(delivery, _send(delivery)):
            break
        accepted += 1
        if time.monotonic() > until:
            break
    return accepted


@transaction.atomic
def give_up_orphans() -> int:
    """Ends as failed what waits for a webhook that was removed, or whose key is revoked or over; returns how many."""
    moment = clock.now()
    key_over = Q(api_key__revoked_at__isnull=False) | Q(api_key__expires_at__lte=moment)
    gone = Webhook.objects.filter(Q(removed_at__isnull=False) | key_over)
    rows = WebhookDelivery.objects.filter(state=WebhookDelivery.State.PENDING, webhook__in=gone)
    return rows.update(state=WebhookDelivery.State.FAILED, next_at=None)


@transaction.atomic
def _lease(webhook_id: int) -> WebhookDelivery | None:
    hook = Webhook.objects.select_for_update().filter(pk=webhook_id, active=True, removed_at=None).first()
    if hook is None or not hook.api_key.holds(clock.now()):
        return None
    due = hook.deliveries.filter(state=WebhookDelivery.State.PENDING, next_at__lte=clock.now())
    related = (f"entry__case__{name}" for name in READ)
    due = due.select_related("webhook__api_key__created_by", "incident__notice", "entry__actor", *related)
    delivery = due.order_by("pk").first()
    if delivery is not None:
        delivery.next_at = clock.now() + LEASE
        delivery.save(update_fields=["next_at"])
    return delivery


def _message(delivery: WebhookDelivery) -> dict[str, Any]:
    """What is told of an event now: the incident as it is; or the case, and as much of its person as the key may see.

    Nothing of it is kept, so that what was protected, hidden or erased since is not sent by a later attempt.
    """
    entry, incident = delivery.entry, delivery.incident
    moment, data = delivery.created_at, dict[str, Any]()
    with translation.override("fr"):
        if entry:
            moment, sight = entry.at, sight_of(delivery.webhook.api_key)
            data = {"case": case_values(entry.case), "entry": entry_values(entry, sight)}
            if (personal := personal_values(entry.case, sight)) is not None:
                data["person"] = personal
        elif incident:
            moment = occurred_at(incident, delivery.occurrence)
            data = {"incident": incident_values(incident)}
    return {"type": delivery.event, "timestamp": moment.isoformat(), "data": data}


def _send(delivery: WebhookDelivery) -> Outcome:
    message, personal = _message(delivery), False
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    timestamp = int(clock.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Parvis-Webhooks/1",
        "webhook-id": delivery.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(delivery.webhook.secret, delivery.message_id, timestamp, body),
    }
    try:
        where = target(delivery.webhook.url, trusted=settings.PARVIS_WEBHOOK_TRUSTED_HOSTS)
        personal = "person" in message["data"]
        with call(where, "POST", headers=headers, body=body, seconds=SECONDS) as response:
            status = response.status
    except Unreachable as error:
        return Outcome(0, str(error)[:200], personal)
    if 200 <= status < 300:  # noqa: PLR2004
        return Outcome(status, personal=personal)
    redirected = " (redirections are not followed)" if 300 <= status < 400 else ""  # noqa: PLR2004
    return Outcome(status, f"the server answers {status}{redirected}", personal)


@transaction.atomic
def _record(delivery: WebhookDelivery, outcome: Outcome) -> bool:
    """Writes the attempt down, and that a person was read; False when it was not accepted.

    410 Gone turns the webhook off at once. What was asked while it was sent (again, or no more) is not undone.
    """
    moment = clock.now()
    if outcome.personal and delivery.entry:
        key = delivery.webhook.api_key
        reason = _("API key: %(name)s") % {"name": key.name}
        record_reading(user=key.created_by, subject="case", subject_id=delivery.entry.case_id, reason=reason)
    hook = Webhook.objects.select_for_update().get(pk=delivery.webhook_id)
    leased_until = delivery.next_at
    delivery.refresh_from_db(fields=["state", "attempts", "tries", "next_at"])
    attempt = {"at": moment.isoformat(), "status": outcome.status, "error": outcome.error}
    delivery.attempts = [*delivery.attempts, attempt][-KEPT_ATTEMPTS:]
    pending = delivery.state == WebhookDelivery.State.PENDING
    asked_again = pending and delivery.next_at != leased_until
    delivery.tries += not asked_again
    if outcome.accepted:
        hook.failing_since = None
        delivery.delivered_at = moment
        if not asked_again:
            delivery.state, delivery.next_at = WebhookDelivery.State.DELIVERED, None
    else:
        if pending and not asked_again:
            delivery.next_at = next_attempt(delivery.tries, moment)
            if delivery.next_at is None:
                delivery.state = WebhookDelivery.State.FAILED
        hook.failing_since = hook.failing_since or moment
        if outcome.status == 410 or is_given_up(hook.failing_since, moment):  # noqa: PLR2004
            _turn_off(hook)
    delivery.save(update_fields=["state", "attempts", "tries", "next_at", "delivered_at"])
    hook.save(update_fields=["failing_since", "active", "disabled_at"])
    return outcome.accepted


def _turn_off(hook: Webhook) -> None:
    """Turns a webhook off and writes to the managers; what waits is kept."""
    hook.active, hook.disabled_at = False, clock.now()
    logger.error("webhook %s is turned off: it fails since %s", hook.public_id, hook.failing_since)
    for manager in supervisors(()):
        if manager.email:
            key = f"webhook-{hook.pk}-{hook.disabled_at:%Y%m%d%H%M%S}-{manager.pk}"
            queue(key=key, to=manager.email, language=manager.language, renderer=RENDERER, args=[hook.pk])
