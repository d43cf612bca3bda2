"""What Parvis answers by itself: that a message came or was too large, or to call 911. The rest is for a person."""

from collections.abc import Sequence
from contextlib import suppress

from parvis.apps.cases.models import Case
from parvis.apps.content.rules.help_lines import names_of
from parvis.apps.directory.queries import town
from parvis.apps.intake.models import Contact
from parvis.apps.intake.queries.dangers import Heard
from parvis.apps.intake.queries.inbox import danger_key, mail_language, was_warned
from parvis.apps.intake.services.alerts import alert_danger
from parvis.apps.mail.models import Incoming
from parvis.apps.mail.queries import mailbox_for
from parvis.apps.mail.rules.threads import without_detail
from parvis.apps.mail.rules.trust import FAILED
from parvis.apps.mail.services.automatic import answer_automatically
from parvis.apps.mail.services.outgoing import Sending
from parvis.lib.errors import Invalid

TOO_LARGE = "parvis.apps.intake.letters.mail_too_large"
RECEIPT = "parvis.apps.intake.letters.mail_receipt"
DANGER_LINE = "parvis.apps.intake.letters.danger_line"


def acknowledge(incoming: Incoming, contact: Contact) -> None:
    """Says to whoever wrote that the message came; never to a machine, a forger or a list (RFC 3834)."""
    language, _policy = mail_language(contact)
    _answer(incoming, f"mail-receipt-{contact.pk}", RECEIPT, [contact.pk], language, f"c{contact.pk}")


def answer_oversize(incoming: Incoming, contact: Contact) -> None:
    """Says to whoever wrote a message too large to be received how to send it, within the same bounds."""
    language, _policy = mail_language(contact)
    _answer(incoming, f"mail-too-large-{incoming.pk}", TOO_LARGE, [incoming.pk], language, f"c{contact.pk}")


def warn_of_danger(
    incoming: Incoming, heard: Heard, *, language: str, contact: Contact | None = None, case: Case | None = None
) -> None:
    """Alerts people on their screens, and tells whoever wrote which line to call, at any hour."""
    thread = case.reference if case else f"c{contact.pk}" if contact else ""
    lines = names_of(heard.danger.lines)
    _answer(incoming, danger_key(incoming), DANGER_LINE, lines, language, thread, urgent=True)
    key, told = danger_key(incoming), was_warned(incoming)
    alert_danger(key=key, words=heard.excerpt, contact=contact, case=case, told=told)


def _answer(
    incoming: Incoming,
    key: str,
    renderer: str,
    args: Sequence[object],
    language: str,
    thread: str,
    *,
    urgent: bool = False,
) -> None:
    """Queues an automatic answer to who wrote, in the thread, when one may be answered."""
    if not _may_be_answered(incoming):
        return
    answers = [*reversed(incoming.references), *([incoming.message_id] if incoming.message_id else [])]
    with suppress(Invalid):  # under an address to which nothing can be sent: what the message tells still counts
        answer_automatically(
            key=key,
            to=incoming.from_address,
            language=language,
            renderer=renderer,
            args=args,
            sending=Sending(thread=thread, answers=answers, urgent=urgent),
        )


def _may_be_answered(incoming: Incoming) -> bool:
    """Whether a person wrote it to the town itself, under an address that was not found false."""
    if incoming.automatic or incoming.trust == FAILED or not incoming.from_address:
        return False
    ours = incoming.mailbox is not None or town().email.lower() in map(without_detail, incoming.to)
    return ours and mailbox_for([incoming.from_address]) is None and incoming.from_address != town().email.lower()
