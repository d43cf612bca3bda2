"""The letters that other parts of Parvis ask for: an issue written by a program, the letter of an alert."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from parvis.apps.directory.models import User
from parvis.apps.mail import services as mail
from parvis.apps.newsletter.models import Delivery, Issue
from parvis.apps.newsletter.services.issues import Words, refuse_without_way_out, set_words
from parvis.apps.newsletter.services.sending import SEND, fill
from parvis.apps.outbox.models import State
from parvis.apps.subscribers.models import Subscription
from parvis.apps.subscribers.queries import Recipient
from parvis.lib.clock import now
from parvis.lib.jobs import enqueue

_TESTED = ("title_fr", "intro_fr", "title_en", "intro_en", "url", "sender", "postal_address")
ALERT_TEST = "parvis.apps.newsletter.letters.alert_test_letter"


@transaction.atomic
def queue_issue(
    *,
    key: str,
    title_fr: str,
    text_fr: str,
    title_en: str = "",
    text_en: str = "",
    url: str = "",
    groups: Collection[int] = (),
    sectors: Collection[int] = (),
    streets: Collection[int] = (),
    by: User | None = None,
) -> int:
    """Writes an issue and starts to send it to who asked for news, once per key; returns its id.

    A key known already gives its new words to the letters that have not left; those that have are not sent again.
    Raises Invalid as `save_issue`.
    """
    words = Words(title_fr, text_fr, title_en, text_en, url, groups=groups, sectors=sectors, streets=streets)
    return _queue(key, Subscription.Kind.NEWS, words, None, by)


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
    by: User | None = None,
) -> int:
    """Sends the letter of an alert to these recipients, those by e-mail only; returns the id of its issue.

    None leaves from `expires_at` on. They leave before any newsletter. A key known already gives its new words to the
    letters that have not left, and adds the recipients that are new. Raises Invalid as `save_issue`.
    """
    words = Words(title_fr, text_fr, title_en, text_en, url)
    return _queue(key, Subscription.Kind.ALERTS, words, recipients, by, expires_at)


@transaction.atomic
def withdraw_letters(*, key: str) -> int:
    """Withdraws the letters of a key that have not left; returns how many. Those that left cannot be called back.

    One that is being handed over does not leave again if it is refused for now.
    """
    issues = Issue.objects.filter(key=key).exclude(expires_at__lte=now())
    issues.update(expires_at=now())
    waiting = Delivery.objects.filter(issue__key=key, state=State.QUEUED)
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
    mail.queue(key=key, to=to, language=language, renderer=ALERT_TEST, args=[values, language])


def _queue(
    key: str,
    kind: str,
    words: Words,
    recipients: Sequence[Recipient] | None,
    by: User | None,
    expires_at: datetime | None = None,
) -> int:
    issue = Issue.objects.select_for_update().filter(key=key).first()
    if issue is None:
        moment = now()
        issue = Issue(key=key, kind=kind, created_at=moment, by=by)
    issue.changed_at, issue.expires_at = now(), expires_at
    set_words(issue, words)
    issue.save()
    if words.groups:
        issue.groups.set(words.groups)
    refuse_without_way_out(issue)
    fill(issue, by=by, recipients=recipients)
    enqueue(SEND)
    return issue.pk
