"""Webhooks of a key: made, changed, removed, their log, and sent again."""

from typing import Any, Literal

from django.utils.translation import gettext_noop
from ninja import Router, Status
from ninja.params.functions import Path, Query

from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.integrations.models import Webhook, WebhookDelivery
from parvis.apps.integrations.queries import lists
from parvis.apps.integrations.services import webhooks
from parvis.apps.outbox.models import PENDING, UNDELIVERED, State
from parvis.surfaces.api import schemas
from parvis.surfaces.api.gate import ApiRequest, needs

router = Router()
Name = Path(max_length=60)
STATES: dict[str, tuple[State, ...]] = {"pending": PENDING, "delivered": (State.SENT,), "failed": UNDELIVERED}


@router.post(
    "/webhooks",
    **needs(Scope.WEBHOOKS_MANAGE),
    response={201: schemas.WebhookMade, **schemas.errors(400, 401, 403, 409, 415, 422, 429)},
    summary=gettext_noop("Make a webhook"),
    description=gettext_noop(
        "Events are sent to its address from now on, signed as Standard Webhooks says. The secret is shown once."
    ),
)
def make_webhook(request: ApiRequest, body: schemas.WebhookIn) -> Any:
    webhook = webhooks.create_webhook(api_key=request.auth, url=body.url, events=body.events)
    return Status(201, _webhook(webhook) | {"secret": webhook.secret})


@router.get(
    "/webhooks",
    **needs(Scope.WEBHOOKS_MANAGE),
    response={200: schemas.WebhooksOut, **schemas.errors(401, 403, 429)},
    summary=gettext_noop("List the webhooks"),
    description=gettext_noop("Those made with this key."),
)
def list_webhooks(request: ApiRequest) -> Any:
    return {"items": [_webhook(webhook) for webhook in lists.webhooks_of(request.auth)]}


@router.patch(
    "/webhooks/{webhook_id}",
    **needs(Scope.WEBHOOKS_MANAGE),
    response={200: schemas.WebhookOut, **schemas.errors(400, 401, 403, 404, 415, 422, 429)},
    summary=gettext_noop("Change a webhook"),
    description=gettext_noop("Its address, its events, or whether it is active. Turned on, it sends what waited."),
)
def change_webhook(request: ApiRequest, body: schemas.WebhookChange, webhook_id: str = Name) -> Any:
    return _webhook(
        webhooks.change_webhook(
            api_key=request.auth, public_id=webhook_id, url=body.url, events=body.events, active=body.active
        )
    )


@router.api_operation(
    ["DELETE"],
    "/webhooks/{webhook_id}",
    **needs(Scope.WEBHOOKS_MANAGE),
    response={204: None, **schemas.errors(401, 403, 404, 422, 429)},
    summary=gettext_noop("Remove a webhook"),
    description=gettext_noop("Nothing more is sent to it."),
)
def remove_webhook(request: ApiRequest, webhook_id: str = Name) -> Any:
    webhooks.remove_webhook(api_key=request.auth, public_id=webhook_id)
    return Status(204, None)


@router.get(
    "/webhooks/{webhook_id}/deliveries",
    **needs(Scope.WEBHOOKS_MANAGE),
    response={200: schemas.DeliveriesOut, **schemas.errors(400, 401, 403, 404, 422, 429)},
    summary=gettext_noop("The log of a webhook"),
    description=gettext_noop("Each event with its attempts, the newest first."),
)
def list_deliveries(
    request: ApiRequest,
    webhook_id: str = Name,
    state: Literal["", "pending", "delivered", "failed"] = "",
    cursor: str = Query("", max_length=200),
    limit: int = Query(50, ge=1, le=200),
) -> Any:
    page = lists.deliveries_page(webhooks.webhook_of(request.auth, webhook_id), STATES.get(state, ()), cursor, limit)
    return {"items": [_delivery(row) for row in page.rows], "next": page.next}


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
    **needs(Scope.WEBHOOKS_MANAGE),
    response={202: schemas.DeliveryOut, **schemas.errors(401, 403, 404, 422, 429)},
    summary=gettext_noop("Send an event again"),
    description=gettext_noop("With the same webhook-id, whatever became of it."),
)
def replay_delivery(request: ApiRequest, webhook_id: str = Name, delivery_id: str = Name) -> Any:
    return Status(202, _delivery(webhooks.replay(api_key=request.auth, public_id=webhook_id, message_id=delivery_id)))


@router.post(
    "/webhooks/{webhook_id}/replay",
    **needs(Scope.WEBHOOKS_MANAGE),
    response={202: schemas.ReplayedOut, **schemas.errors(400, 401, 403, 404, 415, 422, 429)},
    summary=gettext_noop("Send again since a moment"),
    description=gettext_noop("Every event since then, delivered or not, each with its own webhook-id."),
)
def replay_since(request: ApiRequest, body: schemas.ReplayIn, webhook_id: str = Name) -> Any:
    since = schemas.possible(body.since)
    return Status(202, {"count": webhooks.replay_since(api_key=request.auth, public_id=webhook_id, since=since)})


def _webhook(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.public_id,
        "url": webhook.url,
        "events": webhook.events,
        "active": webhook.active,
        "created_at": webhook.created_at,
        "failing_since": webhook.failing_since,
        "disabled_at": webhook.disabled_at,
    }


def _delivery(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": delivery.message_id,
        "event": delivery.event,
        "state": next(word for word, states in STATES.items() if delivery.state in states),
        "attempts": delivery.log,
        "created_at": delivery.queued_at,
        "next_at": delivery.next_at,
        "delivered_at": delivery.sent_at,
    }
