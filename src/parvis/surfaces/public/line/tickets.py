"""The signed tickets of a line, kept in a cookie, so that waiting asks nothing of the database.

A ticket is good in the browser session to which it was given: copied to another one, it is refused.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare, salted_hmac

from parvis.apps.leisure.models import LineTicket, Rush
from parvis.apps.leisure.queries.lines import rank_of
from parvis.lib import clock

COOKIE, PATH = "line", "/loisirs/"
GOOD_FOR = timedelta(hours=12)  # after the hour
PASS_GOOD_FOR = timedelta(hours=2)
_signer = signing.Signer(salt="parvis.line.ticket")
_pass_signer = signing.Signer(salt="parvis.line.pass")


class Fault(StrEnum):
    """Why a ticket is refused."""

    FORGED = "forged"
    COPIED = "copied"
    EXPIRED = "expired"


class BadTicket(Exception):
    """The ticket shown is not good; `fault` tells why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True)
class Ticket:
    """What a browser knows of its place: `rank` is None until it is drawn."""

    row_id: int
    public_id: str
    rush_id: int
    household_id: int
    arrived_at: datetime
    expires_at: datetime
    rank: int | None = None
    entered: bool = False


def ticket_of(row: LineTicket, rush: Rush) -> Ticket:
    """The ticket of a place."""
    return Ticket(
        row_id=row.pk,
        public_id=row.public_id,
        rush_id=row.rush_id,
        household_id=row.household_id,
        arrived_at=row.arrived_at,
        expires_at=max(rush.opens_at, row.arrived_at) + GOOD_FOR,
        rank=rank_of(row) if rush.drawn_at else row.rank,
        entered=row.entered_at is not None,
    )


def give(request: HttpRequest, response: HttpResponseBase, ticket: Ticket) -> None:
    """Puts the ticket in the cookie of the browser that asks."""
    values = [
        ticket.row_id,
        ticket.public_id,
        ticket.rush_id,
        ticket.household_id,
        ticket.arrived_at.timestamp(),
        ticket.expires_at.timestamp(),
        ticket.rank or 0,
        int(ticket.entered),
        _session_mark(request),
    ]
    response.set_cookie(
        COOKIE,
        _signer.sign_object(values),
        path=PATH,
        max_age=int((ticket.expires_at - clock.now()).total_seconds()),
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )


def shown(request: HttpRequest) -> Ticket | None:
    """The ticket of the browser; None without one. Raises BadTicket. Reads nothing of the database."""
    signed = request.COOKIES.get(COOKIE)
    if not signed:
        return None
    try:
        row_id, public_id, rush_id, household_id, arrived, expires, rank, entered, mark = _signer.unsign_object(signed)
    except (signing.BadSignature, ValueError):
        raise BadTicket(Fault.FORGED) from None
    if not constant_time_compare(mark, _session_mark(request)):
        raise BadTicket(Fault.COPIED)
    ticket = Ticket(
        row_id=row_id,
        public_id=public_id,
        rush_id=rush_id,
        household_id=household_id,
        arrived_at=datetime.fromtimestamp(arrived, UTC),
        expires_at=datetime.fromtimestamp(expires, UTC),
        rank=rank or None,
        entered=bool(entered),
    )
    if ticket.expires_at <= clock.now():
        raise BadTicket(Fault.EXPIRED)
    return ticket


def forget(response: HttpResponseBase) -> None:
    """Takes the ticket away from the browser; the household keeps its place."""
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")


def ranked(ticket: Ticket, rank: int | None) -> Ticket:
    """The same ticket, with its rank."""
    return replace(ticket, rank=rank)


def new_pass(request: HttpRequest, rush_id: int, household_id: int) -> str:
    """What lets this browser take the place of that household in that line by one insertion, for two hours."""
    until = (clock.now() + PASS_GOOD_FOR).timestamp()
    return _pass_signer.sign_object([rush_id, household_id, until, _session_mark(request)])


def read_pass(request: HttpRequest, signed: str) -> tuple[int, int] | None:
    """The line and the household of a pass; None when it is not good."""
    try:
        rush_id, household_id, until, mark = _pass_signer.unsign_object(signed)
    except (signing.BadSignature, ValueError):
        return None
    good = until > clock.now().timestamp() and constant_time_compare(mark, _session_mark(request))
    return (rush_id, household_id) if good else None


def _session_mark(request: HttpRequest) -> str:
    """What tells the session of this browser from any other, without its identifier. "" cannot be anyone's."""
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return salted_hmac("parvis.line.session", session, algorithm="sha256").hexdigest()[:20] if session else ""
