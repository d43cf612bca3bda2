"""Testing the mailboxes, and telling the administrators of a silent one, by another route than the mail itself."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import administrators, town
from parvis.apps.mail.models import Mailbox
from parvis.apps.mail.queries import QUARANTINE_ALARM, mailbox_health, quarantined_count
from parvis.apps.mail.services.incoming import TEST_RENDERER
from parvis.apps.mail.services.outgoing import message_id, queue_letter
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict

ALARM_AGAIN = timedelta(hours=6)
TEST_AGAIN = timedelta(minutes=1)
QUARANTINE_RENDERER = "parvis.apps.mail.letters.quarantined"

logger = logging.getLogger(__name__)


@transaction.atomic
def send_test(*, mailbox_id: int) -> Mailbox:
    """Sends a message to a mailbox, to measure how long it takes to come back.

    Raises NotFound, and Conflict within a minute of the last one.
    """
    mailbox = locked_row(Mailbox.objects.filter(pk=mailbox_id, active=True), _("This address does not exist."))
    now = clock.now()
    if mailbox.tested_at and now - mailbox.tested_at < TEST_AGAIN:
        raise Conflict(_("A test has just left: wait a minute."))
    key = f"mailbox-test-{mailbox.slug}-{now:%Y%m%d%H%M%S}"
    queue_letter(key=key, to=mailbox.address, language="fr", renderer=TEST_RENDERER, args=[mailbox.slug])
    mailbox.tested_at, mailbox.test_seconds = now, None
    mailbox.save(update_fields=["tested_at", "test_seconds"])
    return mailbox


def report_silence() -> int:
    """Writes to the administrators about the silent mailboxes, and a full quarantine; returns how many were reported.

    Each is reported again every ALARM_AGAIN while it lasts. Sent at once, by PARVIS_ALARM_SMTP_URL when there is one;
    what cannot be sent is logged and tried again at the next run. Runs every five minutes.
    """
    now = clock.now()
    silent = [health.mailbox for health in mailbox_health() if health.silent]
    due = [mailbox for mailbox in silent if not mailbox.alarmed_at or now - mailbox.alarmed_at >= ALARM_AGAIN]
    full = quarantined_count()
    for mailbox in due:
        logger.error("mailbox %s is silent since %s: %s", mailbox.slug, mailbox.succeeded_at, mailbox.trouble)
    if full >= QUARANTINE_ALARM:
        _report_quarantine()
    recipients = [user.email for user in administrators() if user.email]
    if not due or not recipients:
        return 0
    with translation.override(settings.LANGUAGE_CODE):
        _send(recipients, due)
    Mailbox.objects.filter(pk__in=[mailbox.pk for mailbox in due]).update(alarmed_at=now)
    return len(due)


def _report_quarantine() -> None:
    """Writes to the administrators that many messages wait in quarantine, once in six hours."""
    now = clock.now()
    for administrator in administrators():
        if administrator.email:
            key = f"quarantine-{now:%Y%m%d}-{now.hour // 6}-{administrator.pk}"
            queue_letter(key=key, to=administrator.email, language=administrator.language, renderer=QUARANTINE_RENDERER)


def _send(recipients: Sequence[str], silent: Sequence[Mailbox]) -> None:
    lines = [_("Parvis no longer reads:")]
    for mailbox in silent:
        since = (
            f"{timezone.localtime(mailbox.succeeded_at):%Y-%m-%d %H:%M}" if mailbox.succeeded_at else _("never read")
        )
        lines.append(f"- {mailbox.address} ({since}): {mailbox.trouble or _('nobody looks at it')}")
    lines.append(f"{settings.PARVIS_URL}/desk/channels/")
    key = f"mailbox-alarm-{clock.now():%Y%m%d%H%M}"
    EmailMessage(
        subject=_("The mail of %(town)s is silent") % {"town": town().name},
        body="\n".join(lines),
        from_email=settings.PARVIS_MAIL_FROM or town().email,
        to=list(recipients),
        headers={"Auto-Submitted": "auto-generated", "Message-ID": message_id(key)},
        connection=_route(),
    ).send()


def _route() -> Any:
    """A connection to the server of alarms, else to the usual one."""
    if not (values := settings.PARVIS_ALARM_SERVER):
        return get_connection(settings.PARVIS_MAIL_BACKEND)
    return get_connection(
        "django.core.mail.backends.smtp.EmailBackend",
        host=values["EMAIL_HOST"],
        port=values["EMAIL_PORT"],
        username=values["EMAIL_HOST_USER"],
        password=values["EMAIL_HOST_PASSWORD"],
        use_tls=values["EMAIL_USE_TLS"],
        use_ssl=values["EMAIL_USE_SSL"],
        timeout=values["EMAIL_TIMEOUT"],
    )
