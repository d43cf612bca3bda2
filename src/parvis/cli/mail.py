"""The commands of mail: receive one message, check the mailboxes."""

import sys
from argparse import Namespace
from contextlib import suppress

from django.db import DatabaseError

from parvis.apps.intake.services.mail.understanding import understand_mail
from parvis.apps.mail.queries import fetched_mailboxes, unknown_mailboxes
from parvis.apps.mail.services.fetching import check
from parvis.lib.console import write_json
from parvis.lib.errors import Refused
from parvis.runtime.mail import receive


def receive_mail(args: Namespace) -> int:
    """`parvis receive-mail` without a service: stores the message, takes it in, says what became of it, understands it.

    Of a message larger than `mail.LARGEST`, the header alone is stored.
    Exit code 0 whenever the message is stored, whatever became of it: a mail server must not send it again.
    """
    try:
        outcome, incoming_id = receive(args.given.content, args.given.size)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    write_json(outcome)
    with suppress(Exception):  # its job, or the sweep, tries again
        understand_mail(incoming_id=incoming_id)
    return 0


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
