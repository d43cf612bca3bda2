"""What to expect before opening a case: how long recent ones took, and open cases at the same place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.db.models import F, Q

from parvis.apps.cases.models import Case, ClosingReason, State
from parvis.apps.cases.queries.access import anyone_may_place
from parvis.apps.cases.rules.similarity import SAME_PLACE
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.catalogue.rules.promises import counted_days
from parvis.apps.directory.queries import working_calendar
from parvis.apps.places.models import Address, Sector
from parvis.apps.places.rules.shapes import Point, metres, reach

LAST = 20  # cases summarised
LOOKED_AT = 400  # latest closed cases of a subject, among which those of a sector are searched
ENOUGH = 5
NEVER_DONE = (ClosingReason.WITHDRAWN, ClosingReason.NO_REPLY, ClosingReason.EARLIER, ClosingReason.MERGED)
MOST_NEAR = 3


@dataclass(frozen=True)
class ResolutionTimes:
    """How long the last `count` cases of a subject took to close, in working days (0: the same day).

    Half took at most `half`, nine out of ten at most `nine_in_ten`. `sector` is None for the whole town.
    """

    count: int
    half: int
    nine_in_ten: int
    sector: Sector | None


def resolution_times(subject: Subject, sector: Sector | None) -> ResolutionTimes | None:
    """Recent times of a subject in a sector, else in the whole town; None when there are too few cases.

    Excludes cases that say nothing of the town's pace: withdrawn, closed without a reply, or closed the moment they
    were opened, such as questions imported from an earlier system. One query, using an index.
    """
    rows = (
        Case.objects.filter(subject=subject, state=State.CLOSED, closed_at__isnull=False)
        .exclude(nature=Nature.COMMENT)
        .exclude(closing_reason__in=NEVER_DONE)
        .exclude(nature=Nature.INFORMATION, closed_at=F("opened_at"))
        .order_by("-closed_at")
        .values_list("opened_at", "closed_at", "address__sector")[:LOOKED_AT]
    )
    cases = [(opened, closed, sector_id) for opened, closed, sector_id in rows if closed]
    in_sector = [case for case in cases if sector and case[2] == sector.pk]
    if sector and len(in_sector) >= ENOUGH:
        return _summary(in_sector[:LAST], sector)
    return _summary(cases[:LAST], None) if len(cases) >= ENOUGH else None


def _summary(cases: Sequence[tuple[datetime, datetime, int | None]], sector: Sector | None) -> ResolutionTimes:
    calendar = working_calendar()
    days = sorted(max(0, counted_days(opened, closed, calendar)) for opened, closed, _ in cases)
    return ResolutionTimes(len(days), days[ceil(len(days) * 0.5) - 1], days[ceil(len(days) * 0.9) - 1], sector)


@dataclass(frozen=True)
class Near:
    """An open case of the same subject at the same place, limited to what is public."""

    case: Case
    street: str


def reported_nearby(subject: Subject, address: Address | None, point: Point | None) -> list[Near]:
    """The open cases of that subject within 120 metres of a place, newest first, at most 3; one query, using an index.

    Only requests for work, whose subject needs a place: complaints, questions and the cases of people whose address is
    protected are private. Reads `address.street`.
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
    rows = Case.objects.filter(where, anyone_may_place(), subject=subject, nature=Nature.REQUEST)
    rows = rows.exclude(state=State.CLOSED).select_related("subject", "address__street", "department")
    cases = [case for case in rows.order_by("-pk")[: MOST_NEAR * 4] if not at or _is_near(case, at)]
    return [Near(case, case.address.street.name if case.address else "") for case in cases[:MOST_NEAR]]


def _is_near(case: Case, at: Point) -> bool:
    point = case.point or (case.address.point if case.address else None)
    return point is None or metres(at, point) <= SAME_PLACE
