"""Telling the administrators of an account that the network refuses, and of an interface that ends."""

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
    """Tells the administrators of the accounts whose token is refused, once a day while it lasts; returns how many.

    Also about the version of Facebook's interface that ends, once a month. Runs every minute, and at once for an
    account that dies.
    """
    dead = dead_to_tell()
    told = [user for user in administrators() if user.email] if dead else []
    for account in dead:
        for administrator in told:
            key = f"social-dead-{account.pk}-{now():%Y%m%d%H%M}-{administrator.pk}"
            queue_letter(
                key=key,
                to=administrator.email,
                language=administrator.language,
                renderer=DEAD_RENDERER,
                args=[account.pk],
            )
    record_alarm(account_ids=[account.pk for account in dead])
    return len(dead)


@transaction.atomic
def tell_graph_version() -> None:
    """Tells the administrators, once a month, that Facebook's interface ends its version soon. Runs every day."""
    if version_trouble() is None:
        return
    for administrator in administrators():
        if administrator.email:
            key = f"graph-version-{now():%Y%m}-{administrator.pk}"
            queue_letter(key=key, to=administrator.email, language=administrator.language, renderer=VERSION_RENDERER)
