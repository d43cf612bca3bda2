"""What the map's pages show of an incident: its public notice, how many told of it, its coarse place."""

from dataclasses import dataclass

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.cases.queries import incidents
from parvis.apps.cases.queries.incidents import Shown
from parvis.apps.cases.queries.lists.public_list import SETTLED
from parvis.apps.cases.queries.public_incidents import is_public, public_points
from parvis.apps.places.rules.shapes import Point
from parvis.surfaces.public.map.screen import Asked

STATE = "incident"  # its pin, beside the states of a request


@dataclass(frozen=True)
class IncidentLine:
    """An incident as its line, its pin, its card and its page show it."""

    shown: Shown
    point: Point | None = None

    @property
    def id(self) -> str:
        """Its id among those of the map; that of a request is its reference."""
        return f"incident-{self.shown.incident.pk}"

    @property
    def title(self) -> str:
        return self.shown.notice.title

    @property
    def where(self) -> str:
        return self.shown.notice.place

    @property
    def heading(self) -> str:
        return f"{self.title}, {self.where}" if self.where else self.title

    @property
    def is_open(self) -> bool:
        return self.shown.incident.is_open

    @property
    def state_words(self) -> str:
        return _("Incident in progress") if self.is_open else _("Incident over")

    @property
    def url(self) -> str:
        return reverse("public:map_incident", args=[self.shown.incident.pk])


def incident_lines(asked: Asked, *, placed: bool = False) -> list[IncidentLine]:
    """The incidents in progress about a public subject, under the filters, once each; none among the settled.

    `placed`: with their points, which costs one query more.
    """
    filters = asked.filters
    if filters.show == SETTLED or asked.unknown_street:
        return []
    rows = [shown for shown in incidents.all_shown() if _concerned(shown, asked)]
    points = public_points([shown.incident for shown in rows]) if placed else {}
    return [IncidentLine(shown, points.get(shown.incident.pk)) for shown in rows]


def incident_line(incident_id: int) -> IncidentLine:
    """One incident that the public may know, in progress or over; Http404 for any other."""
    incident = incidents.by_id(incident_id)
    if incident is None or not is_public(incident):
        raise Http404
    return IncidentLine(incidents.shown(incident))


def _concerned(shown: Shown, asked: Asked) -> bool:
    notice, filters = shown.incident.notice, asked.filters
    if not is_public(shown.incident):
        return False
    if filters.subject and notice.subject_id != filters.subject.pk:
        return False
    if filters.sector and notice.sector_id not in (None, filters.sector.pk):
        return False
    return not filters.streets or notice.street_id in (None, *(street.pk for street in filters.streets))
