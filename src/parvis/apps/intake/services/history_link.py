"""Giving back to someone all that was said with them, by the mailbox that the town already writes to."""

import uuid

from django.utils.translation import gettext as _

from parvis.apps.mail import services as mail
from parvis.apps.residents.contact_details import Unreadable, clean_email
from parvis.apps.residents.models import Person
from parvis.lib.errors import Invalid
from parvis.lib.jobs import enqueue, job
from parvis.lib.languages import clean
from parvis.lib.limits import within

SEND = job("parvis.apps.intake.tasks.send_history_link")
TIMES, SECONDS = 3, 3600


def ask_for_history(*, email: str, language: str) -> None:
    """Asks for the link to be sent to that mailbox, if it is known: which it is, nothing here says nor takes time over.

    Three an hour for one mailbox; those beyond are not sent. Raises Invalid, field `email`, when it is no address.
    """
    try:
        address = clean_email(email)
    except Unreadable as error:
        raise Invalid(str(error), {"email": str(error)}) from error
    if not address:
        raise Invalid(_("Write your e-mail address."), {"email": _("Write your e-mail address.")})
    if within("told", address, times=TIMES, seconds=SECONDS):
        enqueue(SEND, address, clean(language), uuid.uuid4().hex)


def send_history_link(*, email: str, language: str, key: str) -> None:
    """Sends the link, once for its `key`, to a mailbox that someone known gave; nothing to any other."""
    if Person.objects.filter(email=email).exists():
        mail.queue(
            key=f"told/{key}", to=email, language=language, renderer="parvis.apps.intake.letters.told", args=[email]
        )
