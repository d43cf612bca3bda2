"""Tells the sender of a message that was too large how to send it."""

import hashlib
from contextlib import suppress

from parvis.apps.directory.queries import town
from parvis.apps.intake.models import Contact
from parvis.apps.intake.queries.inbox import mail_language
from parvis.apps.mail import services as mail
from parvis.apps.mail.models import Incoming
from parvis.lib.clock import today
from parvis.lib.errors import Invalid

RENDERER = "parvis.apps.intake.letters.mail_too_large"


def answer_oversize(incoming: Incoming, contact: Contact) -> None:
    """Queues the answer to a message that was too large, once a day for each address; none to a machine or to us."""
    address = incoming.from_address
    if incoming.automatic or not address or address == town().email.lower():
        return
    language, _policy = mail_language(contact)
    with suppress(Invalid):  # not an address
        mail.queue(
            key=f"too-large/{hashlib.sha256(address.encode()).hexdigest()[:32]}/{today():%Y-%m-%d}",
            to=address,
            language=language,
            renderer=RENDERER,
            args=[incoming.pk],
            sending=mail.Sending(thread=f"c{contact.pk}", answers=[incoming.message_id] if incoming.message_id else []),
        )
