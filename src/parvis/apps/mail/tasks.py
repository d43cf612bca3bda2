"""Background delivery of letters."""

import logging
import mimetypes
import smtplib
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from email.utils import formataddr

from django.conf import settings
from django.core.files.storage import storages
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import translation

from parvis.apps.directory.queries import town
from parvis.apps.files.models import Attachment
from parvis.apps.mail.letters import Letter
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.queries import replies_to, reports_to
from parvis.apps.mail.services.outgoing import LetterOutcome, begin_letters, claim_due, record_letters
from parvis.apps.mail.services.outgoing import give_up as give_up_letters
from parvis.apps.mail.services.watching import report_silence
from parvis.apps.outbox.models import State
from parvis.lib.jobs import resolve
from parvis.lib.words import one_line

logger = logging.getLogger(__name__)

PERMANENT = range(500, 600)
SLICE = 15.0  # seconds after which no other letter of a batch begins to leave: well under LEASE


class Unchecked(Exception):
    """A file of the letter waits for the antivirus; the letter waits with it."""


def send_letters() -> int:
    """Sends the letters that may leave, as many as `claim_due` takes; returns how many it took.

    Each is rendered once, outside any transaction, and stored: later attempts send the same text under the same
    Message-ID. A permanent refusal marks the letter refused; any other failure leaves it queued, to be tried again
    later, and holds up no other letter. In the demonstration without an SMTP server, /dev/mail/ shows what was stored.

    Three transactions for all of them: they are claimed, they are leaving (from then on, `services.cancel` does not
    cancel them), and what became of them, which a process that is killed leaves unsaid: they are sent again.
    """
    letters = claim_due()
    if not letters:
        return 0
    outcomes: list[LetterOutcome] = []
    written: dict[Outgoing, tuple[str, ...]] = {}
    for letter in letters:
        try:
            written[letter] = _render(letter)
        except Exception as error:
            outcomes.append(_failed(letter, error))
    try:
        for outcome in _hand_over(begin_letters(written=written)):
            outcomes.append(outcome)
    finally:
        record_letters(outcomes=outcomes)
    return len(letters)


def _hand_over(letters: Sequence[Outgoing]) -> Iterator[LetterOutcome]:
    """Gives letters to the mail server, over one connection; when there is none, none of them is tried further."""
    if settings.PARVIS_MAILBOX:
        yield from (LetterOutcome(letter, State.SENT) for letter in letters)
        return
    until = time.monotonic() + SLICE
    away: Exception | None = None
    with closing(get_connection(settings.PARVIS_MAIL_BACKEND)) as server:
        for letter in letters:
            if away or time.monotonic() > until:
                yield _failed(letter, away) if away else LetterOutcome(letter, State.QUEUED, tried=False)
                continue
            if not Outgoing.objects.filter(pk=letter.pk, state=State.SENDING).exists():  # erased meanwhile
                continue
            try:
                server.open()
            except Exception as error:
                away = error
                yield _failed(letter, error)
                continue
            yield _sent(letter, server)


def _sent(letter: Outgoing, server: BaseEmailBackend) -> LetterOutcome:
    try:
        message(letter, server).send()
    except Exception as error:
        with suppress(Exception):
            server.close()  # what it expects next is not known
        return _failed(letter, error)
    return LetterOutcome(letter, State.SENT)


def _failed(letter: Outgoing, error: Exception) -> LetterOutcome:
    if refusal := refused_for_good(error):
        logger.warning("letter %s refused: %s", letter.pk, refusal)
        return LetterOutcome(letter, State.FAILED, refusal)
    expected = isinstance(error, (OSError, Unchecked))
    logger.warning("letter %s waits: %r", letter.pk, error, exc_info=None if expected else error)
    return LetterOutcome(letter, State.QUEUED, repr(error))


def give_up() -> None:
    """Runs `services.give_up`; scheduled."""
    if late := give_up_letters():
        logger.warning("%s letters were given up: no server took them for days", late)


def watch_mailboxes() -> None:
    """Runs `watching.report_silence`; scheduled."""
    report_silence()


def message(outgoing: Outgoing, server: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """The e-mail of a rendered letter, to one address, to be sent by `server`.

    From is the town, whoever wrote; replies go to the town, at the address of its thread if it has one, and delivery
    reports to the envelope sender (`queries.reports_to`). No header holds a line break. Files erased or infected
    are left out. Raises Unchecked.
    """
    place = town()
    with translation.override(outgoing.language):
        sender = settings.PARVIS_MAIL_FROM or formataddr((one_line(place.name), place.email))
    headers = {"Message-ID": outgoing.message_id, "Content-Language": f"{outgoing.language}-CA"}
    if envelope := reports_to(outgoing):
        headers["From"] = sender
    for name, addresses in (("To", outgoing.shown_to), ("Cc", outgoing.shown_cc)):
        if addresses:
            headers[name] = ", ".join(addresses)
    if outgoing.answers:
        headers |= {"In-Reply-To": outgoing.answers[-1], "References": " ".join(outgoing.answers)}
    if not outgoing.personal:
        kind = "auto-replied" if outgoing.reply else "auto-generated"
        headers |= {"Auto-Submitted": kind, "X-Auto-Response-Suppress": "All"}
    mail = EmailMultiAlternatives(
        subject=outgoing.subject,
        body=outgoing.text,
        from_email=envelope or sender,
        to=[outgoing.to],
        reply_to=[replies_to(outgoing)],
        headers={name: one_line(value) for name, value in headers.items()},
        connection=server or get_connection(settings.PARVIS_MAIL_BACKEND),
    )
    if outgoing.html:
        mail.attach_alternative(outgoing.html, "text/html")
    for row in outgoing.files.select_related("attachment").order_by("pk"):
        if row.attachment.is_awaited:
            raise Unchecked(f"{row.attachment} is still being checked")
        if row.attachment.is_served:
            mail.attach(row.attachment.name, _bytes(row.attachment), _content_type(row.attachment))
    return mail


def _bytes(attachment: Attachment) -> bytes:
    with storages["received"].open(attachment.served) as stream:
        return bytes(stream.read())


def _content_type(attachment: Attachment) -> str:
    """The type that the recipient's mail program opens it with, by its name when it is stored without one."""
    if attachment.content_type != "application/octet-stream":
        return attachment.content_type
    guessed, coded = mimetypes.guess_type(attachment.name)
    safe = guessed == "text/calendar" or not (guessed or "").startswith(("text/", "message/"))
    return guessed if guessed and not coded and safe else "application/octet-stream"


def refused_for_good(error: Exception) -> str:
    """Why the receiving server refused the letter permanently; "" when a later attempt may succeed.

    A 5xx reply about the recipient or the message is permanent (RFC 5321, 4.2.1); one about our sender address or
    password is a setting to fix.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        replies = list(error.recipients.values())
        permanent = replies and all(code in PERMANENT for code, _words in replies)
        return "; ".join(_reply(code, words) for code, words in replies) if permanent else ""
    if isinstance(error, smtplib.SMTPDataError) and error.smtp_code in PERMANENT:
        return _reply(error.smtp_code, error.smtp_error)
    return ""


def _render(outgoing: Outgoing) -> tuple[str, ...]:
    """Renders the letter unless already done; returns the names of the fields set."""
    if outgoing.text:
        return ()
    with translation.override(outgoing.language):
        letter: Letter = resolve(outgoing.renderer)(*outgoing.args)
    return outgoing.write(subject=one_line(letter.subject), text=letter.text, html=letter.html)


def _reply(code: int, words: bytes | str) -> str:
    return f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
