"""Storing messages as they come, and what becomes of them in the mailbox. Knows neither contacts nor cases."""

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from parvis.apps.files.models import Attachment
from parvis.apps.files.services.attachments import erase_files, keep_raw, record_raw
from parvis.apps.mail.models import InboundDelivery, Incoming, IncomingFile, Mailbox, Outgoing
from parvis.apps.mail.queries import held_as, mailbox_for
from parvis.apps.mail.rules import parsing
from parvis.apps.mail.rules.attached import about
from parvis.apps.mail.rules.automated_mail import Bounce
from parvis.apps.mail.rules.headers import header_of
from parvis.apps.mail.rules.limits import LARGEST, LONGEST_HEADER
from parvis.apps.mail.rules.threads import ERASED_HOST, without_addresses
from parvis.apps.outbox.models import UNDELIVERED, State
from parvis.lib import clock
from parvis.lib.database.rows import Compiled, insert, locked_row, update
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.jobs import announce, enqueue, event, job
from parvis.lib.time_limit import time_limit
from parvis.lib.words import one_line

RECEIVED = event("mail.message_received")
REMOVE_BYTES = job("parvis.apps.files.tasks.remove_bytes")
MOST_FILES = 20
FILES_SECONDS = 20.0  # to tell what the files of a message are; with PARSE_SECONDS, less than a job may take
PARSE_SECONDS = 30.0
MOST_ATTEMPTS = 3
FOLDER = "mail"
TEST_RENDERER = "parvis.apps.mail.letters.test_letter"
_with_bytes = Compiled(lambda sha256: Incoming.objects.filter(sha256=sha256))
_deliveries = Compiled(
    lambda incoming_id: InboundDelivery.objects.filter(incoming_id=incoming_id).select_related("mailbox").order_by("pk")
)
_tests = Compiled(lambda message_id: Outgoing.objects.filter(message_id=message_id, renderer=TEST_RENDERER))


@dataclass(frozen=True)
class KeptFile:
    """A stored file of a message, not recorded yet, its name in the HTML, and what it is (`rules.attached.About`)."""

    attachment: Attachment
    cid: str
    about: Mapping[str, Any]


@dataclass(frozen=True)
class Arrived:
    """How a message came: the channel, the mailbox, the addresses of its envelope, its place in an IMAP folder."""

    via: str = InboundDelivery.Via.STDIN
    mailbox: Mailbox | None = None
    recipients: Sequence[str] = ()
    uid: int | None = None


def store_message(raw: bytes, arrived: Arrived = Arrived()) -> tuple[Incoming, bool]:  # noqa: B008
    """Stores the bytes of a message and how they came, and announces it.

    The second value is False when the same bytes were stored before. Raises Invalid when the message is empty, or
    larger than LARGEST: `store_oversize` keeps what it may.
    """
    if not raw or raw.isspace():
        raise Invalid(_("This message is empty."))
    if len(raw) > LARGEST:
        raise Invalid(_("This message is too large: %(size)d MB at most.") % {"size": LARGEST // 1_000_000})
    return _store(raw, Incoming(size=len(raw)), arrived)


def store_oversize(
    header: bytes,
    size: int,
    arrived: Arrived = Arrived(),  # noqa: B008
) -> tuple[Incoming, bool]:
    """Stores the header of a message larger than LARGEST, `size` bytes in all, and announces it, as `store` does.

    Anything after the header is left out. The message waits for an agent without its words, and its sender is told
    once (`intake.services`). Raises Invalid when the header is empty.
    """
    header = header_of(header)[:LONGEST_HEADER]
    if not header.strip():
        raise Invalid(_("This message is empty."))
    return _store(header + b"\r\n\r\n", Incoming(size=size, oversize=True), arrived)


def _store(raw: bytes, incoming: Incoming, arrived: Arrived) -> tuple[Incoming, bool]:
    sha256, now = hashlib.sha256(raw).hexdigest(), clock.now()
    if known := _with_bytes.first(sha256):
        with transaction.atomic():
            _deliver(known, arrived)
        return known, False
    path = storages["received"].save(f"{FOLDER}/{now:%Y/%m}/{sha256}.eml", ContentFile(raw))
    incoming.sha256, incoming.stored, incoming.received_at = sha256, path, now
    with transaction.atomic():
        new = insert(incoming, unless="sha256")
        incoming = incoming if new else Incoming.objects.get(sha256=sha256)
        _deliver(incoming, arrived)
        if new:
            announce(RECEIVED, incoming.pk)
    if not new:  # by another process, at the same instant
        storages["received"].delete(path)
    return incoming, new


def count_attempt(incoming: Incoming) -> None:
    """Counts an attempt at reading a message; call it outside transactions, before the attempt.

    What kills the process leaves its count. Raises Invalid once MOST_ATTEMPTS had no end.
    """
    if incoming.attempts >= MOST_ATTEMPTS:
        raise Invalid(_("Reading this message was tried three times and never ended."))
    before = incoming.attempts
    incoming.attempts = before + 1
    update(incoming, "attempts", where={"attempts": before})  # or another process counts its own


def forget_attempt(incoming: Incoming) -> None:
    """Takes back an attempt that failed through no fault of the message."""
    Incoming.objects.filter(pk=incoming.pk, attempts__gt=0).update(attempts=F("attempts") - 1)


def _deliver(incoming: Incoming, arrived: Arrived) -> None:
    """Records the arrival, in the caller's transaction.

    Once for each place in an IMAP folder, whose mailbox is then read up to it.
    """
    box, uid = arrived.mailbox, arrived.uid
    row = InboundDelivery(
        incoming=incoming, mailbox=box, via=arrived.via, recipients=list(arrived.recipients), at=clock.now()
    )
    if box is None or uid is None:
        insert(row)
        return
    row.uid_validity, row.uid, row.flagged = box.uid_validity, uid, False
    InboundDelivery.objects.bulk_create([row], ignore_conflicts=True)
    box.last_uid = max(box.last_uid, uid)
    box.save(update_fields=["last_uid"])


def place_message(incoming: Incoming, addresses: Iterable[str]) -> None:
    """Sets where a message came: the addresses of its envelopes then these, and the mailbox that it was delivered to.

    Without such a mailbox, it is the first that it is addressed to. Nothing is saved.
    """
    rows = _deliveries(incoming.pk)
    enveloped = (address.lower() for row in rows for address in row.recipients)
    incoming.to = list(dict.fromkeys([*enveloped, *addresses]))
    incoming.mailbox = next((row.mailbox for row in rows if row.mailbox), None) or mailbox_for(incoming.to)


def parse_stored(incoming: Incoming) -> parsing.Message:
    """The message, parsed from the bytes stored, within PARSE_SECONDS.

    Raises FileNotFoundError when they are lost, Invalid when it takes longer.
    """
    with storages["received"].open(incoming.stored) as stream:
        try:
            with time_limit(PARSE_SECONDS):
                return parsing.read(stream)
        except TimeoutError as error:
            raise Invalid(_("Reading this message takes too long.")) from error


def keep_files(incoming: Incoming, message: parsing.Message) -> tuple[list[KeptFile], list[tuple[str, str]]]:
    """Stores the files of a message as they came, before the transaction that records them; then (name, why) of those
    left out. Twice for one message, their bytes are stored once.
    """
    kept: list[KeptFile] = []
    left_out: list[tuple[str, str]] = []
    until = time.monotonic() + FILES_SECONDS
    for rank, file in enumerate(message.files):
        try:
            if rank >= MOST_FILES:
                raise Invalid(_("Twenty files at most: this one is left out."))
            key = UUID(bytes=salted_hmac("parvis.mail.files", f"{incoming.sha256}/{rank}").digest()[:16])
            attachment = keep_raw(key=key, name=file.name, data=file.data, at=incoming.received_at)
            kept.append(KeptFile(attachment, file.cid[:255], _about(file, until - time.monotonic())))
        except Invalid as refusal:
            left_out.append((file.name, str(refusal)))
    return kept, left_out


def record_files(incoming: Incoming, kept: Sequence[KeptFile]) -> list[Attachment]:
    """Records the files of a message in the transaction that takes it in, and has them looked at by jobs."""
    attachments = [file.attachment for file in kept]
    record_raw(attachments)
    IncomingFile.objects.bulk_create(
        IncomingFile(incoming=incoming, attachment=file.attachment, cid=file.cid, about=file.about) for file in kept
    )
    return attachments


def forget_files(kept: Sequence[KeptFile]) -> None:
    """Deletes, after the caller's transaction, the bytes of files that it does not record."""
    if kept:
        enqueue(REMOVE_BYTES, [path for file in kept for path in file.attachment.paths])


def _about(file: parsing.File, seconds: float) -> Mapping[str, Any]:
    """What a file is; {} when it is nothing special, or was not told in time."""
    try:
        with time_limit(max(seconds, 0.1)):
            return about(file) or {}
    except TimeoutError:
        return {}


@transaction.atomic
def quarantine_message(*, incoming_id: int, reason: str) -> Incoming:
    """Sets aside a message that could not be taken in, with the reason; `take_again` tries again."""
    incoming = Incoming.objects.select_for_update().get(pk=incoming_id)
    if not incoming.outcome:
        incoming.outcome, incoming.reason = Incoming.Outcome.QUARANTINED, one_line(reason)[:300]
        incoming.save(update_fields=["outcome", "reason"])
    return incoming


@transaction.atomic
def take_again(*, incoming_id: int) -> Incoming:
    """Announces a quarantined message again. Raises NotFound, Conflict when it is not in quarantine."""
    incoming = locked_row(Incoming.objects.filter(pk=incoming_id), _("This message does not exist."))
    if incoming.outcome != Incoming.Outcome.QUARANTINED:
        raise Conflict(_("This message is no longer in quarantine."))
    incoming.outcome, incoming.reason, incoming.attempts = "", "", 0
    incoming.save(update_fields=["outcome", "reason", "attempts"])
    announce(RECEIVED, incoming.pk)
    return incoming


def record_bounce(bounce: Bounce, *, outgoing_id: int | None = None) -> Outgoing | None:
    """Marks as refused the letter that a delivery report is about, when it failed for good; returns the letter.

    `outgoing_id` is the letter whose signed address the report came to; without one, the letter has one of the
    identifiers that the report names, or is None. A failure for now leaves the letter as it is, with the reason.
    """
    outgoing = Outgoing.objects.filter(pk=outgoing_id).first() if outgoing_id else None
    outgoing = outgoing or Outgoing.objects.filter(message_id__in=bounce.message_ids).order_by("-pk").first()
    erased = bool(outgoing and outgoing.to.endswith(f"@{ERASED_HOST}"))
    reason = without_addresses(bounce.reason) if erased else bounce.reason
    if outgoing and not bounce.permanent:
        outgoing.delay, outgoing.delayed_at = reason, clock.now()
        outgoing.save(update_fields=["delay", "delayed_at"])
    if outgoing and bounce.permanent and outgoing.state not in UNDELIVERED:
        _refused(outgoing, reason)
    return outgoing


def record_refusal(*, recipient: str, reason: str) -> Outgoing | None:
    """Marks refused the last letter sent to an address within three days, which a provider could not deliver."""
    addressed = Q(to__iexact=recipient) | Q(to__in=held_as([recipient]))
    sent = Outgoing.objects.filter(addressed, state=State.SENT)
    outgoing = sent.filter(sent_at__gte=clock.now() - timedelta(days=3)).order_by("-pk").first()
    if outgoing:
        error = without_addresses(reason) if outgoing.to.endswith(f"@{ERASED_HOST}") else reason
        _refused(outgoing, one_line(error)[:300])
    return outgoing


def _refused(letter: Outgoing, reason: str) -> None:
    letter.state, letter.error, letter.attempted_at = State.FAILED, reason, clock.now()
    letter.save(update_fields=["state", "error", "attempted_at"])


def record_round_trip(incoming: Incoming) -> bool:
    """Whether the message is the test of a mailbox that came back; what it took is recorded."""
    outgoing = _tests.first(incoming.message_id)
    if outgoing is None:
        return False
    mailbox = Mailbox.objects.filter(slug=outgoing.args[0], tested_at__lte=incoming.received_at).first()
    if mailbox and mailbox.tested_at:
        mailbox.test_seconds = int((incoming.received_at - mailbox.tested_at).total_seconds())
        mailbox.save(update_fields=["test_seconds"])
    return True


def erase_message(incomings: Iterable[Incoming]) -> None:
    """Erases by law the bytes, words and files of messages, in the transaction that records the reason."""
    for incoming in incomings:
        enqueue(REMOVE_BYTES, [incoming.stored])
        erase_files(Attachment.objects.filter(pk__in=incoming.files.values("attachment")))
        incoming.files.update(about={})
        incoming.text = incoming.subject = incoming.from_name = incoming.from_address = ""
        incoming.reason = incoming.message_id = ""
        incoming.to, incoming.cc, incoming.references, incoming.left_out = [], [], [], []
        incoming.page, incoming.erased_at = Incoming.Page.NONE, clock.now()
        incoming.deliveries.update(recipients=[])
        incoming.save()
