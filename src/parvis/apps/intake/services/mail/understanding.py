"""What is looked for in a message once it is taken in: a danger, then its subject; and what is answered by itself."""

import logging
from contextlib import suppress
from datetime import timedelta
from time import monotonic

from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from parvis.apps.intake.models import Contact, ReceivedMail
from parvis.apps.intake.queries.conversations import OPEN
from parvis.apps.intake.queries.dangers import Heard, danger_of, own_words_of
from parvis.apps.intake.queries.inbox import contact_key, question_of
from parvis.apps.intake.services.indexing import index_contact
from parvis.apps.intake.services.mail.automatic import acknowledge, answer_oversize, warn_of_danger
from parvis.apps.intake.services.mail.inbox import set_spam_aside
from parvis.apps.intake.services.mail.received import take_in_mail
from parvis.apps.mail import queries as mailboxes
from parvis.apps.mail.models import Incoming
from parvis.apps.mail.services.incoming import count_attempt, forget_attempt
from parvis.apps.matching.queries import suggesting
from parvis.apps.matching.rules.text import guess_language
from parvis.lib.clock import now
from parvis.lib.errors import Invalid

LEFT_BEHIND_AFTER = timedelta(minutes=5)
LEFT_BEHIND_SECONDS = 5.0  # after which no other is begun, so that the job ends in time
MOST = 200

logger = logging.getLogger(__name__)


def understand_mail(*, incoming_id: int) -> None:
    """Looks for what a message that was taken in means, once, whatever the number of calls.

    A danger first: it alerts people and answers which line to call. Then its subject, spam, the receipt, and the index
    of the search. Raises what fails, so that the job is tried again; a message that failed, or killed the process,
    three times goes without a suggestion.
    """
    rows = ReceivedMail.objects.select_related("incoming", "entry__case").filter(understood_at=None)
    received = rows.filter(incoming=incoming_id).first()
    if received is None:
        return
    incoming, case = received.incoming, received.entry.case if received.entry else None
    heard, likely = None, ""
    try:
        count_attempt(incoming)
    except Invalid:
        logger.error("message %s could not be understood", incoming_id)
    else:
        words = own_words_of(incoming, case.reference if case else "")
        heard = _danger_in(incoming, words, "" if case else incoming.subject)
        if not (case or heard):
            question = question_of(incoming.subject, incoming.said)
            likely = suggesting.suggest(question, lang=None, limit=1).to_read
    try:
        _record(received.pk, heard, likely)
    except (OperationalError, InterfaceError):
        with suppress(DatabaseError):
            forget_attempt(incoming)
        raise


def _danger_in(incoming: Incoming, words: str, subject: str) -> Heard | None:
    """The danger told by the words, or by the page. When its bytes cannot be read, the words are heard all the same;
    without a danger in them, what failed is raised.
    """
    try:
        page = mailboxes.only_in_html(incoming)
    except OSError:
        if heard := danger_of(words, subject):
            return heard
        raise
    return danger_of(words, subject, page)


@transaction.atomic
def _record(received_id: int, heard: Heard | None, likely: str) -> None:
    rows = ReceivedMail.objects.select_for_update(of=("self",)).select_related("incoming__mailbox", "entry__case")
    received = rows.get(pk=received_id)
    if received.understood_at:
        return
    received.understood_at, received.likely, received.danger = now(), likely, heard is not None
    received.save(update_fields=["understood_at", "likely", "danger"])
    incoming, contact = received.incoming, None
    if received.contact_id:
        contact = Contact.objects.select_for_update(of=("self",)).select_related("inbox").get(pk=received.contact_id)
    if heard:
        case = received.entry.case if received.entry else None
        warn_of_danger(incoming, heard, language=guess_language(heard.words), contact=contact, case=case)
    elif contact:
        _settle(contact, incoming)
    if contact:
        index_contact(contact)


def _settle(contact: Contact, incoming: Incoming) -> None:
    """Puts spam aside, and answers that the message came when it begins a contact that nobody has answered."""
    if set_spam_aside(contact, incoming) or contact.key != contact_key(incoming) or contact.state not in OPEN:
        return
    if incoming.oversize:
        answer_oversize(incoming, contact)
    elif not mailboxes.thread_answered(incoming.references):
        acknowledge(incoming, contact)


def take_in_left_behind() -> int:
    """Takes in, and understands, the messages that no job did for LEFT_BEHIND_AFTER; returns how many. Runs every five
    minutes. One that fails holds up no other.
    """
    before, until, taken = now() - LEFT_BEHIND_AFTER, monotonic() + LEFT_BEHIND_SECONDS, 0
    untaken = Incoming.objects.filter(outcome="", received_at__lt=before).order_by("pk")
    unread = ReceivedMail.objects.filter(understood_at=None, incoming__received_at__lt=before).order_by("pk")
    ids = [*untaken.values_list("pk", flat=True)[:MOST], *unread.values_list("incoming", flat=True)[:MOST]]
    for incoming_id in ids:
        if monotonic() > until:
            break
        try:
            take_in_mail(incoming_id=incoming_id)
            understand_mail(incoming_id=incoming_id)
            taken += 1
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("message %s could not be understood", incoming_id)
    return taken
