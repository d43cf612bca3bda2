"""What the mailbox receives about the letters of the newsletter: people who leave, letters that came back."""

from django.conf import settings

from parvis.apps.mail.models import Incoming
from parvis.apps.mail.rules import automated_mail, threads
from parvis.apps.mail.rules.parsing import Message
from parvis.apps.newsletter.rules.identity import leaving, letter_named
from parvis.apps.newsletter.services.reports import leave_by_mail, record_complaint, record_report

LEFT, COMPLAINED = "left the newsletter", "complaint"
Outcome = Incoming.Outcome


def settle(incoming: Incoming, message: Message) -> tuple[Outcome, str] | None:
    """The outcome of a message about the newsletter, and why; None for another, an answer of a reader among them.

    A message to a leave address is obeyed at once. A report is tied to its letter by the address that it came to, or by
    our Message-ID in what it returns; words are never searched.
    """
    secret = settings.SECRET_KEY
    if left := leaving(incoming.to, message.subject, secret):
        leave_by_mail(point_id=left[0], kind=left[1])
        return Outcome.IGNORED, LEFT
    complaint = automated_mail.complaint(message)
    if complaint is not None and (letter := letter_named(incoming.to, complaint, secret)):
        record_complaint(delivery_id=letter)
        return Outcome.BOUNCE, COMPLAINED
    report = automated_mail.bounce(message)
    ours = threads.thread_of(incoming.to, secret).startswith("issue-")
    report = report or (automated_mail.bounce_in_words(message) if ours else None)
    if report and (letter := letter_named(incoming.to, report.message_ids, secret)):
        record_report(delivery_id=letter, permanent=report.permanent, words=report.reason)
        return Outcome.BOUNCE, report.reason
    return None
