"""Background delivery of notices."""

import logging
from datetime import timedelta
from http import HTTPStatus

from django.conf import settings

from parvis.apps.directory.queries import town
from parvis.apps.push.channels.sealing import Sealer
from parvis.apps.push.channels.web_push import NO_ANSWER, Answer, Parcel, post_all
from parvis.apps.push.models import OutgoingPush
from parvis.apps.push.queries import believes
from parvis.apps.push.rules.notes import DELIVERIES, Kind, payload, topic_header
from parvis.apps.push.services import Result, claim_due, delete_old, record_results, remind, vapid_key
from parvis.apps.push.services.outgoing import BATCH, DELIVER
from parvis.lib.clock import now
from parvis.lib.jobs import enqueue

logger = logging.getLogger(__name__)
State = OutgoingPush.State
ENDED = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
NOT_NOW = (NO_ANSWER, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)  # between attempts without a clear answer


def deliver(push_id: int) -> None:
    """Sends what waits, up to BATCH notices, if the notice `push_id` still does; 0: whatever waits.

    A notice whose request got no clear answer is sent again, later: its topic replaces it in the push service and on
    the device, so that it is shown once.
    """
    if push_id and not OutgoingPush.objects.filter(pk=push_id, state=State.QUEUED, claimed_at=None).exists():
        return
    pushes = claim_due()
    if not pushes:
        return
    parcels, results = _sealed(pushes)
    answers = post_all(parcels)
    results += [_result(push, answers[push.pk]) for push in pushes if push.pk in answers]
    record_results(results=results)
    if len(pushes) == BATCH:
        enqueue(DELIVER, 0)


def _sealed(pushes: list[OutgoingPush]) -> tuple[list[Parcel], list[Result]]:
    """The requests to send, and the results of the notices that cannot be."""
    parcels: list[Parcel] = []
    refused: list[Result] = []
    sealer = Sealer(vapid_key().private, contact())
    for push in pushes:
        device = push.device
        if not believes(device.endpoint):  # the settings changed since it was registered
            refused.append(Result(push.pk, device.pk, State.FAILED, "not a push service of PARVIS_PUSH_SERVICES"))
            continue
        message = payload(push.note, site=settings.PARVIS_URL, language=device.language)
        try:
            body = sealer.body(message, device.p256dh, device.auth)
        except ValueError:
            words = "keys that cannot be used"
            refused.append(Result(push.pk, device.pk, State.GONE, words, endpoint=device.endpoint))
            continue
        headers = _headers(push) | {"Authorization": sealer.authorization(device.endpoint)}
        parcels.append(Parcel(push.pk, device.endpoint, headers, body))
    return parcels, refused


def _headers(push: OutgoingPush) -> dict[str, str]:
    left = push.ttl - int((now() - push.queued_at).total_seconds())
    headers = {
        "TTL": str(max(left, 1)),
        "Urgency": DELIVERIES[Kind(push.kind)].urgency,
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


def _result(push: OutgoingPush, answer: Answer) -> Result:
    status = answer.status
    words = f"{status} {answer.error}".strip()
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Result(push.pk, push.device_id, State.SENT)
    if status in ENDED:
        return Result(push.pk, push.device_id, State.GONE, words, endpoint=push.device.endpoint)
    if status in NOT_NOW or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        pause = min(FIRST_WAIT * 4 ** max(push.attempts, 0), LONGEST_WAIT)
        again = now() + (timedelta(seconds=answer.wait) if answer.wait is not None else pause)
        return Result(push.pk, push.device_id, State.QUEUED, words, again)
    logger.warning("notice %s refused by the push service: %s", push.pk, words)
    return Result(push.pk, push.device_id, State.FAILED, words)


def send_waiting() -> None:
    """Sends what waits; scheduled."""
    deliver(0)


def remind_devices() -> None:
    """Runs `services.remind`; scheduled."""
    remind()


def delete_old_pushes() -> None:
    """Runs `services.delete_old`; scheduled."""
    delete_old()
