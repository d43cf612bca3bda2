"""Background delivery of letters."""

import logging
import mimetypes
import smtplib
from email.utils import formataddr

from django.conf import settings
from django.core.files.storage import storages
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import Q
from django.utils import translation

from parvis.apps.directory.queries import town
from parvis.apps.files.models import Attachment
from parvis.apps.mail.letters import Letter
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.queries import replies_to, reports_to
from parvis.apps.mail.services import report_silence, requeue_stale, send_due
from parvis.lib import clock
from parvis.lib.database.rows import update
from parvis.lib.jobs import resolve
from parvis.lib.words import one_line

logger = logging.getLogger(__name__)

PERMANENT = range(500, 600)
WAITING = {"state": Outgoing.State.QUEUED}


class Unchecked(Exception):
    """A file of the letter waits for the antivirus; the letter waits with it."""


def deliver(outgoing_id: int) -> None:
    """Sends a letter unless it was already sent or refused.

    It is rendered once, outside any transaction, and stored: later attempts send the same text under the same
    Message-ID. A permanent refusal marks the letter refused; any other failure leaves it queued and is raised, so that
    the job is retried. In the demonstration without an SMTP server, /dev/mail/ shows the stored letter.

    The attempt is recorded first: from then on, `services.cancel` does not cancel the letter.
    """
    leaving = Q(not_before=None) | Q(not_before__lte=clock.now())
    outgoing = Outgoing.objects.filter(leaving, pk=outgoing_id, state=Outgoing.State.QUEUED).first()
    if outgoing is None:
        return
    try:
        rendered = {name: getattr(outgoing, name) for name in _render(outgoing)}
        mine = Outgoing.objects.filter(pk=outgoing_id, state=Outgoing.State.QUEUED, tried_at=outgoing.tried_at)
        if not mine.update(**rendered, tried_at=clock.now()):  # erased, called off, or another job is sending it
            return
        if not settings.PARVIS_MAILBOX:
            message(outgoing).send()
    except Exception as error:
        refusal = refused_for_good(error)
        _record_attempt(outgoing, Outgoing.State.REFUSED if refusal else Outgoing.State.QUEUED, refusal or repr(error))
        if not refusal:
            raise
        logger.warning("letter %s refused: %s", outgoing.pk, refusal)
    else:
        _record_attempt(outgoing, Outgoing.State.SENT, "")


def send_waiting() -> None:
    """Runs `services.send_due`; scheduled."""
    send_due()


def watch_mailboxes() -> None:
    """Runs `watching.report_silence`; scheduled."""
    report_silence()


def wake() -> None:
    """Runs `services.requeue_stale`; scheduled."""
    if woken := requeue_stale():
        logger.warning("%s letters had been waiting for an hour or more: asked for again", woken)


def message(outgoing: Outgoing) -> EmailMultiAlternatives:
    """The e-mail of a rendered letter, to one address.

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
        connection=get_connection(settings.PARVIS_MAIL_BACKEND),
    )
    if outgoing.html:
        mail.attach_alternative(outgoing.html, "text/html")
    for row in outgoing.files.select_related("attachment").order_by("pk"):
        if row.attachment.scan == Attachment.Scan.PENDING:
            raise Unchecked(f"the antivirus has not answered about {row.attachment}")
        if row.attachment.is_served:
            mail.attach(row.attachment.name, _bytes(row.attachment), _content_type(row.attachment))
    return mail


def _bytes(attachment: Attachment) -> bytes:
    with storages["received"].open(attachment.stored) as stream:
        return bytes(stream.read())


def _content_type(attachment: Attachment) -> str:
    """The type that the recipient's mail program opens it with, by its name when it is stored without one."""
    if attachment.content_type != "application/octet-stream":
        return attachment.content_type
    guessed, coded = mimetypes.guess_type(attachment.name)
    return (
        guessed
        if guessed and not coded and not guessed.startswith(("text/", "message/"))
        else "application/octet-stream"
    )


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


def _record_attempt(outgoing: Outgoing, state: Outgoing.State, error: str) -> None:
    """Saves the result of an attempt, unless the letter left the queue meanwhile."""
    outgoing.state, outgoing.error, outgoing.attempts = state, one_line(error)[:300], outgoing.attempts + 1
    outgoing.tried_at = clock.now()
    outgoing.sent_at = outgoing.tried_at if state == Outgoing.State.SENT else None
    update(outgoing, "state", "error", "attempts", "tried_at", "sent_at", where=WAITING)


def _reply(code: int, words: bytes | str) -> str:
    return f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
