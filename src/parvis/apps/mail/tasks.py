"""What the worker does with letters: write them, send them, and say what became of them."""

import logging
import smtplib
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import translation

from parvis.apps.directory.queries import town
from parvis.apps.mail.letter import Letter
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.services import wake_sleeping
from parvis.lib import clock
from parvis.lib.jobs import resolve
from parvis.lib.rows import update
from parvis.lib.words import one_line

logger = logging.getLogger(__name__)

PERMANENT = range(500, 600)
WAITING = {"state": Outgoing.State.QUEUED}


def deliver(outgoing_id: int) -> None:
    """Send this letter; nothing when it was already sent or refused.

    Its words are written once, outside any transaction, and kept: a later attempt sends the same ones under the same
    Message-ID. A refusal for good marks the letter refused. Any other failure leaves the letter in the queue and is
    raised, so that the job is given again. In demo without an SMTP server, the letter kept is the mailbox that
    /dev/mail/ shows.

    The attempt is marked first: from there on, `services.call_off` no longer believes that it holds the letter back.
    """
    outgoing = Outgoing.objects.filter(pk=outgoing_id, state=Outgoing.State.QUEUED).first()
    if outgoing is None:
        return
    try:
        written = _written(outgoing)
        outgoing.tried_at = clock.now()
        if not update(outgoing, *written, "tried_at", where=WAITING):
            return
        if not settings.PARVIS_MAILBOX:
            message(outgoing).send()
    except Exception as error:
        refusal = refused_for_good(error)
        _tell(outgoing, Outgoing.State.REFUSED if refusal else Outgoing.State.QUEUED, refusal or repr(error))
        if not refusal:
            raise
        logger.warning("letter %s refused: %s", outgoing.pk, refusal)
    else:
        _tell(outgoing, Outgoing.State.SENT, "")


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
