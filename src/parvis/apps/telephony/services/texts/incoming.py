"""The texts that come in, and the numbers that ask for no more."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.apps.telephony.models import IncomingText, Medium
from parvis.apps.telephony.rules.keywords import START, STOP
from parvis.apps.telephony.services.carriers import accept, refuse
from parvis.lib.clock import now
from parvis.lib.errors import Invalid
from parvis.lib.jobs import announce, event

RECEIVED = event("telephony.text_received")
LONGEST_RECEIVED = 10_000


def store(*, provider_id: str, sender: str, body: str, files: int = 0) -> tuple[IncomingText, bool]:
    """Stores a text, and announces it; the second value is False when its identifier was stored before.

    Raises Invalid without an identifier or a sender.
    """
    if not provider_id or not sender or len(provider_id) > 64 or len(sender) > 20:  # noqa: PLR2004
        raise Invalid(_("This message cannot be read."))
    text = IncomingText(
        provider_id=provider_id,
        sender=sender,
        body=body.replace("\0", "")[:LONGEST_RECEIVED],
        files=max(0, min(files, 100)),
        received_at=now(),
    )
    try:
        with transaction.atomic():
            text.save(force_insert=True)
            announce(RECEIVED, text.pk)
    except IntegrityError:
        return IncomingText.objects.get(provider_id=provider_id), False
    return text, True


def record_opt_out(number: str, word: str) -> None:
    """Records that a number refuses texts (STOP) or accepts them again (START); nothing for another word."""
    if word == STOP:
        refuse(Medium.TEXT, number)
    elif word == START:
        accept(Medium.TEXT, number)


def erase_received(texts: Iterable[IncomingText]) -> None:
    """Erases by law the words and the numbers of texts, and those of the keywords sent from the same numbers.

    A refusal of texts holds: only the digest of its number is kept.
    """
    rows = list(texts)
    numbers = {text.sender for text in rows if text.sender}
    keywords = IncomingText.objects.filter(
        sender__in=numbers, outcome__in=(IncomingText.Outcome.STOP, IncomingText.Outcome.START)
    )
    ids = [*(text.pk for text in rows), *keywords.values_list("pk", flat=True)]
    IncomingText.objects.filter(pk__in=ids).update(sender="", body="", erased_at=now())
