"""The accounts, and what is wrong with them."""

from datetime import date, timedelta

from django.conf import settings
from django.db.models import Count, Max, Q

from parvis.apps.social.models import Account, Message, Post
from parvis.apps.social.rules.versions import end_of, warned_end
from parvis.lib.clock import now, today
from parvis.lib.traffic import Traffic, counted_since

ALARM_AGAIN = timedelta(hours=24)


def accounts(*, disconnected: bool = False) -> list[Account]:
    """The accounts of the town, with those disconnected if asked. One query."""
    rows = Account.objects.order_by("network", "name", "pk")
    return list(rows if disconnected else rows.filter(disconnected_at=None))


def traffic() -> dict[int, Traffic]:
    """What came by each account, what was published there and what could not be, by its id. Two queries."""
    midnight, since = counted_since()
    came = Message.objects.filter(ours=False, received_at__gte=since).values_list("account")
    arrivals = came.annotate(
        lately=Count("pk", filter=Q(received_at__gte=midnight)), week=Count("pk"), last=Max("received_at")
    )
    found = {account: Traffic(lately, week, last_at=last) for account, lately, week, last in arrivals}
    sent = Q(state=Post.State.SENT, result="")
    departures = (
        Post.objects.filter(queued_at__gte=since)
        .values_list("account")
        .annotate(
            lately=Count("pk", filter=sent & Q(sent_at__gte=midnight)),
            week=Count("pk", filter=sent),
            failures=Count("pk", filter=Q(state=Post.State.FAILED)),
            last=Max("sent_at"),
        )
    )
    for account, lately, week, failures, last in departures:
        left = Traffic(left_today=lately, left=week, failed=failures, last_at=last)
        found[account] = found.get(account, Traffic()) + left
    return found


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
