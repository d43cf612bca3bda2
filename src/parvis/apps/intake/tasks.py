"""Background jobs of intake."""

from datetime import datetime, timedelta

from parvis.apps.cases.letters import cases
from parvis.apps.cases.letters.incident_letters import NEWS_RENDERER
from parvis.apps.cases.models import Entry, FollowerNotification
from parvis.apps.cases.queries.citizens.means import failed_notices
from parvis.apps.intake.models import MailReply
from parvis.apps.intake.services import alerts, callbacks, erasure, held_requests, history_link
from parvis.apps.intake.services.mail import drafts, undelivered, understanding
from parvis.apps.intake.services.mail import received as intake_received
from parvis.apps.intake.services.social import alarms, received
from parvis.apps.intake.services.texts import alarms as alarm_services
from parvis.apps.intake.services.texts import received as received_services
from parvis.apps.intake.services.texts import sent
from parvis.apps.mail import queries as mail
from parvis.lib.clock import now


def call_back(entry_id: int) -> None:
    """Creates the callback that an entry owes."""
    callbacks.owe_call(entry_id=entry_id)


def call_follower(telling_id: int) -> None:
    """Creates the callback owed to a follower of an incident."""
    callbacks.owe_follower_call(telling_id=telling_id)


def chase_alerts() -> None:
    """Runs `services.chase_alerts`; scheduled."""
    alerts.chase_alerts()


def send_history_link(email: str, language: str, key: str) -> None:
    """Sends the link to a contact history."""
    history_link.send_history_link(email=email, language=language, key=key)


def take_in_mail(incoming_id: int) -> None:
    """Takes in a message of the mailbox, unless it was, then understands it."""
    intake_received.take_in_mail(incoming_id=incoming_id)
    understanding.understand_mail(incoming_id=incoming_id)


def sweep_mail() -> None:
    """Runs `services.take_in_left_behind`; scheduled."""
    understanding.take_in_left_behind()


def take_in_text(text_id: int) -> None:
    """Takes in a text message."""
    received_services.take_in_text(text_id=text_id)


def sweep_texts() -> None:
    """Runs `services.take_in_texts_left_behind`; scheduled."""
    received_services.take_in_texts_left_behind()


def take_in_social(message_id: int) -> None:
    """Takes in a message or a comment of a social network."""
    received.take_in_social(message_id=message_id)


def sweep_social() -> None:
    """Runs `services.take_in_social_left_behind`; scheduled."""
    received.take_in_social_left_behind()


def tell_dead_accounts() -> None:
    """Runs `services.tell_dead_accounts`; scheduled."""
    alarms.tell_dead_accounts()


def tell_graph_version() -> None:
    """Runs `services.tell_graph_version`; scheduled."""
    alarms.tell_graph_version()


def tell_texts_used_up() -> None:
    """Runs `services.tell_texts_used_up`; scheduled."""
    alarm_services.tell_texts_used_up()


def record_sent_text(text_id: int) -> None:
    """Writes in the journal of its request that a text left."""
    sent.record_sent_text(text_id=text_id)


def forget_words(entry_id: int) -> None:
    """Erases from intake the words of an entry erased by law."""
    erasure.erase_words(entry_id=entry_id)


def sweep_calls() -> None:
    """Creates the last week's missing callbacks: those of lost jobs, and those that replace refused letters."""
    since = now() - timedelta(days=7)
    owed = Entry.objects.filter(notified_via=Entry.NotifiedVia.PHONE, callback=None, at__gte=since)
    for entry_id in owed.values_list("pk", flat=True)[:500]:
        callbacks.owe_call(entry_id=entry_id)
    refusals = dict(mail.refused(renderers=cases.renderers(), since=since))
    refused = Entry.objects.filter(pk__in=list(refusals), callback=None, paper=None)
    for entry_id in refused.values_list("pk", flat=True):
        callbacks.replace_refused_letter(entry_id=entry_id, refusal=refusals[entry_id])
    for entry_id, reason in failed_notices(since):
        callbacks.replace_failed_notices(entry_id=entry_id, reason=reason)
    _sweep_answers(since)
    _sweep_followers(since)


def _sweep_answers(since: datetime) -> None:
    """The same for answers to messages."""
    refusals = dict(mail.refused(renderers=[undelivered.RENDERER], since=since))
    replies = MailReply.objects.filter(pk__in=list(refusals), undelivered_at=None, taken_back_at=None)
    for reply_id in replies.values_list("pk", flat=True):
        undelivered.replace_refused_answer(reply_id=reply_id, refusal=refusals[reply_id])


def purge_mail_drafts() -> None:
    """Runs `services.purge_mail_drafts`; scheduled."""
    drafts.purge_mail_drafts()


def purge_set_aside() -> None:
    """Runs `services.purge_set_aside`; scheduled."""
    held_requests.purge_set_aside()


def _sweep_followers(since: datetime) -> None:
    """The same for followers of an incident who have no request of their own."""
    tellings = FollowerNotification.objects.filter(entry=None, callback=None)
    owed = tellings.filter(notified_via=FollowerNotification.NotifiedVia.PHONE, at__gte=since)
    for telling_id in owed.values_list("pk", flat=True)[:500]:
        callbacks.owe_follower_call(telling_id=telling_id)
    refusals = dict(mail.refused(renderers=[NEWS_RENDERER], since=since))
    refused = tellings.filter(pk__in=list(refusals), notified_via=FollowerNotification.NotifiedVia.EMAIL, paper=None)
    for telling_id in refused.values_list("pk", flat=True):
        callbacks.tell_follower_otherwise(telling_id=telling_id, refusal=refusals[telling_id])
