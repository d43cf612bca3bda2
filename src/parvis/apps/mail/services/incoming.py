"""Storing messages as they come, and what becomes of them in the mailbox. Knows neither contacts nor cases."""

import hashlib
import time
from collections.abc import Iterable

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.apps.files import services as files
from parvis.apps.files.models import Attachment
from parvis.apps.mail.models import Incoming, Outgoing
from parvis.apps.mail.rules import parsing
from parvis.apps.mail.rules.automatons import Bounce
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.lib.jobs import enqueue, job
from parvis.lib.words import one_line

TAKE_IN = job("parvis.apps.intake.tasks.take_in_mail")
REMOVE_BYTES = job("parvis.apps.files.tasks.remove_bytes")
LARGEST = 40_000_000  # bytes of a whole message
MOST_FILES = 20
FILES_SECONDS = 20.0  # for all the pictures of a message; the job must end well before it is given again
FOLDER = "mail"


def store(raw: bytes) -> tuple[Incoming, bool]:
    """Stores the bytes of a message, and queues its reading; the second value is False when they were stored before.

    Raises Invalid when the message is empty or larger than LARGEST.
    """
    if not raw.strip():
        raise Invalid(_("This message is empty."))
    if len(raw) > LARGEST:
        raise Invalid(_("This message is too large: %(size)d MB at most.") % {"size": LARGEST // 1_000_000})
    sha256, now = hashlib.sha256(raw).hexdigest(), clock.now()
    if known := Incoming.objects.filter(sha256=sha256).first():
        return known, False
    path = storages["received"].save(f"{FOLDER}/{now:%Y/%m}/{sha256}.eml", ContentFile(raw))
    try:
        with transaction.atomic():
            incoming = Incoming.objects.create(sha256=sha256, size=len(raw), stored=path, received_at=now)
            enqueue(TAKE_IN, incoming.pk)
    except IntegrityError:
        storages["received"].delete(path)
        return Incoming.objects.get(sha256=sha256), False
    return incoming, True


def parse_stored(incoming: Incoming) -> parsing.Message:
    """The message, parsed from the bytes stored. Raises FileNotFoundError when they are lost."""
    with storages["received"].open(incoming.stored) as stream:
        return parsing.parse(stream.read())


def keep_files(message: parsing.Message) -> tuple[list[Attachment], list[tuple[str, str]]]:
    """Stores the files of a message, before the transaction that uses them; then (name, why) of those left out."""
    kept: list[Attachment] = []
    left_out: list[tuple[str, str]] = []
    until = time.monotonic() + FILES_SECONDS
    for rank, file in enumerate(message.files):
        try:
            if rank >= MOST_FILES:
                raise Invalid(_("Twenty files at most: this one is left out."))
            kept.append(files.keep_file(name=file.name, data=file.data, seconds=until - time.monotonic()))
        except Invalid as refusal:
            left_out.append((file.name, str(refusal)))
    return kept, left_out


@transaction.atomic
def quarantine(*, incoming_id: int, reason: str) -> Incoming:
    """Sets aside a message that could not be taken in, with the reason; `take_again` tries again."""
    incoming = Incoming.objects.select_for_update().get(pk=incoming_id)
    if not incoming.outcome:
        incoming.outcome, incoming.reason = Incoming.Outcome.QUARANTINED, one_line(reason)[:300]
        incoming.save(update_fields=["outcome", "reason"])
    return incoming


@transaction.atomic
def take_again(*, incoming_id: int) -> Incoming:
    """Queues again the reading of a quarantined message. Raises NotFound, Conflict when it is not in quarantine."""
    incoming = Incoming.objects.select_for_update().filter(pk=incoming_id).first()
    if incoming is None:
        raise NotFound(_("This message does not exist."))
    if incoming.outcome != Incoming.Outcome.QUARANTINED:
        raise Conflict(_("This message is no longer in quarantine."))
    incoming.outcome, incoming.reason = "", ""
    incoming.save(update_fields=["outcome", "reason"])
    enqueue(TAKE_IN, incoming.pk)
    return incoming


def record_bounce(bounce: Bounce, *, outgoing_id: int | None = None) -> Outgoing | None:
    """Marks as refused the letter that a delivery report is about, when it failed for good; returns the letter.

    `outgoing_id` is the letter whose signed address the report came to; without one, the letter has one of the
    identifiers that the report names, or is None. A failure for now leaves the letter as it is, with the reason.
    """
    outgoing = Outgoing.objects.filter(pk=outgoing_id).first() if outgoing_id else None
    outgoing = outgoing or Outgoing.objects.filter(message_id__in=bounce.message_ids).order_by("-pk").first()
    if outgoing and not bounce.permanent:
        outgoing.delay, outgoing.delayed_at = bounce.reason, clock.now()
        outgoing.save(update_fields=["delay", "delayed_at"])
    if outgoing and bounce.permanent and outgoing.state != Outgoing.State.REFUSED:
        outgoing.state, outgoing.error, outgoing.tried_at = Outgoing.State.REFUSED, bounce.reason, clock.now()
        outgoing.save(update_fields=["state", "error", "tried_at"])
    return outgoing


def erase_message(incomings: Iterable[Incoming]) -> None:
    """Erases by law the bytes, words and files of messages, in the transaction that records the reason."""
    for incoming in incomings:
        enqueue(REMOVE_BYTES, [incoming.stored])
        files.erase_files(Attachment.objects.filter(pk__in=incoming.files.values("attachment")))
        incoming.text = incoming.subject = incoming.from_name = incoming.from_address = ""
        incoming.to, incoming.left_out, incoming.erased_at = [], [], clock.now()
        incoming.save()
