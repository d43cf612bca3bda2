"""What agents answer on social networks, in the town's name. Each answer may be taken back for a moment."""

import re
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.queries import language_rule
from parvis.apps.intake.models import Contact, Correction, Given, Matter, SocialReply
from parvis.apps.intake.queries.access import owned
from parvis.apps.intake.services.assigning import take_contact
from parvis.apps.intake.services.contacts import end, keep_ground
from parvis.apps.intake.services.indexing import index_contact
from parvis.apps.intake.services.matters import GivenAnswer, MatterInput, add_matter, settle_answered
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.people import number_of
from parvis.apps.social.models import Message
from parvis.apps.social.queries import conversations
from parvis.apps.social.queries.words import explain
from parvis.apps.social.services.outgoing import cancel_post, queue_answer
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotFound, or_not_found

SOCIAL_UNDO = timedelta(seconds=15)
_PRIVATE_LINK = re.compile(r"/suivi/|/mes-demandes/")
_REFERENCE = re.compile(r"\b\d{2}-\d{4,7}-[A-Z]\b", re.IGNORECASE)


@transaction.atomic
def answer_social(
    *,
    contact_id: int,
    key: str,
    words: str,
    ground: str = "",
    given: Sequence[GivenAnswer] = (),
    matter: MatterInput,
    latest: int | None = None,
    by: User,
) -> SocialReply:
    """Answers a message or a comment where it was written, and ends its contact; once per key.

    A waiting contact is taken first. `latest` is the message that was read last. It leaves after SOCIAL_UNDO. Raises
    Invalid (words) also for what must not be said in public, Conflict when the network accepts no answer any more,
    when another message came since or someone has begun the contact, and what `take_contact` raises.
    """
    post_key = f"social-reply/{contact_id}/{key}"[:120]
    if earlier := SocialReply.objects.filter(post__key=post_key, by=by).first():
        return earlier
    message = latest_message(contact_id)
    _refuse(message, words, latest)
    contact = Contact.objects.select_related("agent").get(pk=contact_id)
    _refuse_unless_open(contact, by)
    if contact.state == Contact.State.WAITING:
        take_contact(contact_id=contact_id, by=by)
    contact = owned(contact_id, by)
    if message.is_public:
        refuse_personal(words, contact)
    if ground and language_rule().ground(ground):
        contact.english_ground = ground
        contact.save(update_fields=["english_ground"])
        keep_ground(contact)
    settled = _settle(contact, words, matter, given)
    moment = now()
    post = queue_answer(
        key=post_key, message_id=message.pk, text=words, by_person=True, not_before=moment + SOCIAL_UNDO
    )
    index_contact(contact)
    return SocialReply.objects.create(contact=contact, post=post, matter=settled, by=by, at=moment)


def latest_message(contact_id: int) -> Message:
    """The last message of a contact, which its answer answers. Raises NotFound for another kind of contact."""
    rows = Message.objects.filter(received__contact=contact_id).select_related("account")
    return or_not_found(rows.order_by("-sent_at", "-pk").first(), _("This message does not exist."))


def _refuse(message: Message, words: str, latest: int | None) -> None:
    if not words.strip():
        raise Invalid.in_field("words", _("Write the message."))
    if latest and message.pk != latest:
        raise Conflict(_("Another message of this person came while you were writing: read it, then send again."))
    if message.removed_at:
        raise Conflict(_("This was removed from the network: it can no longer be answered there."))
    if not message.account.alive:
        raise Conflict(_("Connect this account again first: the network refuses its token."))
    current = conversations.window_of(message)
    if current is not None and not current.lets(by_person=True):
        raise Conflict(explain("window"))


def _refuse_unless_open(contact: Contact, by: User) -> None:
    name = contact.agent.display_name if contact.agent else ""
    if contact.state == Contact.State.DONE or contact.state in Contact.SET_ASIDE:
        raise Conflict(_("This message was settled meanwhile: nothing was sent."))
    if contact.state in Contact.IN_HAND and contact.agent_id != by.pk:
        raise Conflict(_("%(name)s has begun to answer this message: nothing was sent.") % {"name": name})


def refuse_personal(words: str, contact: Contact) -> None:
    """Raises Invalid (words) for what must not be read by everyone: a private link, a number of request, what the
    person's file says of how to reach them."""
    message = ""
    if _PRIVATE_LINK.search(words) or _REFERENCE.search(words):
        message = _("Everyone reads this answer: take out the number or the link of the request.")
    elif contact.person and any(private.casefold() in words.casefold() for private in _of(contact.person)):
        message = _("Everyone reads this answer: take out what comes from the person’s file.")
    if message:
        raise Invalid.in_field("words", message)


def _of(person: Person) -> list[str]:
    """What must not be told of a person, as it would be typed."""
    known = person.canonical
    digits = re.sub(r"\D", "", number_of(known))[-10:]
    gaps = ((" ", "-"), ("-", "-"), (" ", " "), (".", "."))
    spelled = [f"{digits[:3]}{gap}{digits[3:6]}{dash}{digits[6:]}" for gap, dash in gaps] if digits else []
    return [value for value in (known.email, known.postal_address, *spelled, digits) if value]


def _settle(contact: Contact, words: str, matter: MatterInput, given: Sequence[GivenAnswer]) -> Matter:
    if given:
        return settle_answered(matter, *given)
    settled = add_matter(
        contact, Matter.Outcome.ANSWERED, key=matter.key, words=matter.words, note=matter.note, subject=matter.subject
    )
    Given.objects.create(
        matter=settled, language=contact.language, words=words.strip(), inputs={"written": True}, at=settled.at
    )
    end(contact)
    return settled


@transaction.atomic
def take_social_back(*, reply_id: int, by: User) -> SocialReply:
    """Takes back an answer that has not left; its contact is in progress again, without its matter. Idempotent.

    Raises NotFound for an answer of someone else, Conflict when it has left.
    """
    rows = SocialReply.objects.select_for_update(of=("self",)).select_related("post")
    reply = rows.filter(pk=reply_id, by=by).first()
    contact = owned(reply.contact_id if reply else 0, by)
    if reply is None:
        raise NotFound(_("This message does not exist."))
    if reply.taken_back_at:
        return reply
    if not cancel_post(key=reply.post.key):
        raise Conflict(_("This message has left."))
    matter, reply.matter, reply.taken_back_at = reply.matter, None, now()
    reply.save(update_fields=["matter", "taken_back_at"])
    if matter:
        before = {"outcome": matter.outcome, "words": matter.words}
        Correction.objects.create(contact=contact, before=before, after={}, by=by, at=now())
        matter.corrections.update(matter=None)
        matter.given.all().delete()
        matter.delete()
    contact.state, contact.ended_at, contact.seconds = Contact.State.IN_PROGRESS, None, None
    contact.save(update_fields=["state", "ended_at", "seconds"])
    index_contact(contact)
    return reply
