"""How a notice leaves: encrypted for its device, by the push service of its browser."""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.db.models import QuerySet

from parvis.apps.directory.queries import town
from parvis.apps.outbox.channels import BatchCarrier, Outcome
from parvis.apps.outbox.models import State
from parvis.apps.outbox.rules import growing
from parvis.apps.push.channels.sealing import Sealer
from parvis.apps.push.channels.web_push import NO_ANSWER, Answer, Parcel, post_all
from parvis.apps.push.models import OutgoingPush
from parvis.apps.push.queries.devices import believes
from parvis.apps.push.rules.notes import PUSH_OPTIONS, Kind, payload, topic_header
from parvis.apps.push.services.devices import record_gone, vapid_key
from parvis.lib.clock import now
from parvis.lib.jobs import job

logger = logging.getLogger(__name__)
ENDED = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
NOT_NOW = (NO_ANSWER, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


class PushCarrier(BatchCarrier[OutgoingPush]):
    """Notices, by Web Push. One without a clear answer is sent again: its topic replaces it in the push service and on
    the device, so that it is shown once.
    """

    model = OutgoingPush
    job = job("parvis.apps.push.tasks.deliver", urgent=True)
    lease = timedelta(minutes=2)  # longer than a batch takes
    backoff = growing(timedelta(seconds=30), 4, timedelta(hours=1))

    def due(self) -> QuerySet[OutgoingPush]:
        """See `BatchCarrier.due`: alerts first."""
        return super().due().select_related("device").order_by("kind", "pk")

    def send_batch(self, items: Sequence[OutgoingPush]) -> Mapping[int, Outcome]:
        """See `BatchCarrier.send_batch`. A device whose subscription ended is erased; what was refused at its former
        endpoint is sent again when it has a new one since.
        """
        outcomes = dict[int, Outcome]()
        parcels = list[Parcel]()
        sealer = Sealer(vapid_key().private, contact())
        for push in items:
            sealed = _sealed(sealer, push)
            if isinstance(sealed, Parcel):
                parcels.append(sealed)
            else:
                outcomes[push.pk] = sealed
        outcomes |= {push_id: _outcome(push_id, answer) for push_id, answer in post_all(parcels).items()}
        gone = [push for push in items if outcomes[push.pk].values and push.device.live]
        renewed = record_gone(tried={push.device_id: push.device.endpoint for push in gone})
        again = Outcome(State.QUEUED, wait=timedelta(0))
        return outcomes | {push.pk: again for push in gone if push.device_id in renewed}


PUSHES = PushCarrier()


def _sealed(sealer: Sealer, push: OutgoingPush) -> Parcel | Outcome:
    """The request to send, or why there is none."""
    device = push.device
    if not device.live:
        return _gone("")
    if not believes(device.endpoint):  # the settings changed since it was registered
        return Outcome(State.FAILED, "not a push service of PARVIS_PUSH_SERVICES")
    message = payload(push.note, site=settings.PARVIS_URL, language=device.language)
    try:
        body = sealer.body(message, device.p256dh, device.auth)
    except ValueError:
        return _gone("keys that cannot be used")
    headers = _headers(push) | {"Authorization": sealer.authorization(device.endpoint)}
    return Parcel(push.pk, device.endpoint, headers, body)


def _headers(push: OutgoingPush) -> dict[str, str]:
    left = push.expires_at - now() if push.expires_at else timedelta(0)
    headers = {
        "TTL": str(max(int(left.total_seconds()), 1)),
        "Urgency": PUSH_OPTIONS[Kind(push.kind)].urgency,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
    }
    if topic := topic_header(push.topic):
        headers["Topic"] = topic
    return headers


def contact() -> str:
    """Whom a push service writes to about this server: the town's address, which must be a real one (Apple)."""
    email = town().email
    return f"mailto:{email}" if email and not email.endswith("@localhost") else settings.PARVIS_URL


def _outcome(push_id: int, answer: Answer) -> Outcome:
    status = answer.status
    words = f"{status} {answer.error}".strip()
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome()
    if status in ENDED:
        return _gone(words)
    if status in NOT_NOW or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        wait = None if answer.wait is None else timedelta(seconds=answer.wait)
        return Outcome(State.QUEUED, words, wait=wait)
    logger.warning("notice %s refused by the push service: %s", push_id, words)
    return Outcome(State.FAILED, words)


def _gone(words: str) -> Outcome:
    return Outcome(State.FAILED, words, {"result": OutgoingPush.Result.GONE})
