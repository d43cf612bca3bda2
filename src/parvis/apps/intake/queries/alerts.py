"""Queries for alerts: untaken, readable by a user, of one request."""

from collections.abc import Collection, Iterable
from copy import copy

from django.db.models import Q, QuerySet

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.access import may_open, readable, sealed
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Alert
from parvis.apps.intake.queries.restricted import openable_only
from parvis.lib.database.rows import Compiled
from parvis.lib.ttl_cache import TtlCache
from parvis.lib.words import number

UNNOTIFIED = "untold-"  # begins the key of a danger whose author was not told to call 911


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
        return _sealed(user, _untaken())
    if not user.may(Action.TAKE_CONTACT):
        return []
    others = [alert for alert in _untaken() if alert.kind != Alert.Kind.THREAT and alert.by_id != user.pk]
    return _sealed(user, others)


def _sealed(user: User, alerts: Iterable[Alert]) -> list[Alert]:
    """The alerts, without the words of those about a restricted request that the user may not open.

    New instances, since untaken alerts are shared between users; one query at most.
    """
    rows = list(alerts)
    contacts = [row.contact for row in rows if row.contact is not None]
    opened = {contact.pk for contact in openable_only(user, contacts)}
    return [row if _may_open(user, row, opened) else _without_words(row) for row in rows]


def _may_open(user: User, alert: Alert, opened: Collection[int]) -> bool:
    by_case = alert.case is None or may_open(user, alert.case)
    return by_case and (alert.contact is None or alert.contact.pk in opened)


def _without_words(alert: Alert) -> Alert:
    shown = copy(alert)
    shown.words = ""
    if alert.case is not None:
        shown.case = sealed(alert.case)
    return shown


def mark(alerts: list[Alert]) -> str:
    """A fingerprint of the alerts, for polling screens."""
    return ".".join(str(alert.pk) for alert in alerts)


def page(user: User, after: str = "", limit: int = 50) -> tuple[list[Alert], str]:
    """The alerts that a user may read, lifted ones included, newest first, and the next cursor ("" at the end).

    Supervisors and users who may read any request see all; others, those they marked and those of requests they read.
    Of those about a restricted request that the user may not open, only its reference, and whom to ask.
    """
    rows = _alerts()
    if not (user.may(Action.HANDLE_ALERT) or user.may_everywhere(Action.READ_CASE)):
        rows = rows.filter(Q(by=user) | Q(case__in=Case.objects.filter(readable(user))))
    last = number(after)
    result = list((rows if last is None else rows.filter(pk__lt=last))[: limit + 1])
    return _sealed(user, result[:limit]), str(result[limit - 1].pk) if len(result) > limit else ""


def one(alert_id: int) -> Alert | None:
    """An alert, with its request and its contact; None for an unknown one. One query."""
    return _alerts().select_related("contact__person__merged_into").filter(pk=alert_id).first()


def of_case(case_id: int) -> list[Alert]:
    """The alerts of a request, lifted ones included, newest first. One query."""
    return list(_alerts().filter(case=case_id))
