"""Automatic answers to texts: one for a number in APART, none when too many leave, none to a number that
the town does not write to."""

import logging
from datetime import timedelta

from django.db import transaction

from parvis.apps.telephony.models import OutgoingText
from parvis.apps.telephony.queries.texts import enabled, refusing, why_held
from parvis.apps.telephony.services.texts.outgoing import queue_text
from parvis.lib.clock import now
from parvis.lib.phone_numbers import is_callable

APART = timedelta(hours=3)  # between two automatic answers to a number
MOST_IN_AN_HOUR = 200  # to any number; two machines that answer each other stop at APART
AUTOMATIC = "auto/"

logger = logging.getLogger(__name__)


@transaction.atomic
def answer_automatically(*, key: str, to: str, body: str, thread: str = "") -> bool:
    """Queues an automatic answer to a number, once per key; whether one leaves, or left, for this key.

    None where no texts are sent, to a number that refuses them or had one within APART, above MOST_IN_AN_HOUR or the
    cap of the day, nor while a manager has stopped every text.
    """
    key, moment = f"{AUTOMATIC}{key}", now()
    if OutgoingText.objects.filter(key=key).exists():
        return True
    if not enabled() or not is_callable(to) or refusing([to]):
        return False
    answered = OutgoingText.objects.filter(key__startswith=AUTOMATIC)
    if answered.filter(to=to, queued_at__gt=moment - APART).exists():
        return False
    if answered.filter(queued_at__gt=moment - timedelta(hours=1)).count() >= MOST_IN_AN_HOUR:
        logger.error("more than %s automatic answers by text in an hour: none is sent", MOST_IN_AN_HOUR)
        return False
    if why_held(OutgoingText.Kind.WARNING):
        logger.error("no more automatic answers by text today: they are used up, or stopped")
        return False
    queue_text(key=key, to=to, body=body, kind=OutgoingText.Kind.WARNING, thread=thread)
    return True
