"""What agents write back to messages: sent from the same thread, recorded as given, taken back for a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import language_rule
from parvis.apps.intake.models import Contact, Correction, Given, MailReply, Matter, ReplyFile
from parvis.apps.intake.queries.access import owned
from parvis.apps.intake.queries.inbox import others_of
from parvis.apps.intake.services.assigning import take_contact
from parvis.apps.intake.services.contacts import end, keep_ground
from parvis.apps.intake.services.indexing import index_contact
from parvis.apps.intake.services.mail.drafts import close_draft, reopen_draft
from parvis.apps.intake.services.mail.undelivered import RENDERER
from parvis.apps.intake.services.matters import GivenAnswer, MatterInput, add_matter, settle_answered
from parvis.apps.mail.models import Incoming
from parvis.apps.mail.services.outgoing import Sending, cancel_letter, queue_letter
from parvis.apps.residents.queries.contact_details import Unreadable, clean_email
from parvis.apps.residents.services.people import Newcomer
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.lib.words import one_line

COPY_RENDERER = "parvis.apps.intake.letters.mail_reply_copy"
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
    everyone: bool = False,
    typed: Mapping[str, str] | None = None,
    latest: int | None = None,
    by: User,
) -> MailReply:
    """Answers a message by e-mail, in its thread, with the files that `by` joined, and ends its contact; once per key.

    A waiting contact is taken first. `given` are the standard answers that the words hold, as they were sent; without
    one, the matter is a message written by hand. `ground` is why the town may write in English. `everyone` also writes
    to those who received the message with the town (`queries.others_of`). `typed` is what the form held, for an answer
    taken back, and `latest` the message of the sender that was read last. The letter leaves after UNDO: see
    `take_back`. Raises Invalid (words), Conflict when another message came since, when someone answered the message,
    has begun it or put it aside, and what `take_contact` raises.
    """
    if (earlier := MailReply.objects.filter(key=key).first()) and earlier.by_id == by.pk:
        return earlier
    _refuse_words(words)
    contact = Contact.objects.select_related("agent").filter(pk=contact_id).first()
    if contact:
        _refuse_unless_open(contact, by)
    if contact and contact.state == Contact.State.WAITING:
        take_contact(contact_id=contact_id, by=by)
    contact = owned(contact_id, by)
    incoming = incoming_of(contact)
    if latest and incoming.pk != latest:
        raise Conflict(_("Another message of this person came while you were writing: read it, then send again."))
    if ground and language_rule().ground(ground):
        contact.english_ground = ground
        contact.save(update_fields=["english_ground"])
        keep_ground(contact)
    settled = _settle(contact, key, words, language, matter, given, by)
    reply = MailReply.objects.create(
        key=key,
        contact=contact,
        matter=settled,
        to=incoming.from_address,
        copies=others_of(incoming) if everyone else [],
        subject=answer_subject(contact.subject_line, language),
        words=words.strip(),
        language=language,
        by=by,
        at=now(),
    )
    ReplyFile.objects.filter(contact=contact, by=by, reply=None).update(reply=reply)
    close_draft(contact, typed or {}, by)
    index_contact(contact)
    _queue(reply, [*reversed(incoming.references), *([incoming.message_id] if incoming.message_id else [])])
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


@transaction.atomic
def email_answer(
    *, matter: MatterInput, to: str, subject: str, words: str, language: str, given: GivenAnswer
) -> MailReply:
    """Sends by e-mail the standard answer read to someone, and records it as given; the contact goes on. Once per key.

    The letter leaves after UNDO: see `take_back`. Raises Invalid (email, words), and what `settle_answered` raises.
    """
    if earlier := MailReply.objects.filter(key=matter.key).first():
        return earlier
    _refuse_words(words)
    try:
        address = clean_email(to)
    except Unreadable as error:
        raise Invalid.in_field("email", str(error)) from error
    if not address:
        raise Invalid.in_field("email", _("Write the e-mail address."))
    given = replace(given, words=words.strip(), language=language, inputs={**given.inputs, "emailed": address})
    settled = settle_answered(replace(matter, finish=False), given)
    reply = MailReply.objects.create(
        key=matter.key,
        contact=settled.contact,
        matter=settled,
        to=address,
        subject=one_line(subject)[:300],
        words=words.strip(),
        language=language,
        by=matter.by,
        at=now(),
    )
    _queue(reply, ())
    return reply


def _refuse_words(words: str) -> None:
    if not words.strip():
        raise Invalid.in_field("words", _("Write the message."))
    if len(words) > LONGEST:
        raise Invalid(_("This message is too long."), {"words": _("Keep it under 20,000 characters.")})


def _queue(reply: MailReply, answers: Sequence[str]) -> None:
    """Queues a letter to each recipient; each shows all of them."""
    sending = Sending(
        thread=f"c{reply.contact_id}",
        answers=answers,
        personal=True,
        wait=UNDO,
        files=[row.attachment for row in reply.files.select_related("attachment")],
        shown_to=[reply.to] if reply.copies else [],
        shown_cc=reply.copies,
    )
    for key, address in reply.letter_keys.items():
        renderer = RENDERER if key == reply.letter_key else COPY_RENDERER
        queue_letter(key=key, to=address, language=reply.language, renderer=renderer, args=[reply.pk], sending=sending)


def _settle(
    contact: Contact,
    key: str,
    words: str,
    language: str,
    matter: MatterInput | None,
    given: Sequence[GivenAnswer],
    by: User,
) -> Matter:
    matter = matter or MatterInput(contact.pk, key, by, words=contact.text[:LONGEST])
    if given:
        return settle_answered(matter, *given)
    settled = add_matter(
        contact, Matter.Outcome.ANSWERED, key=key, words=matter.words, note=matter.note, subject=matter.subject
    )
    Given.objects.create(
        matter=settled, language=language, words=words.strip(), inputs={"written": True}, at=settled.at
    )
    end(contact)
    return settled


@transaction.atomic
def take_back(*, reply_id: int, by: User) -> MailReply:
    """Takes back an answer that has not left; a message is in progress again, without its matter. Idempotent.

    Raises NotFound for an answer of someone else, Conflict when it has left.
    """
    reply = MailReply.objects.select_for_update().filter(pk=reply_id, by=by).first()
    contact = owned(reply.contact_id if reply else 0, by)
    if reply is None:
        raise NotFound(_("This message does not exist."))
    if reply.taken_back_at:
        return reply
    if not all([cancel_letter(key=key) for key in reply.letter_keys]):
        raise Conflict(_("This message has left."))
    matter, reply.matter, reply.taken_back_at = reply.matter, None, now()
    reply.save(update_fields=["matter", "taken_back_at"])
    if matter:
        before = {"outcome": matter.outcome, "words": matter.words}
        Correction.objects.create(contact=contact, before=before, after={}, by=by, at=now())
        matter.corrections.update(matter=None)
        matter.given.all().delete()
        matter.delete()
    reply.files.update(reply=None)
    reopen_draft(contact, by)
    if contact.channel == Channel.EMAIL:
        contact.state, contact.ended_at, contact.seconds = Contact.State.IN_PROGRESS, None, None
        contact.save(update_fields=["state", "ended_at", "seconds"])
        index_contact(contact)
    return reply


def sender_of(contact: Contact) -> Newcomer | None:
    """Who wrote a message, to register with what it asks; None when it names nobody, or someone known."""
    incoming = incoming_of(contact)
    if contact.person or not incoming.from_address:
        return None
    return Newcomer(name=incoming.sender, email=incoming.from_address, language=contact.language)


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
