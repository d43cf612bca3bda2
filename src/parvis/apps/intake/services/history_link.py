"""Sends citizens a link to their contact history, at the e-mail address that the town already knows."""

import uuid

from django.utils.translation import gettext as _

from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.newsletter.queries import points
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.contact_details import Unreadable, clean_email
from parvis.apps.throttling.services import within_limit
from parvis.lib.errors import Invalid
from parvis.lib.i18n.languages import clean
from parvis.lib.jobs import enqueue, job

SEND = job("parvis.apps.intake.tasks.send_history_link")
TIMES, SECONDS = 3, 3600


def ask_for_history(*, email: str, language: str) -> None:
    """Queues the link for an e-mail address, if it is a known one; neither answer nor timing reveals whether it is.

    Requests beyond three an hour for one address are dropped. Raises Invalid (email) when it is not an address.
    """
    try:
        address = clean_email(email)
    except Unreadable as error:
        raise Invalid.in_field("email", str(error)) from error
    if not address:
        raise Invalid.in_field("email", _("Write your e-mail address."))
    if within_limit("told", address, times=TIMES, seconds=SECONDS):
        enqueue(SEND, address, clean(language), uuid.uuid4().hex)


def send_history_link(*, email: str, language: str, key: str) -> None:
    """Sends the link, once per `key`, if the address is in someone's file or subscribed."""
    if Person.objects.filter(email=email).exists() or points.by_target("email", email.lower()):
        queue_letter(
            key=f"told/{key}", to=email, language=language, renderer="parvis.apps.intake.letters.told", args=[email]
        )
