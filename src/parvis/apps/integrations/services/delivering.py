"""Sends what webhooks are owed: signed, tried again with growing delays, turned off after days of failure."""

import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import administrators
from parvis.apps.directory.services.staff import record_reading
from parvis.apps.integrations.models import Webhook, WebhookDelivery
from parvis.apps.integrations.queries.incident_events import incident_values, occurred_at
from parvis.apps.integrations.queries.sight import READ, case_values, entry_values, personal_values, sight_of
from parvis.apps.integrations.rules.retrying import BACKOFF, is_given_up
from parvis.apps.integrations.rules.signing import signature
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.outbox import services as outbox
from parvis.apps.outbox.channels import Carrier, Outcome
from parvis.apps.outbox.models import State
from parvis.lib import clock
from parvis.lib.outbound import Unreachable, call, target
from parvis.lib.transport import TransientError

SECONDS = 5.0
KEPT_ATTEMPTS = 20
TOLD = ("webhook__api_key__created_by", "incident__notice", "entry__actor", *(f"entry__case__{name}" for name in READ))
RENDERER = "parvis.apps.integrations.letters.webhook_disabled"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Attempt:
    """The status of the response (0 without one), what went wrong ("" when it was accepted), and whether the person of
    the case was in what was sent, answered or not.
    """

    status: int
    error: str = ""
    personal: bool = False


def due_deliveries() -> QuerySet[WebhookDelivery]:
    """What is to be sent now, to webhooks that are on and whose keys hold, in order."""
    moment = clock.now()
    rows = WebhookDelivery.objects.filter(
        webhook__active=True, webhook__removed_at=None, webhook__api_key__revoked_at=None,
        webhook__api_key__expires_at__gt=moment, webhook__api_key__created_by__is_active=True,
    )  # fmt: skip
    return outbox.due(rows).order_by("pk")


def due_webhooks() -> list[int]:
    """The webhooks to which something is to be sent now. One query."""
    return sorted(due_deliveries().order_by().values_list("webhook", flat=True).distinct())


@transaction.atomic
def give_up_orphans() -> int:
    """Ends as failed what waits for a webhook that was removed, or whose key is revoked or over; returns how many."""
    moment = clock.now()
    key_over = Q(api_key__revoked_at__isnull=False) | Q(api_key__expires_at__lte=moment)
    gone = Webhook.objects.filter(Q(removed_at__isnull=False) | key_over)
    return outbox.give_up(WebhookDelivery.objects.filter(webhook__in=gone))


class WebhookCarrier(Carrier[WebhookDelivery]):
    """Webhooks, signed. What may have arrived is sent again with the same `webhook-id`: receivers ignore what they
    have.
    """

    model = WebhookDelivery
    lease = timedelta(minutes=5)
    backoff = BACKOFF

    def send(self, item: WebhookDelivery) -> Outcome:
        """See `Carrier.send`."""
        delivery = self.rows.select_related(*TOLD).get(pk=item.pk)
        attempt = _send(delivery)
        _record(delivery, attempt)
        if attempt.error:
            raise TransientError(attempt.error)
        return Outcome()

    def find(self, item: WebhookDelivery) -> Outcome | None:
        """See `Carrier.find`: receivers are not asked."""
        return None

    def settled(self, item: WebhookDelivery, state: State) -> State:
        """See `Carrier.settled`: it may have been asked for again while it was sent."""
        return State.QUEUED if item.state == State.SENDING and item.not_before else state


WEBHOOKS = WebhookCarrier()


def _message(delivery: WebhookDelivery) -> dict[str, Any]:
    """What is told of an event now: the incident as it is; or the case, and as much of its person as the key may see.

    Nothing of it is kept, so that what was protected, hidden or erased since is not sent by a later attempt.
    """
    entry, incident = delivery.entry, delivery.incident
    moment, data = delivery.queued_at, dict[str, Any]()
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


def _send(delivery: WebhookDelivery) -> Attempt:
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
        return Attempt(0, str(error)[:200], personal)
    if 200 <= status < 300:  # noqa: PLR2004
        return Attempt(status, personal=personal)
    redirected = " (redirections are not followed)" if 300 <= status < 400 else ""  # noqa: PLR2004
    return Attempt(status, f"the server answers {status}{redirected}", personal)


@transaction.atomic
def _record(delivery: WebhookDelivery, attempt: Attempt) -> None:
    """Writes an attempt down, and that a person was read. 410 Gone turns the webhook off at once."""
    moment = clock.now()
    if attempt.personal and delivery.entry:
        key = delivery.webhook.api_key
        reason = _("API key: %(name)s") % {"name": key.name}
        record_reading(user=key.created_by, subject="case", subject_id=delivery.entry.case_id, reason=reason)
    hook = Webhook.objects.select_for_update().get(pk=delivery.webhook_id)
    line = {"at": moment.isoformat(), "status": attempt.status, "error": attempt.error}
    arrived = {} if attempt.error else {"sent_at": moment}
    rows = WebhookDelivery.objects.filter(pk=delivery.pk)
    rows.update(log=[*delivery.log, line][-KEPT_ATTEMPTS:], **arrived)
    hook.failing_since = (hook.failing_since or moment) if attempt.error else None
    if attempt.status == 410 or is_given_up(hook.failing_since, moment):  # noqa: PLR2004
        _turn_off(hook)
    hook.save(update_fields=["failing_since", "active", "disabled_at"])


def _turn_off(hook: Webhook) -> None:
    """Turns a webhook off and writes to the administrators; what waits is kept."""
    hook.active, hook.disabled_at = False, clock.now()
    logger.error("webhook %s is turned off: it fails since %s", hook.public_id, hook.failing_since)
    for administrator in administrators():
        if administrator.email:
            key = f"webhook-{hook.pk}-{hook.disabled_at:%Y%m%d%H%M%S}-{administrator.pk}"
            queue_letter(
                key=key, to=administrator.email, language=administrator.language, renderer=RENDERER, args=[hook.pk]
            )
