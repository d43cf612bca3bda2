"""Webhooks: made, changed, removed, sent again."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Max, QuerySet, Value, When
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Entry
from parvis.apps.directory.models import ApiKey, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.keys import refuse_unless_key_of
from parvis.apps.integrations.models import Webhook, WebhookDelivery
from parvis.apps.integrations.queries.lists import webhook_by_id
from parvis.apps.integrations.rules.events import EVENTS
from parvis.apps.integrations.rules.signing import new_secret
from parvis.apps.outbox.models import State
from parvis.apps.outbox.services import give_up
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotFound, type_text
from parvis.lib.outbound import Unreachable, place

MOST, LONGEST_URL = 20, 500
SECRET_BYTES = 32


@transaction.atomic
def create_webhook(*, api_key: ApiKey, url: str, events: Sequence[str]) -> Webhook:
    """A webhook that hears what happens from now on. Raises Invalid (url, events), Conflict beyond MOST of a key.

    Its name is resolved at each delivery, and nowhere else: what a name means changes, and nobody waits for it here.
    """
    _refuse_wrong(url, events)
    ApiKey.objects.select_for_update().get(pk=api_key.pk)
    if Webhook.objects.filter(api_key=api_key, removed_at=None).count() >= MOST:
        raise Conflict(_("A key has %(most)s webhooks at most: remove one.") % {"most": MOST})
    return Webhook.objects.create(
        public_id=f"wh_{secrets.token_hex(12)}",
        api_key=api_key,
        url=url,
        secret=new_secret(secrets.token_bytes(SECRET_BYTES)),
        events=_ordered(events),
        last_entry=Entry.objects.aggregate(last=Max("pk"))["last"] or 0,
        incidents_until=clock.now(),
        created_at=clock.now(),
    )


@transaction.atomic
def change_webhook(
    *,
    api_key: ApiKey,
    public_id: str,
    url: str | None = None,
    events: Sequence[str] | None = None,
    active: bool | None = None,
) -> Webhook:
    """Changes what is given. Turned on again, it sends what waited. Raises NotFound, Invalid (url, events)."""
    webhook = _locked(api_key, public_id)
    _refuse_wrong(webhook.url if url is None else url, webhook.events if events is None else events)
    webhook.url = webhook.url if url is None else url
    webhook.events = webhook.events if events is None else _ordered(events)
    if active is not None:
        webhook.active = active
        if active:
            webhook.failing_since = webhook.disabled_at = None
    webhook.save()
    return webhook


@transaction.atomic
def remove_webhook(*, api_key: ApiKey, public_id: str) -> None:
    """Removes a webhook for good: what waited is not sent, its log stays. Raises NotFound."""
    webhook = _locked(api_key, public_id)
    webhook.active, webhook.removed_at = False, clock.now()
    webhook.save(update_fields=["active", "removed_at"])
    give_up(webhook.deliveries.all())


@transaction.atomic
def replay(*, api_key: ApiKey, public_id: str, message_id: str) -> WebhookDelivery:
    """Sends one event again, with the same `webhook-id`, whatever became of it. Raises NotFound."""
    webhook = _locked(api_key, public_id)
    rows = webhook.deliveries.filter(message_id=message_id)
    if not _queue_again(rows):
        raise NotFound(_("This delivery does not exist."))
    return rows.get()


@transaction.atomic
def replay_since(*, api_key: ApiKey, public_id: str, since: datetime) -> int:
    """Sends again every event since a moment, delivered or not; returns how many. Raises NotFound."""
    return _queue_again(_locked(api_key, public_id).deliveries.filter(queued_at__gte=since))


def _queue_again(rows: QuerySet[WebhookDelivery]) -> int:
    """Queues these deliveries; one that is being sent stays so, and is queued by its `not_before` when it was."""
    state = Case(When(state=State.SENDING, then=F("state")), default=Value(State.QUEUED))
    return rows.update(state=state, attempts=0, not_before=clock.now(), changed_at=clock.now())


def webhook_of(api_key: ApiKey, public_id: str) -> Webhook:
    """A webhook of a key. Raises NotFound, for another's too."""
    webhook = Webhook.objects.filter(api_key=api_key, public_id=public_id, removed_at=None).first()
    if webhook is None:
        raise NotFound(_("This webhook does not exist."))
    return webhook


def _locked(api_key: ApiKey, public_id: str) -> Webhook:
    return Webhook.objects.select_for_update().get(pk=webhook_of(api_key, public_id).pk)


def _ordered(events: Sequence[str]) -> list[str]:
    return [event for event in EVENTS if event in events]


def _refuse_wrong(url: str, events: Sequence[str]) -> None:
    wrong: dict[str, type_text] = {}
    if not events or set(events) - set(EVENTS):
        wrong["events"] = _("Choose among: %(known)s.") % {"known": ", ".join(EVENTS)}
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        wrong["url"] = _("This is not an address to which events may be sent.")
    elif why := _why_unreachable(url):
        wrong["url"] = why
    if wrong:
        raise Invalid(_("This webhook cannot be kept."), wrong)


def _why_unreachable(url: str) -> type_text:
    """Why events are never sent there, by the URL alone; "" when they may. Without https to a trusted host only."""
    trusted = settings.PARVIS_WEBHOOK_TRUSTED_HOSTS
    try:
        where = place(url, trusted=trusted)
    except Unreachable:
        return _("This address is not one of the public network, on its usual port.")
    if where.scheme != "https" and where.host not in trusted:
        return _("Events are sent by https only.")
    return ""


def turn_on(*, webhook_id: int, by: User) -> Webhook:
    """Turns on again, for a manager, a webhook that failed for too long. Raises NotAllowed, NotFound."""
    webhook = _of_manager(webhook_id, by)
    return change_webhook(api_key=webhook.api_key, public_id=webhook.public_id, active=True)


def send_again(*, webhook_id: int, message_id: str, by: User) -> WebhookDelivery:
    """Sends one event again, for a manager. Raises NotAllowed, NotFound."""
    webhook = _of_manager(webhook_id, by)
    return replay(api_key=webhook.api_key, public_id=webhook.public_id, message_id=message_id)


def _of_manager(webhook_id: int, by: User) -> Webhook:
    by.require(Action.MANAGE_KEYS, _("Your role does not manage keys."))
    webhook = webhook_by_id(webhook_id)
    refuse_unless_key_of(webhook.api_key, by)
    return webhook
