"""Questions asked of the alerts: those nobody took yet, those of a person's reach, those of one request."""

from django.db.models import Q, QuerySet

from parvis.apps.cases.access import readable
from parvis.apps.cases.models import Case
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.intake.models import Alert
from parvis.lib.rows import Compiled
from parvis.lib.ttl_cache import TtlCache
from parvis.lib.words import number


def _whole() -> QuerySet[Alert]:
    return Alert.objects.select_related("by", "case__department", "contact", "taken_by", "lifted_by").order_by("-pk")


_untaken = Compiled(lambda: _whole().filter(taken_at=None, lifted_at=None))
_kept = TtlCache(_untaken)


def forget() -> None:
    """The next question reads the database."""
    _kept.forget()


def untaken(user: User) -> list[Alert]:
    """The alerts that wait for someone, as this person is told of them: all for a supervisor; of a distress, every
    other agent too, since anybody may help. At most a second old; one query a second at most.
    """
    if user.may(Action.HANDLE_ALERT):
        return list(_kept())
    if not user.may(Action.TAKE_CONTACT):
        return []
    return [alert for alert in _kept() if alert.kind == Alert.Kind.DISTRESS and alert.by_id != user.pk]


def mark(alerts: list[Alert]) -> str:
    """What tells these alerts from the next ones, for a screen that asks whether they changed."""
    return ".".join(str(alert.pk) for alert in alerts)


def page(user: User, after: str = "", limit: int = 50) -> tuple[list[Alert], str]:
    """The alerts that this person may read, lifted ones too, the newest first, and what follows ("" at the end).

    A supervisor and whoever reads any request read all; others, those they marked and those of requests they read.
    """
    rows = _whole()
    if not (user.may(Action.HANDLE_ALERT) or user.may(Action.READ_ANY_CASE)):
        rows = rows.filter(Q(by=user) | Q(case__in=Case.objects.filter(readable(user))))
    last = number(after)
    result = list((rows if last is None else rows.filter(pk__lt=last))[: limit + 1])
    return result[:limit], str(result[limit - 1].pk) if len(result) > limit else ""


def of_case(case_id: int) -> list[Alert]:
    """The alerts of a request, lifted ones too, the newest first. One query."""
    return list(_whole().filter(case=case_id))
