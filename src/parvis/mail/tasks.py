"""What the worker does with letters: write them, send them, and say what became of them."""

import logging
import smtplib
from contextlib import closing, suppress
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import translation

from parvis.directory.queries import town
from parvis.lib import clock
from parvis.lib.jobs import resolve
from parvis.lib.rows import update
from parvis.lib.words import one_line
from parvis.mail.letter import Letter
from parvis.mail.models import Outgoing
from parvis.mail.services import wake_sleeping

logger = logging.getLogger(__name__)

PERMANENT = range(500, 600)
WAITING = {"state": Outgoing.State.QUEUED}
ANSWERED = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)


def deliver(*outgoing_ids: int) -> None:
    """Send these letters, by one connection; nothing for those already sent or refused.

    The words of each are written once, outside any transaction, and kept: a later attempt sends the same ones under
    the same Message-ID. A refusal for good marks the letter refused. Any other failure leaves the letter in the queue
    and is raised once the others were tried, so that the job is given again; when it is the server that does not
    answer, the others wait for that too. In demo without an SMTP server, the letter kept is the mailbox that
    /dev/mail/ shows.
    """
    failed: Exception | None = None
    with closing(get_connection()) as server:
        for outgoing in Outgoing.objects.filter(pk__in=outgoing_ids, state=Outgoing.State.QUEUED).order_by("pk"):
            failure = _deliver(outgoing, server)
            failed = failed or failure
            if isinstance(failure, OSError) and not isinstance(failure, ANSWERED):
                break
    if failed:
        raise failed


def wake() -> None:
    """Scheduled: `services.wake_sleeping`."""
    if woken := wake_sleeping():
        logger.warning("%s letters had been waiting for an hour or more: asked for again", woken)


def message(outgoing: Outgoing) -> EmailMultiAlternatives:
    """The e-mail as it leaves, from the words kept. Its answer goes to the town, never to a machine."""
    place = town()
    with translation.override(outgoing.language):
        sender = settings.PARVIS_MAIL_FROM or formataddr((one_line(place.name), place.email))
    mail = EmailMultiAlternatives(
        subject=outgoing.subject,
        body=outgoing.text,
        from_email=sender,
        to=[outgoing.to],
        reply_to=[place.email],
        headers={
            "Message-ID": outgoing.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": f"{outgoing.language}-CA",
        },
    )
    if outgoing.html:
        mail.attach_alternative(outgoing.html, "text/html")
    return mail


def refused_for_good(error: Exception) -> str:
    """Why the receiving server will never take this letter; "" when a later attempt may do, or the fault is ours.

    A reply of the 500s about the recipient or the words is for good (RFC 5321, 4.2.1); one about our sender address
    or our password is a setting to mend.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        replies = list(error.recipients.values())
        final = replies and all(code in PERMANENT for code, _words in replies)
        return "; ".join(_reply(code, words) for code, words in replies) if final else ""
    if isinstance(error, smtplib.SMTPDataError) and error.smtp_code in PERMANENT:
        return _reply(error.smtp_code, error.smtp_error)
    return ""


def _deliver(outgoing: Outgoing, server: BaseEmailBackend) -> Exception | None:
    """Sends one letter and keeps what became of it; the failure, when a later attempt may do better.

    The attempt is marked first: from there on, `services.call_off` no longer believes that it holds the letter back.
    """
    try:
        written = _written(outgoing)
        outgoing.tried_at = clock.now()
        if not update(outgoing, *written, "tried_at", where=WAITING):
            return None
        if not settings.PARVIS_MAILBOX:
            server.open()
            server.send_messages([message(outgoing)])
    except Exception as error:
        refusal = refused_for_good(error)
        _tell(outgoing, Outgoing.State.REFUSED if refusal else Outgoing.State.QUEUED, refusal or repr(error))
        if refusal:
            logger.warning("letter %s refused: %s", outgoing.pk, refusal)
            return None
        with suppress(OSError):
            server.close()  # the next letter begins with a connection of its own
        return error
    _tell(outgoing, Outgoing.State.SENT, "")
    return None


def _written(outgoing: Outgoing) -> tuple[str, ...]:
    """Writes the letter unless it is; the fields that this filled."""
    if outgoing.text:
        return ()
    with translation.override(outgoing.language):
        letter: Letter = resolve(outgoing.renderer)(*outgoing.args)
    outgoing.subject = one_line(letter.subject)[:300]
    outgoing.text, outgoing.html = (words.replace("\0", "") for words in (letter.text, letter.html))
    return "subject", "text", "html"


def _tell(outgoing: Outgoing, state: Outgoing.State, error: str) -> None:
    """Keep what became of an attempt, unless another one ended the matter meanwhile."""
    outgoing.state, outgoing.error, outgoing.attempts = state, one_line(error)[:300], outgoing.attempts + 1
    outgoing.tried_at = clock.now()
    outgoing.sent_at = outgoing.tried_at if state == Outgoing.State.SENT else None
    update(outgoing, "state", "error", "attempts", "tried_at", "sent_at", where=WAITING)


def _reply(code: int, words: bytes | str) -> str:
    return f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
