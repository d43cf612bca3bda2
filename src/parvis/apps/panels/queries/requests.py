"""The requests of local bodies, and what the town asks of them."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from parvis.apps.directory.queries import working_calendar
from parvis.apps.panels.models import PanelRequest
from parvis.lib import clock
from parvis.lib.words import fold

State = PanelRequest.State
PAST = 30  # decided requests shown


@dataclass(frozen=True)
class Rules:
    """What the town asks: open days before the first day of a message, messages of one body in a calendar year."""

    working_days: int
    yearly: int
    earliest: date


@dataclass(frozen=True)
class Quota:
    """How many messages of a body count in a year, those to look at included, of how many."""

    used: int
    yearly: int

    @property
    def left(self) -> int:
        return max(0, self.yearly - self.used)


def rules() -> Rules:
    """The rules of today (PARVIS_PANEL_NOTICE_DAYS, PARVIS_PANEL_YEARLY)."""
    days = settings.PARVIS_PANEL_NOTICE_DAYS
    return Rules(days, settings.PARVIS_PANEL_YEARLY, working_calendar().add_working_days(clock.today(), days))


def body_key(body: str) -> str:
    """The name of a body as its messages are counted: without accents, case, double spaces."""
    return " ".join(fold(body).split())[:120]


def quota(body: str, year: int) -> Quota:
    """The messages of a body in a year, by their first day. Refused ones do not count."""
    rows = PanelRequest.objects.filter(body_key=body_key(body), first_day__year=year).exclude(state=State.REFUSED)
    return Quota(rows.count(), settings.PARVIS_PANEL_YEARLY)


def open_requests() -> list[PanelRequest]:
    """The requests to look at, those that begin first first."""
    return list(PanelRequest.objects.filter(state=State.WAITING).order_by("first_day", "pk")[:200])


def past_requests() -> list[PanelRequest]:
    """The last decided ones."""
    rows = PanelRequest.objects.exclude(state=State.WAITING).select_related("decided_by")
    return list(rows.order_by("-decided_at", "-pk")[:PAST])


def request_by_id(request_id: int) -> PanelRequest | None:
    """A request."""
    return PanelRequest.objects.select_related("decided_by", "item").filter(pk=request_id).first()
