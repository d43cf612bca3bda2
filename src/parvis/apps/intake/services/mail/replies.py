"""What agents write back to messages: sent from the same thread, recorded as given, taken back for a moment."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases import services as cases
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import language_rule
from parvis.apps.intake.models import Contact, Correction, Given, MailReply, Matter
from parvis.apps.intake.queries.access import owned
from parvis.apps.intake.services.assigning import take_contact
from parvis.apps.intake.services.contacts import end
from parvis.apps.intake.services.indexing import index_contact
from parvis.apps.intake.services.matters import GivenAnswer, MatterInput, add_matter, settle_answered
from parvis.apps.intake.services.requests import open_request
from parvis.apps.mail import services as mail
from parvis.apps.mail.models import Incoming
from parvis.apps.residents.services import Newcomer
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotFound

RENDERER = "parvis.apps.intake.letters.mail_reply"
UNDO = timedelta(seconds=15)
LONGEST = 20_000


@transaction.atomic
def answer_mail(
    *,
    contact_id: int,
    key: str,
    words: str,
    language: str,
    ground: str = "",
    given: Sequence[GivenAnswer] = (),
    matter: MatterInput | None = None,
    by: User,
) -> MailReply:
    """Answers a message by e-mail, in its thread, and ends its contact; once per key.

    A waiting contact is taken first. `given` are the standard answers that the words hold, as they were sent; without
    one, the matter is a message written by hand. `ground` is why the town may write in English. The letter leaves
    after UNDO: see `take_back`. Raises Invalid (words), Conflict when someone
    answered it, has begun it or put it aside, and what `take_contact` raises.
    """
    if (earlier := MailReply.objects.filter(key=key).first()) and earlier.by_id == by.pk:
        return earlier
    if not words.strip():
        raise Invalid(_("Write the message."), {"words": _("Write the message.")})
    if len(words) > LONGEST:
        raise Invalid(_("This message is too long."), {"words": _("Keep it under 20,000 characters.")})
    contact = Contact.objects.select_related("agent").filter(pk=contact_id).first()
    if contact:
        _refuse_unless_open(contact, by)
    if contact and contact.state == Contact.State.WAITING:
        take_contact(contact_id=contact_id, by=by)
    contact = owned(contact_id, by)
    incoming = incoming_of(contact)
    if ground and language_rule().ground(ground):
        contact.english_ground = ground
    settled = _settle(contact, key, words, matter, given, by)
    reply = MailReply.objects.create(
        key=key,
        contact=contact,
        matter=settled,
        to=incoming.from_address,
        subject=answer_subject(contact.subject_line, language),
        words=words.strip(),
        language=language,
        by=by,
        at=now(),
    )
    index_contact(contact)
    mail.queue(
        key=reply.letter_key,
        to=reply.to,
        language=language,
        renderer=RENDERER,
        args=[reply.pk],
        sending=mail.Sending(
            thread=f"c{contact.pk}",
            answers=[*reversed(incoming.references), *([incoming.message_id] if incoming.message_id else [])],
            personal=True,
            wait=UNDO,
        ),
    )
    return reply


def _refuse_unless_open(contact: Contact, by: User) -> None:
    """Raises Conflict when someone has answered the message, begun it, or put it aside."""
    name = contact.agent.display_name if contact.agent else ""
    if contact.state == Contact.State.DONE:
        if name:
            raise Conflict(_("%(name)s answered this message meanwhile: nothing was sent.") % {"name": name})
        raise Conflict(_("This message was closed meanwhile: nothing was sent."))
    if contact.state in Contact.SET_ASIDE:
        raise Conflict(_("This message was set aside meanwhile: nothing was sent."))
    if contact.state in Contact.IN_HAND and contact.agent_id != by.pk:
        raise Conflict(_("%(name)s has begun to answer this message: nothing was sent.") % {"name": name})


def _settle(
    contact: Contact, key: str, words: str, matter: MatterInput | None, given: Sequence[GivenAnswer], by: User
) -> Matter:
    matter = matter or MatterInput(contact.pk, key, by, words=contact.text[:LONGEST])
    if given:
        return settle_answered(matter, *given)
    settled = add_matter(
        contact, Matter.Outcome.ANSWERED, key=key, words=matter.words, note=matter.note, subject=matter.subject
    )
    Given.objects.create(
        matter=settled, language=contact.language, words=words.strip(), inputs={"written": True}, at=settled.at
    )
    end(contact)
    return settled


@transaction.atomic
def take_back(*, reply_id: int, by: User) -> MailReply:
    """Takes back an answer that has not left; the contact is in progress again, without its matter. Idempotent.

    Raises NotFound for an answer of someone else, Conflict when it has left.
    """
    reply = MailReply.objects.select_for_update().filter(pk=reply_id, by=by).first()
    contact = owned(reply.contact_id if reply else 0, by)
    if reply is None:
        raise NotFound(_("This message does not exist."))
    if reply.taken_back_at:
        return reply
    if not mail.cancel(key=reply.letter_key):
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


def open_request_from_mail(matter: MatterInput, new_case: cases.NewCase) -> cases.Opened:
    """Opens a request from a message, for its sender, who is registered if unknown. Raises as `open_request`."""
    contact = owned(matter.contact_id, matter.by)
    incoming = incoming_of(contact)
    newcomer = None
    if contact.person is None and incoming.from_address:
        newcomer = Newcomer(name=incoming.sender, email=incoming.from_address, language=contact.language)
    return open_request(matter, new_case, newcomer=newcomer)


def incoming_of(contact: Contact) -> Incoming:
    """The latest message of a contact. Raises Invalid for a contact that did not come by e-mail."""
    received = contact.mails.select_related("incoming").order_by("-incoming__received_at", "-pk").first()
    if received is None:
        raise Invalid(_("This contact did not come by e-mail."))
    return received.incoming


def answer_subject(subject: str, language: str) -> str:
    """The subject of an answer: "Re: " and that of the message, once."""
    plain = subject.strip() or ("Your message" if language == "en" else "Votre message")
    return plain if plain.lower().startswith("re:") else f"Re: {plain}"[:300]
