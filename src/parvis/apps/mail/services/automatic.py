"""Automatic answers to messages: rare, bounded for each address, stopped for all when they are too many (RFC 3834)."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from parvis.apps.directory.queries import administrators
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.queries import BREAKER_LETTERS, breaker_is_open
from parvis.apps.mail.services.outgoing import Sending, queue_letter
from parvis.lib import clock

APART = timedelta(hours=3)  # between two automatic answers of one kind to an address
IN_A_ROW = 2  # of one kind to an address, since someone of the town last wrote to it
ROW_LASTS = timedelta(days=30)  # two machines that answer each other stop; a person who writes again is answered again
ALARM_RENDERER = "parvis.apps.mail.letters.too_many"

logger = logging.getLogger(__name__)


@transaction.atomic
def answer_automatically(
    *, key: str, to: str, language: str, renderer: str, args: Sequence[object], sending: Sending
) -> Outgoing | None:
    """Queues an automatic answer to a message, unless it would be one too many; None then.

    Too many: two of this renderer to this address within APART, IN_A_ROW of them without a word of a person, or
    BREAKER_LETTERS of all kinds within an hour, to anyone. The managers are told of the last, once an hour.
    """
    if Outgoing.objects.filter(key=key).exists():
        return None
    now = clock.now()
    written = Outgoing.objects.filter(to__iexact=to, queued_at__gte=now - ROW_LASTS)
    by_hand = written.filter(personal=True).order_by("-queued_at").values_list("queued_at", flat=True).first()
    same = written.filter(reply=True, renderer=renderer)
    if same.filter(queued_at__gt=now - APART).exists():
        return None
    if (same.filter(queued_at__gt=by_hand) if by_hand else same).count() >= IN_A_ROW:
        return None
    if breaker_is_open():
        logger.error("more than %s automatic answers in an hour: none is sent", BREAKER_LETTERS)
        _alarm()
        return None
    outgoing = queue_letter(key=key, to=to, language=language, renderer=renderer, args=args, sending=sending)
    Outgoing.objects.filter(pk=outgoing.pk).update(reply=True)
    return outgoing


def _alarm() -> None:
    for manager in administrators():
        if manager.email:
            key = f"too-many-answers-{clock.now():%Y%m%d%H}-{manager.pk}"
            queue_letter(key=key, to=manager.email, language=manager.language, renderer=ALARM_RENDERER)
