"""Answers that the mail server of their recipient refuses: told by phone, or to be answered again."""

from django.db import transaction

from parvis.apps.intake.models import Contact, MailReply
from parvis.apps.intake.services.callbacks import owe_call_for_answer
from parvis.apps.mail.models import Outgoing
from parvis.lib.clock import now

RENDERER = "parvis.apps.intake.letters.mail_reply"


def answer_refused(letter: Outgoing) -> None:
    """Replaces the answer that a refused letter carries, if it carries one to who wrote."""
    if letter.renderer == RENDERER and letter.args:
        replace_refused_answer(reply_id=letter.args[0], refusal=letter.error)


@transaction.atomic
def replace_refused_answer(*, reply_id: int, refusal: str) -> None:
    """Makes a call of an answer that was refused for good; without a phone number, its contact waits again.

    `refusal` is the reason in the mail server's words. Idempotent.
    """
    replies = MailReply.objects.select_for_update(of=("self",)).select_related("contact__person__merged_into")
    reply = replies.filter(pk=reply_id, undelivered_at=None, taken_back_at=None).first()
    if reply is None:
        return
    reply.undelivered_at, reply.refusal = now(), refusal[:300]
    reply.save(update_fields=["undelivered_at", "refusal"])
    contact = reply.contact
    if owe_call_for_answer(reply=reply) is None and contact.state == Contact.State.DONE:
        contact.state, contact.agent, contact.ended_at, contact.seconds = Contact.State.WAITING, None, None, None
        contact.save(update_fields=["state", "agent", "ended_at", "seconds"])
