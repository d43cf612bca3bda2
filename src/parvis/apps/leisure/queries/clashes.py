"""What is at the same hours as a place: another one of the participant, or one of the household in another hall.

A clash is a warning, never a refusal. Only the household's own places are looked at: a child of two households has
others, of which this one is told nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from parvis.apps.leisure.models import Meeting, Registration
from parvis.apps.leisure.rules.choosing import Span, first_clash
from parvis.lib import clock

State = Registration.State


@dataclass(frozen=True)
class Clash:
    """The first meeting of a place that is at the same time as `other`: of the same participant, or of another one of
    the household elsewhere.
    """

    registration: Registration
    other: Registration
    at: datetime

    @property
    def of_the_same(self) -> bool:
        """Whether one person would be in two places at once."""
        return self.registration.individual_id == self.other.individual_id


def clashes_of(rows: Sequence[Registration]) -> dict[int, list[Clash]]:
    """By registration, its clashes with the live places of its household. Two queries; reads `group`."""
    households = {row.household_id for row in rows}
    live = Registration.objects.filter(household__in=households, state__in=Registration.LIVE)
    others = list(live.select_related("group__activity", "group__hall", "individual").order_by("pk"))
    others = [row for row in others if row.state_at(clock.now()) != State.LAPSED]
    spans = _spans(row.group_id for row in (*rows, *others))
    found: dict[int, list[Clash]] = {row.pk: [] for row in rows}
    for row in rows:
        for other in others:
            if _may_clash(row, other) and (span := first_clash(spans[row.group_id], spans[other.group_id])):
                found[row.pk].append(Clash(row, other, span.starts))
    return found


def _may_clash(row: Registration, other: Registration) -> bool:
    if row.pk == other.pk or row.household_id != other.household_id or row.group_id == other.group_id:
        return False
    return row.individual_id == other.individual_id or row.group.hall_id != other.group.hall_id


def _spans(group_ids: Iterable[int]) -> dict[int, list[Span]]:
    found: dict[int, list[Span]] = defaultdict(list)
    for meeting in Meeting.objects.filter(group__in=set(group_ids)):
        found[meeting.group_id].append(Span(meeting.starts_at, meeting.ends_at))
    return found
