"""What the public sees of a case: the only place that decides it, for the map, the feeds, the offers and Open311.

Nothing here reads a citizen's name, words, answers to questions, or unapproved photos.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import cos, floor, radians

from django.db.models import Prefetch, QuerySet

from parvis.apps.cases.models import Case, ClosingReason, State
from parvis.apps.cases.models.publishing import Publication, PublicPhoto
from parvis.apps.cases.queries.access import anyone_may_place, unrestricted
from parvis.apps.cases.queries.due_status import due_words
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.queries import working_calendar
from parvis.apps.files.models import Attachment
from parvis.apps.places.rules.shapes import METRES_A_DEGREE, Point
from parvis.lib.clock import now

GRID = 50  # metres


class PublicState(StrEnum):
    """The state of a case as its pin tells it."""

    RECEIVED = "received"
    TAKEN = "taken"
    VISIT = "visit"
    LATE = "late"
    SETTLED = "settled"


@dataclass(frozen=True)
class PublicPromise:
    """The day promised and the promise in words, in the active language; None and "" when no date is promised now."""

    day: date | None = None
    words: str = ""


def public_cases() -> QuerySet[Case]:
    """The cases that the public may see, with all that the functions below read: two queries, whatever their number.

    Requests for work of a public subject, each once: not those merged into another, withdrawn by their citizen, hidden
    by an agent, carried over from an earlier system, of a person whose address is protected, or of a restricted
    subject.
    """
    everyones = anyone_may_place() & unrestricted()
    rows = Case.objects.filter(everyones, subject__public=True, nature=Nature.REQUEST)
    rows = rows.filter(merged_into=None, carried_over_at=None)
    rows = rows.exclude(closing_reason=ClosingReason.WITHDRAWN).exclude(publication__hidden_at__isnull=False)
    related = ("subject__group", "department", "address__street", "address__sector", "person")
    return with_publication(rows.select_related(*related))


def with_publication(rows: QuerySet[Case]) -> QuerySet[Case]:
    """The same cases with what was published of each: one query more, when one was."""
    approved = PublicPhoto.objects.filter(withdrawn_at=None).select_related("masked")
    photos = Prefetch("publication__photos", queryset=approved, to_attr="approved_photos")
    return rows.select_related("publication").prefetch_related(photos)


def public_point(case: Case) -> Point | None:
    """The point of a case, coarse: the centre of the square of GRID metres that holds it, so at most 36 m away.

    A house on the square is not told from its neighbours, nor from the street before it. The exact point only where an
    agent said that the place itself is public (a park, a corner, the roadway).
    """
    point = case.point or (case.address.point if case.address else None)
    publication = publication_of(case)
    if point is None or (publication and publication.exact_place and case.point):
        return point
    return coarse(point)


def coarse(point: Point) -> Point:
    """The centre of the square of a fixed grid that holds the point. Idempotent."""
    step = GRID / METRES_A_DEGREE
    row = floor(point[0] / step)
    north = (row + 0.5) * step
    across = step / max(cos(radians(north)), 0.01)  # of the row, so that all its squares are the same
    return round(north, 6), round((floor(point[1] / across) + 0.5) * across, 6)


def public_place(case: Case) -> str:
    """The landmark that an agent wrote, else the street without a civic number; "" when neither is known.

    The words of a citizen about a place are never shown: they may name people.
    """
    publication = publication_of(case)
    if publication and publication.landmark:
        return publication.landmark
    if case.address:
        return case.address.street.name
    return street_of(case.place_text) if case.near_metres is not None else ""


def street_of(label: str) -> str:
    """The street of a label of `Address`: "2480A, chemin Bellevue, app. 3" gives "chemin Bellevue"; else ""."""
    civic, comma, rest = label.partition(", ")
    return rest.partition(", app. ")[0].strip() if comma and civic[:1].isdecimal() else ""


def public_words(case: Case) -> str:
    """The words that an agent wrote for the public, in the active language, else in French; "" when there are none."""
    publication = publication_of(case)
    return publication.words if publication else ""


def public_photos(case: Case) -> list[Attachment]:
    """The published pictures in order, rectangles burnt in, without metadata. The originals are never among them."""
    publication = publication_of(case)
    if publication is None:
        return []
    photos = getattr(publication, "approved_photos", None)
    if photos is None:
        photos = publication.photos.filter(withdrawn_at=None).select_related("masked")
    return [photo.masked for photo in photos if photo.masked.is_served]


def public_state(case: Case) -> PublicState:
    """The state shown by the pin; no query."""
    moment = now()
    if not case.is_open:
        return PublicState.SETTLED
    if case.due_at is not None and case.due_at < moment and not case.is_paused:
        return PublicState.LATE
    if case.visit_on is not None and case.visit_on >= working_calendar().local(moment).date():
        return PublicState.VISIT
    return PublicState.RECEIVED if case.state == State.NEW else PublicState.TAKEN


def public_promise(case: Case) -> PublicPromise:
    """The promise of an open case; empty while its clock is paused, since its date will move, and once it is closed."""
    if case.due_at is None or not case.is_open or case.is_paused:
        return PublicPromise()
    return PublicPromise(working_calendar().local(case.due_at).date(), due_words(case))


def publication_of(case: Case) -> Publication | None:
    """The public side of a case, when an agent made one; a query unless it was read with the case."""
    publication: Publication | None = getattr(case, "publication", None)
    return publication
