"""The accounts, and what is wrong with them."""

from datetime import date, timedelta

from django.conf import settings

from parvis.apps.social.models import Account
from parvis.apps.social.rules.versions import end_of, warned_end
from parvis.lib.clock import now, today

ALARM_AGAIN = timedelta(hours=24)


def accounts(*, disconnected: bool = False) -> list[Account]:
    """The accounts of the town, with those disconnected if asked. One query."""
    rows = Account.objects.order_by("network", "name", "pk")
    return list(rows if disconnected else rows.filter(disconnected_at=None))


def dead_to_tell() -> list[Account]:
    """The dead accounts that nobody was told of, or not for ALARM_AGAIN."""
    rows = [row for row in accounts() if row.dead_at]
    return [row for row in rows if row.alarmed_at is None or row.alarmed_at <= now() - ALARM_AGAIN]


def graph_end() -> date | None:
    """When the version of the Graph API in the settings ends; None when it is not announced."""
    return end_of(settings.PARVIS_GRAPH_VERSION)


def version_trouble() -> date | None:
    """The end of that version when it is past or near, and an account of Facebook uses it; None otherwise."""
    used = any(account.network == Account.Network.FACEBOOK for account in accounts())
    return warned_end(settings.PARVIS_GRAPH_VERSION, today()) if used else None
