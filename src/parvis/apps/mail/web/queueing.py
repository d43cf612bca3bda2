"""The e-mail that libraries send by themselves, such as Wagtail's to who reads an answer before it is published."""

from collections.abc import Sequence
from uuid import uuid4

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import get_language

from parvis.apps.mail.letters import NOTIFICATION_RENDERER
from parvis.apps.mail.services.outgoing import queue_letter


class QueueBackend(BaseEmailBackend):
    """Queues each message as a letter of the town, to one address at a time: libraries send on a web thread, in a
    transaction, where nothing waits for a mail server.
    """

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        """How many messages were queued, in the caller's transaction. Their words alone are kept."""
        for message in messages:
            for address in message.recipients():
                queue_letter(
                    key=f"notification-{uuid4().hex}",
                    to=address,
                    language=get_language() or "fr",
                    renderer=NOTIFICATION_RENDERER,
                    args=[str(message.subject), str(message.body)],
                )
        return len(messages)
