"""Telling the managers of an account that the network refuses, and of an interface that ends."""

from django.db import transaction

from parvis.apps.directory.queries import administrators
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.social.queries.accounts import dead_to_tell, version_trouble
from parvis.apps.social.services.accounts import record_alarm
from parvis.lib.clock import now

DEAD_RENDERER = "parvis.apps.intake.letters.social_dead"
VERSION_RENDERER = "parvis.apps.intake.letters.graph_version"


@transaction.atomic
def tell_dead_accounts() -> int:
    """Writes to the managers about the accounts whose token is refused, once a day while it lasts; returns how many.

    Also about the version of Facebook's interface that ends, once a month. Runs every minute, and at once for an
    account that dies.
    """
    dead = dead_to_tell()
    managers = [user for user in administrators() if user.email] if dead else []
    for account in dead:
        for manager in managers:
            key = f"social-dead-{account.pk}-{now():%Y%m%d%H%M}-{manager.pk}"
            queue_letter(
                key=key, to=manager.email, language=manager.language, renderer=DEAD_RENDERER, args=[account.pk]
            )
    record_alarm(account_ids=[account.pk for account in dead])
    return len(dead)


@transaction.atomic
def tell_graph_version() -> None:
    """Writes to the managers, once a month, that the version of Facebook's interface ends soon. Runs every day."""
    if version_trouble() is None:
        return
    for manager in administrators():
        if manager.email:
            key = f"graph-version-{now():%Y%m}-{manager.pk}"
            queue_letter(key=key, to=manager.email, language=manager.language, renderer=VERSION_RENDERER)
