"""Background work at the door."""

from datetime import datetime, timedelta

from parvis.apps.cases.incident_models import Telling
from parvis.apps.cases.models import Entry
from parvis.apps.intake import services
from parvis.apps.mail import queries as mail
from parvis.lib.clock import now


def call_back(entry_id: int) -> None:
    """Makes the call that this entry owes."""
    services.owe_call(entry_id=entry_id)


def call_follower(telling_id: int) -> None:
    """Makes the call by which someone hears of the incident that they follow."""
    services.owe_follower_call(telling_id=telling_id)


def chase_alerts() -> None:
    """Scheduled: `services.chase_alerts`."""
    services.chase_alerts()


def send_history_link(email: str, language: str, key: str) -> None:
    """Sends the link to all that was said, to a mailbox that is known."""
    services.send_history_link(email=email, language=language, key=key)


def forget_words(entry_id: int) -> None:
    """Erases at the door the words of an entry that were erased by law from its case."""
    services.erase_words(entry_id=entry_id)


def sweep_calls() -> None:
    """Makes the calls of the last week that nothing made: a lost job's, and what replaces a refused letter."""
    since = now() - timedelta(days=7)
    owed = Entry.objects.filter(notified_via=Entry.NotifiedVia.PHONE, callback=None, at__gte=since)
    for entry_id in owed.values_list("pk", flat=True)[:500]:
        services.owe_call(entry_id=entry_id)
    lost = dict(mail.refused(renderers="parvis.apps.cases.letters.", since=since))
    for entry_id in Entry.objects.filter(pk__in=list(lost), callback=None, paper=None).values_list("pk", flat=True):
        services.tell_otherwise(entry_id=entry_id, refusal=lost[entry_id])
    _sweep_followers(since)


def _sweep_followers(since: datetime) -> None:
    """The same for those who follow an incident without a request of their own."""
    alone = Telling.objects.filter(entry=None, callback=None)
    for telling_id in alone.filter(notified_via=Telling.NotifiedVia.PHONE, at__gte=since).values_list("pk", flat=True)[
        :500
    ]:
        services.owe_follower_call(telling_id=telling_id)
    lost = dict(mail.refused(renderers="parvis.apps.cases.incident_letters.", since=since))
    refused = alone.filter(pk__in=list(lost), notified_via=Telling.NotifiedVia.EMAIL, paper=None)
    for telling_id in refused.values_list("pk", flat=True):
        services.tell_follower_otherwise(telling_id=telling_id, refusal=lost[telling_id])
