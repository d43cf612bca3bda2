"""The letter of an alert, which the composer asks for."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.newsletter.models import Issue, IssueDelivery, Subscription
from parvis.apps.newsletter.queries.recipients import Recipient
from parvis.apps.newsletter.services.issues import Words, refuse_without_way_out, set_words
from parvis.apps.newsletter.services.sending import SEND, fill
from parvis.apps.outbox.models import State
from parvis.lib.clock import now
from parvis.lib.jobs import enqueue

_TESTED = ("title_fr", "intro_fr", "title_en", "intro_en", "url", "sender", "postal_address")
ALERT_TEST = "parvis.apps.newsletter.letters.issues.alert_test_letter"


@transaction.atomic
def queue_alert_letters(
    *,
    key: str,
    title_fr: str,
    text_fr: str,
    title_en: str = "",
    text_en: str = "",
    url: str = "",
    recipients: Sequence[Recipient],
    expires_at: datetime | None = None,
) -> int:
    """Sends the letter of an alert to these recipients, those by e-mail only; returns the id of its issue.

    None leaves from `expires_at` on. They leave before any newsletter. A key known already gives its new words to the
    letters that have not left, and adds the recipients that are new. Raises Invalid as `save_issue`.
    """
    issue = Issue.objects.select_for_update().filter(key=key).first()
    if issue is None:
        issue = Issue(key=key, kind=Subscription.Kind.ALERTS, created_at=now())
    issue.changed_at, issue.expires_at = now(), expires_at
    set_words(issue, Words(title_fr, text_fr, title_en, text_en, url))
    issue.save()
    refuse_without_way_out(issue)
    fill(issue, recipients=recipients)
    enqueue(SEND)
    return issue.pk


@transaction.atomic
def withdraw_letters(*, key: str) -> int:
    """Withdraws the letters of a key that have not left; returns how many. Those that left cannot be called back.

    One that is being handed over does not leave again if it is refused for now.
    """
    issues = Issue.objects.filter(key=key).exclude(expires_at__lte=now())
    issues.update(expires_at=now())
    waiting = IssueDelivery.objects.filter(issue__key=key, state=State.QUEUED)
    return waiting.update(state=State.CANCELLED, changed_at=now())


@transaction.atomic
def move_end(*, key: str, until: datetime) -> bool:
    """Gives the letters of a key that have not left another end; whether it did. One that is over stays so."""
    return bool(Issue.objects.filter(key=key, expires_at__gt=now()).update(expires_at=until))


@transaction.atomic
def send_alert_test(
    *,
    key: str,
    to: str,
    language: str,
    title_fr: str,
    text_fr: str,
    title_en: str = "",
    text_en: str = "",
    url: str = "",
) -> None:
    """Sends the letter of an alert to one address, marked as a test, once per key; no issue is made.

    Raises Invalid (email), and as `save_issue` for what is not written yet.
    """
    issue = Issue(kind=Subscription.Kind.ALERTS)
    set_words(issue, Words(title_fr, text_fr, title_en, text_en, url))
    values = {name: getattr(issue, name) for name in _TESTED}
    queue_letter(key=key, to=to, language=language, renderer=ALERT_TEST, args=[values, language])
