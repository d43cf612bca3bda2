"""How full the groups of a season are, and what a manager must see: groups that have more people than places."""

from collections.abc import Sequence
from dataclasses import dataclass

from parvis.apps.leisure.models import Group, Registration, Season
from parvis.apps.leisure.queries.catalogue import GroupView, views_of
from parvis.apps.leisure.queries.registrations import RegistrationView, views_of_registrations

State = Registration.State


@dataclass(frozen=True)
class Occupancy:
    """The groups of a season with their figures."""

    views: Sequence[GroupView]

    @property
    def over_capacity(self) -> list[GroupView]:
        """Those whose capacity was cut below what is taken: nobody was dropped, and someone must decide."""
        return [view for view in self.views if view.taken > view.capacity]

    @property
    def capacity(self) -> int:
        return sum(view.capacity for view in self.views)

    @property
    def taken(self) -> int:
        return sum(view.taken for view in self.views)

    @property
    def waiting(self) -> int:
        return sum(view.waiting for view in self.views)

    @property
    def percent(self) -> int:
        """How much of the places is taken, in whole percent."""
        return self.taken * 100 // self.capacity if self.capacity else 0


def occupancy_of(season: Season) -> Occupancy:
    """The figures of every group of a season that is not cancelled, those over capacity first. Three queries."""
    rows = Group.objects.filter(season=season, cancelled_at=None)
    views = views_of(rows.select_related("season", "activity__category", "hall__address__street"))
    return Occupancy(sorted(views, key=lambda view: (view.taken <= view.capacity, view.slug)))


def participants_of(group: Group) -> list[RegistrationView]:
    """Who takes a place in a group or waits for one at this moment: those with a place by name, then those who wait by
    rank. Of a child of two households, only what the one that registered it may tell.
    """
    rows = Registration.objects.filter(group=group, state__in=Registration.LIVE)
    views = views_of_registrations(list(rows.select_related("group", "individual", "household")))
    live = [view for view in views if view.state != State.LAPSED]
    return sorted(live, key=lambda view: (view.rank or 0, view.registration.individual.name))
