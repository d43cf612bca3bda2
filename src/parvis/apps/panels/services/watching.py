"""Silent screens, told to those who manage the panels; old proofs, deleted."""

import logging
from datetime import timedelta

from django.db import transaction

from parvis.apps.directory.queries import administrators, people_who_may
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.panels.models import Item, ProofOfPlay, Screen
from parvis.apps.panels.queries.screens import screens
from parvis.lib import clock

SILENT = "parvis.apps.panels.letters.silent"
AGAIN = timedelta(hours=6)
KEPT = timedelta(days=730)

logger = logging.getLogger(__name__)


@transaction.atomic
def report_silence() -> int:
    """Tells those who manage the panels of the screens silent for five minutes; returns how many. Runs every minute.

    Each is told once while its silence lasts, and again every AGAIN. A screen that speaks again is forgotten.
    """
    moment = clock.now()
    silent = [health.screen for health in screens() if health.silent]
    due = [screen for screen in silent if not screen.alarmed_at or moment - screen.alarmed_at >= AGAIN]
    for screen in due:
        logger.error("panel %s (%s) is silent since %s", screen.pk, screen.name, screen.seen_at)
        for person in people_who_may(Action.MANAGE_PANELS) or administrators():
            if person.email:
                key = f"panel-silent-{screen.pk}-{moment:%Y%m%d%H%M}-{person.pk}"
                queue_letter(key=key, to=person.email, language=person.language, renderer=SILENT, args=[screen.pk])
    Screen.objects.filter(pk__in=[screen.pk for screen in due]).update(alarmed_at=moment)
    return len(due)


def delete_old_paintings() -> int:
    """Deletes the proofs told more than KEPT ago, and the messages over for as long; returns how many proofs."""
    limit = clock.now() - KEPT
    Item.objects.filter(expires_at__lt=limit).delete()
    return ProofOfPlay.objects.filter(told_at__lt=limit).delete()[0]
