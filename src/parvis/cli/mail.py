"""The commands of mail: receive one message, check the mailboxes."""

import sys
from argparse import Namespace
from contextlib import suppress
from typing import IO

from django.db import DatabaseError

from parvis.apps.intake import services
from parvis.apps.mail import services as mail
from parvis.apps.mail.models import Incoming
from parvis.apps.mail.queries import fetched_mailboxes, unknown_mailboxes
from parvis.apps.mail.services.fetching import check
from parvis.lib.console import write_json
from parvis.lib.errors import Refused


def receive_mail(args: Namespace) -> int:
    """`parvis receive-mail`: stores the message on the standard input, takes it in, and says what became of it.

    Of a message larger than `mail.LARGEST`, the header alone is stored.
    Exit code 0 whenever the message is stored, whatever became of it: a mail server must not send it again.
    """
    incoming, new = _store(sys.stdin.buffer)
    with suppress(DatabaseError):  # it is stored: the worker takes it in
        incoming = services.take_in_mail(incoming_id=incoming.pk)
    write_json(_outcome(incoming, new=new))
    return 0


def _store(stream: IO[bytes]) -> tuple[Incoming, bool]:
    raw = stream.read(mail.LARGEST + 1)
    if len(raw) <= mail.LARGEST:
        return mail.store(raw)
    header, size = raw[: mail.LONGEST_HEADER], len(raw)
    del raw
    while chunk := stream.read(1_000_000):
        size += len(chunk)
    return mail.store_oversize(header, size)


def check_mailboxes() -> int:
    """`parvis mail --check`: says whether each server answers and each folder exists; 1 when one does not."""
    refuse_unknown_mailboxes()
    troubles = {mailbox: check(mailbox) for mailbox in fetched_mailboxes()}
    for mailbox, trouble in troubles.items():
        print(f"{mailbox.slug} ({mailbox.address}): {trouble or 'read'}")
    if not troubles:
        print("No mailbox has a server.")
    return 1 if any(troubles.values()) else 0


def refuse_unknown_mailboxes() -> None:
    """Raises Refused when a password is given for a mailbox that the town does not have."""
    with suppress(DatabaseError):
        if wrong := unknown_mailboxes():
            raise Refused(
                f"PARVIS_MAIL_PASSWORDS names mailboxes that mailboxes.yaml does not hold: {', '.join(wrong)}"
            )


def report_mailboxes() -> None:
    """Prints a warning for each mailbox that cannot be read; it is tried again while the service runs."""
    with suppress(DatabaseError):
        for mailbox in fetched_mailboxes():
            if trouble := check(mailbox):
                print(f"WARNING: mailbox {mailbox.slug} cannot be read: {trouble}", flush=True)


def _outcome(incoming: Incoming, *, new: bool) -> dict[str, object]:
    received = getattr(incoming, "received", None)
    entry = received.entry if received else None
    files = [row.attachment for row in incoming.files.select_related("attachment").order_by("pk")]
    return {
        "outcome": incoming.outcome if new else Incoming.Outcome.DUPLICATE,
        "case": entry.case.reference if entry else None,
        "contact": received.contact_id if received else None,
        "from": incoming.from_address,
        "subject": incoming.subject,
        "text": incoming.text,
        "attachments": [{"name": one.name, "type": one.content_type, "size": one.size} for one in files],
        "reason": incoming.reason,
    }
