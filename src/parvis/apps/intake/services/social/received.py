"""Takes in messages and comments of social networks: each becomes a waiting contact, or joins the open one."""

import logging
import re
from datetime import timedelta

from django.db import transaction
from django.utils.translation import ngettext

from parvis.apps.cases.models import Case, State
from parvis.apps.catalogue.models import Channel
from parvis.apps.intake.channels import Arrival, References
from parvis.apps.intake.models import Contact, InboxItem, ReceivedSocial
from parvis.apps.intake.queries.conversations import OPEN
from parvis.apps.intake.queries.dangers import danger_of
from parvis.apps.intake.queries.inbox import question_of
from parvis.apps.intake.services.alerts import alert_danger
from parvis.apps.intake.services.contacts import receive
from parvis.apps.matching.queries import suggesting
from parvis.apps.social.models import Message
from parvis.apps.social.queries import conversations
from parvis.apps.social.services import incoming
from parvis.lib.clock import now

REFERENCE = re.compile(r"\b\d{2}-\d{4,7}-[A-Z]\b")
LEFT_BEHIND_AFTER = timedelta(minutes=5)
SHOWN_WORDS = 2000  # characters put on the agent's screen
MOST_CASES = 3

logger = logging.getLogger(__name__)


@transaction.atomic
def take_in_social(*, message_id: int) -> Message:
    """Makes a contact of a message, once; also looks for a danger in the words that its author changed since.

    A private message joins the open contact of the same conversation, which is unread again.
    """
    message = Message.objects.select_for_update(of=("self",)).select_related("account").get(pk=message_id)
    if message.erased_at or message.ours or not message.arrived:
        return message
    suggestion = suggesting.suggest(question_of("", message.text), lang=None, limit=1)
    heard = danger_of(message.text)
    danger = heard is not None
    received = ReceivedSocial.objects.filter(message=message).select_related("contact").first()
    if received is None:
        contact = _join_open(message) or _wait(message, suggestion.lang)
        received = ReceivedSocial.objects.create(message=message, contact=contact, danger=danger)
        incoming.mark_taken_in(message_id=message_id)
    elif danger and not received.danger:
        received.danger = True
        received.save(update_fields=["danger"])
    if heard:
        alert_danger(key=danger_key(message), words=heard.excerpt, contact=received.contact, told=False)
    return message


def danger_key(message: Message) -> str:
    """The idempotency key of the alert about a message."""
    return f"social-danger-{message.pk}"


def take_in_social_left_behind() -> int:
    """Takes in the messages that no job took in for LEFT_BEHIND_AFTER; returns how many. Runs every five minutes."""
    left = Message.objects.filter(taken_in_at=None, erased_at=None, ours=False, arrived=True)
    count = 0
    for message_id in left.filter(received_at__lt=now() - LEFT_BEHIND_AFTER).values_list("pk", flat=True)[:200]:
        try:
            take_in_social(message_id=message_id)
            count += 1
        except Exception:
            logger.exception("message %s of a social network could not be taken in", message_id)
    return count


def _join_open(message: Message) -> Contact | None:
    if message.is_public or not message.thread:
        return None
    rows = Contact.objects.select_for_update(of=("self",)).filter(
        pk__in=ReceivedSocial.objects.filter(
            message__account=message.account_id, message__kind=message.kind, message__thread=message.thread
        ).values("contact"),
        state__in=OPEN,
    )
    contact = rows.order_by("-pk").first()
    if contact is not None:
        values = {"opened_at": None, "later_until": None}
        InboxItem.objects.update_or_create(contact=contact, defaults=values)
    return contact


def _wait(message: Message, language: str) -> Contact:
    earlier = ReceivedSocial.objects.filter(message__in=conversations.latest_of(message)).values("contact")
    before = Contact.objects.filter(pk__in=earlier)
    known = before.filter(person__isnull=False).select_related("person").order_by("-pk").first()
    contact = receive(
        Arrival(
            channel=Channel.SOCIAL,
            key=f"network-{message.pk}",
            person=known.person.canonical if known and known.person else None,
            language=language,
            text=words_of(message),
            references=References((), _cases(message, [contact.pk for contact in before])),
            at=message.sent_at,
        )
    )
    if not (contact.person and contact.person.sensitive):
        contact.draft = {"text": message.text[:SHOWN_WORDS]}
        contact.save(update_fields=["draft"])
    return contact


def _cases(message: Message, contact_ids: list[int]) -> tuple[str, ...]:
    """The requests that a message names, then those still open that its author asked for on the same account."""
    named = Case.objects.filter(reference__in=REFERENCE.findall(message.text.upper()))
    theirs = Case.objects.filter(matters__contact__in=contact_ids).exclude(state=State.CLOSED).order_by("-pk")
    references = [*named.values_list("reference", flat=True), *theirs.values_list("reference", flat=True)]
    return tuple(dict.fromkeys(references))[:MOST_CASES]


def words_of(message: Message) -> str:
    """The words of a message, and how many files came with it, which are not fetched."""
    left_out = (
        ngettext("(%(n)d file was not received.)", "(%(n)d files were not received.)", message.files)
        % {"n": message.files}
        if message.files
        else ""
    )
    return "\n\n".join(part for part in (message.text, left_out) if part)
