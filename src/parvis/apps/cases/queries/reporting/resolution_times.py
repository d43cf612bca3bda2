"""What to expect before opening a case: how long recent ones took, and open cases at the same place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from django.db.models import F, Q

from parvis.apps.cases.models import Case, ClosingReason, State
from parvis.apps.cases.queries.access import anyone_may_place, unrestricted
from parvis.apps.cases.queries.public_cases import public_point, with_publication
from parvis.apps.cases.rules.similarity import SAME_PLACE
from parvis.apps.catalogue.models import Nature, SiteCode, Subject
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
    were opened, such as questions imported from an earlier system, or carried over from it still open. One query,
    using an index.
    """
    rows = (
        Case.objects.filter(subject=subject, state=State.CLOSED, closed_at__isnull=False, carried_over_at=None)
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
    """An open case at the same place, limited to what is public.

    `about` is its distance in metres, from its coarse point; None when its subject is not on the public map.
    """

    case: Case
    street: str
    about: int | None = None


def reported_at(site_code: SiteCode, subject: Subject | None) -> list[Near]:
    """The open requests sent from a code, newest first, at most 3, under the same rules as `reported_nearby`.

    One query, and one for their published photos.
    """
    public: dict[str, Any] = {"subject__place": Subject.Place.REQUIRED, "subject__nature": Nature.REQUEST}
    if subject:
        public["subject"] = subject
    everyones = anyone_may_place() & unrestricted() & Q(carried_over_at=None)
    rows = Case.objects.filter(everyones, site__site_code=site_code, nature=Nature.REQUEST, **public)
    rows = rows.exclude(state=State.CLOSED).select_related("subject", "address__street", "department")
    return [_near(case, site_code.point) for case in with_publication(rows).order_by("-pk")[:MOST_NEAR]]


def reported_nearby(subject: Subject | None, address: Address | None, point: Point | None) -> list[Near]:
    """The open cases of that subject within 120 metres of a place, newest first, at most 3; one query, using an index,
    and one for their published photos.

    Only requests for work, whose subject needs a place: complaints, questions, restricted subjects and the cases of
    people whose address is protected are private. Without a subject, those of any, at this very address or near this
    point. Reads `address.street`.
    """
    private = subject and (subject.place != Subject.Place.REQUIRED or subject.nature != Nature.REQUEST)
    if private or not (address or point):
        return []
    where = Q(address=address) if address else Q()
    at = point or (address.point if address else None)
    if at:
        up, right = reach(at, SAME_PLACE)
        north, east = (at[0] - up, at[0] + up), (at[1] - right, at[1] + right)
        where |= Q(latitude__range=north, longitude__range=east)
        if subject:
            where |= Q(latitude=None, address__latitude__range=north, address__longitude__range=east)
    any_kind = {"subject__place": Subject.Place.REQUIRED, "subject__nature": Nature.REQUEST}
    of_kind: dict[str, Any] = {"subject": subject} if subject else any_kind
    everyones = anyone_may_place() & unrestricted() & Q(carried_over_at=None)
    rows = Case.objects.filter(where, everyones, nature=Nature.REQUEST, **of_kind)
    rows = with_publication(rows.exclude(state=State.CLOSED).select_related("subject", "address__street", "department"))
    cases = [case for case in rows.order_by("-pk")[: MOST_NEAR * 4] if not at or _is_near(case, at)]
    return [_near(case, at) for case in cases[:MOST_NEAR]]


def _near(case: Case, at: Point | None) -> Near:
    street = case.address.street.name if case.address else ""
    point = public_point(case) if case.subject.public else None
    return Near(case, street, round(metres(at, point)) if at and point else None)


def _is_near(case: Case, at: Point) -> bool:
    point = case.point or (case.address.point if case.address else None)
    return point is None or metres(at, point) <= SAME_PLACE
