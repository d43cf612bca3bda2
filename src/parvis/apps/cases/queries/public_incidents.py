"""What the public may know of incidents beyond their notice: whether they are public, and their coarse place."""

from collections.abc import Sequence

from parvis.apps.cases.models import Incident
from parvis.apps.cases.queries.public_cases import coarse
from parvis.apps.content.models import Notice
from parvis.apps.places.queries.centroids import Stretch, centroids
from parvis.apps.places.rules.shapes import Point


def is_public(incident: Incident) -> bool:
    """Whether it may be on the public map: about a public subject, its notice public, not taken back. No query."""
    notice = incident.notice
    return bool(notice.subject and notice.subject.public and not notice.desk_only and incident.undone_at is None)


def public_points(incidents: Sequence[Incident]) -> dict[int, Point]:
    """Incident id to its point, coarse as that of a request: the house in the middle of its stretch of street, else the
    middle of its sector. None for the whole town, or where nothing is geocoded. One query, none without a street.
    """
    points = centroids({incident.pk: _stretch(incident.notice) for incident in incidents})
    return {pk: coarse(point) for pk, point in points.items()}


def _stretch(notice: Notice) -> Stretch:
    polygon = notice.sector.polygon if notice.sector else None
    return Stretch(notice.street_id, notice.civic_from, notice.civic_to, polygon)
