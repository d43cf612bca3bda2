"""What someone may expect before they ask: how long the last ones took, and what was already told of that place."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.db.models import F, Q

from parvis.apps.cases.access import anyone_may_place
from parvis.apps.cases.models import Case, ClosingReason, State
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.catalogue.promises import counted_days
from parvis.apps.directory.queries import working_calendar
from parvis.apps.places.models import Address, Sector
from parvis.apps.places.shapes import Point, metres, reach

LAST = 20  # requests told of
LOOKED_AT = 400  # the last closed ones of a kind, among which those of a sector are sought
ENOUGH = 5
NEVER_DONE = (ClosingReason.WITHDRAWN, ClosingReason.NO_REPLY, ClosingReason.EARLIER, ClosingReason.MERGED)
SAME_PLACE = 120  # metres
MOST_NEAR = 3


@dataclass(frozen=True)
class ResolutionTimes:
    """How long the last `count` requests of a kind took, in working days (0: the same day), until they were closed.

    Half of them took at most `half`, nine out of ten at most `nine_in_ten`. `sector` is where they were; None: the
    whole town.
    """

    count: int
    half: int
    nine_in_ten: int
    sector: Sector | None


def resolution_times(subject: Subject, sector: Sector | None) -> ResolutionTimes | None:
    """The past of a kind of request in a sector, else in the whole town; None when there is not enough of it.

    What was withdrawn, closed for want of a reply, or answered the moment it was asked, as questions brought from an
    earlier system are, tells nothing of the town's pace. One query, by an index.
    """
    rows = (
        Case.objects.filter(subject=subject, state=State.CLOSED, closed_at__isnull=False)
        .exclude(nature=Nature.COMMENT)
        .exclude(closing_reason__in=NEVER_DONE)
        .exclude(nature=Nature.INFORMATION, closed_at=F("opened_at"))
        .order_by("-closed_at")
        .values_list("opened_at", "closed_at", "address__sector")[:LOOKED_AT]
    )
    closed = [(opened, ended, where) for opened, ended, where in rows if ended]
    here = [row for row in closed if sector and row[2] == sector.pk][:LAST]
    if sector and len(here) >= ENOUGH:
        return _past([(opened, ended) for opened, ended, _ in here], sector)
    if len(closed) >= ENOUGH:
        return _past([(opened, ended) for opened, ended, _ in closed[:LAST]], None)
    return None


def _past(closed: list[tuple[datetime, datetime]], sector: Sector | None) -> ResolutionTimes:
    calendar = working_calendar()
    took = sorted(max(0, counted_days(opened, ended, calendar)) for opened, ended in closed)
    return ResolutionTimes(len(took), took[ceil(len(took) * 0.5) - 1], took[ceil(len(took) * 0.9) - 1], sector)


@dataclass(frozen=True)
class Near:
    """An open request of the same kind at the same place: only what anyone may know of it."""

    case: Case
    street: str


def reported_nearby(subject: Subject, address: Address | None, point: Point | None) -> list[Near]:
    """The open requests of that kind within 120 metres of a place, the newest first, at most 3; one query, by an index.

    Only requests for something to be done, whose subject needs a place: a complaint or a question is nobody else's
    business, nor is what someone asks whose address is protected. `address.street` is read.
    """
    if subject.place != Subject.Place.REQUIRED or subject.nature != Nature.REQUEST or not (address or point):
        return []
    where = Q(address=address) if address else Q()
    at = point or (address.point if address else None)
    if at:
        up, right = reach(at, SAME_PLACE)
        north, east = (at[0] - up, at[0] + up), (at[1] - right, at[1] + right)
        where |= Q(latitude__range=north, longitude__range=east)
        where |= Q(latitude=None, address__latitude__range=north, address__longitude__range=east)
    rows = Case.objects.filter(where, anyone_may_place(), subject=subject, nature=Nature.REQUEST).exclude(
        state=State.CLOSED
    )
    cases = rows.select_related("subject", "address__street", "department").order_by("-pk")[: MOST_NEAR * 4]
    return [_near(case) for case in cases if not at or _is_near(case, at)][:MOST_NEAR]


def _near(case: Case) -> Near:
    return Near(case, case.address.street.name if case.address else "")


def _is_near(case: Case, at: Point) -> bool:
    there = case.point or (case.address.point if case.address else None)
    return there is None or metres(at, there) <= SAME_PLACE
