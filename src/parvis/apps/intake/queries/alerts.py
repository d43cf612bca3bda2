"""Queries for alerts: untaken, readable by a user, of one request."""

from django.db.models import Q, QuerySet

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.access import readable
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Alert
from parvis.lib.database.rows import Compiled
from parvis.lib.ttl_cache import TtlCache
from parvis.lib.words import number

UNTOLD = "untold-"  # begins the key of a danger whose author was not told to call 911


def _alerts() -> QuerySet[Alert]:
    return Alert.objects.select_related("by", "case__department", "contact", "taken_by", "lifted_by").order_by("-pk")


_untaken = TtlCache(Compiled(lambda: _alerts().filter(taken_at=None, lifted_at=None)))


def forget() -> None:
    """Clears the cache of untaken alerts."""
    _untaken.forget()


def untaken(user: User) -> list[Alert]:
    """The untaken alerts shown to a user: all for a supervisor, others' distress and dangers for an agent.

    Cached for one second.
    """
    if user.may(Action.HANDLE_ALERT):
        return list(_untaken())
    if not user.may(Action.TAKE_CONTACT):
        return []
    return [alert for alert in _untaken() if alert.kind != Alert.Kind.THREAT and alert.by_id != user.pk]


def mark(alerts: list[Alert]) -> str:
    """A fingerprint of the alerts, for polling screens."""
    return ".".join(str(alert.pk) for alert in alerts)


def page(user: User, after: str = "", limit: int = 50) -> tuple[list[Alert], str]:
    """The alerts that a user may read, lifted ones included, newest first, and the next cursor ("" at the end).

    Supervisors and users who may read any request see all; others, those they marked and those of requests they read.
    """
    rows = _alerts()
    if not (user.may(Action.HANDLE_ALERT) or user.may(Action.READ_ANY_CASE)):
        rows = rows.filter(Q(by=user) | Q(case__in=Case.objects.filter(readable(user))))
    last = number(after)
    result = list((rows if last is None else rows.filter(pk__lt=last))[: limit + 1])
    return result[:limit], str(result[limit - 1].pk) if len(result) > limit else ""


def of_case(case_id: int) -> list[Alert]:
    """The alerts of a request, lifted ones included, newest first. One query."""
    return list(_alerts().filter(case=case_id))
