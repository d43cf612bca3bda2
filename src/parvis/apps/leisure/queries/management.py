"""The seasons and their groups as who manages leisure sees them: how full, who waits, what is over its capacity."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from parvis.apps.directory.models import Membership, User
from parvis.apps.directory.rules.permissions import Action, roles_with
from parvis.apps.leisure.models import Group, Registration, Season
from parvis.apps.leisure.queries.cancellations import given_back
from parvis.apps.leisure.queries.catalogue import GroupView, views_of
from parvis.apps.leisure.queries.occupancy import participants_of

JOINED = ("season", "activity__category", "hall__address__street", "instructor")
SETTS = 20
"""The most stones of a bar: a larger group has one for several places."""


@dataclass(frozen=True)
class Filling:
    """Places of a group or of several: `taken` counts what is held, offered, awaiting payment and confirmed."""

    capacity: int
    taken: int
    waiting: int

    @property
    def left(self) -> int:
        """How many places are left; 0 when more are taken than there are."""
        return max(0, self.capacity - self.taken)

    @property
    def over(self) -> int:
        """How many are there beyond the capacity: it was cut after they came."""
        return max(0, self.taken - self.capacity)

    @property
    def percent(self) -> int:
        """How full, in whole percents, rounded down: 100 is full."""
        return 100 * self.taken // self.capacity if self.capacity else 100

    @property
    def stones(self) -> list[bool]:
        """The bar: one stone a place, at most 20, True for what is taken. All are True only when it is full."""
        count = min(self.capacity, SETTS)
        full = min(count, self.taken * count // self.capacity) if count else 0
        return [place < full for place in range(count)]


@dataclass(frozen=True)
class GroupLine:
    """A group of the catalogue with how full it is."""

    view: GroupView

    @property
    def group(self) -> Group:
        return self.view.group

    @property
    def filling(self) -> Filling:
        return Filling(self.view.capacity, self.view.taken, self.view.waiting)


@dataclass(frozen=True)
class SeasonLine:
    """A season with the filling of its groups that the town did not cancel."""

    season: Season
    groups: int
    filling: Filling


def seasons() -> list[SeasonLine]:
    """Every season, the last one first. A constant number of queries."""
    views = views_of(Group.objects.filter(cancelled_at=None).select_related(*JOINED))
    own: dict[int, list[GroupView]] = defaultdict(list)
    for view in views:
        own[view.group.season_id].append(view)
    return [SeasonLine(season, len(own[season.pk]), filling_of(own[season.pk])) for season in Season.objects.all()]


def filling_of(views: Iterable[GroupView]) -> Filling:
    """The places of several groups together."""
    rows = list(views)
    return Filling(sum(row.capacity for row in rows), sum(row.taken for row in rows), sum(row.waiting for row in rows))


def season_by_slug(slug: str) -> Season | None:
    """The season, published or not."""
    return Season.objects.filter(slug=slug).first()


def group_of(slug: str) -> Group | None:
    """The group, whether or not its season is published."""
    return Group.objects.select_related(*JOINED).filter(slug=slug).first()


def groups_of(season: Season) -> list[GroupLine]:
    """The groups of a season: those over their capacity first, those cancelled last, else by activity and hour.

    Three queries.
    """
    rows = Group.objects.filter(season=season).select_related(*JOINED)
    return sorted(lines_of(rows), key=_order)


def lines_of(groups: Iterable[Group]) -> list[GroupLine]:
    """These groups as they are at this moment, in their order. Two queries more."""
    return [GroupLine(view) for view in views_of(groups)]


def _order(line: GroupLine) -> tuple[bool, int, int, str, str, str]:
    activity, meetings = line.group.activity, line.view.meetings
    begins = f"{meetings.first_starts.isoweekday()} {meetings.first_starts:%H:%M}" if meetings else ""
    cancelled = line.group.cancelled_at is not None
    return cancelled, -line.filling.over, activity.category.position, activity.slug, begins, line.group.slug


def instructors() -> QuerySet[User]:
    """Who may lead a group."""
    able = Membership.objects.filter(role__in=roles_with(Action.READ_GROUP))
    return User.objects.filter(is_active=True, pk__in=able.values("user"))


@dataclass(frozen=True)
class Cancelling:
    """What the cancellation of a group by the town would do; `refunds`: how many registrations are given back."""

    people: int
    households: int
    waiting: int
    cents: int
    refunds: int


def cancelling(group: Group) -> Cancelling:
    """Whom it reaches, and what is given back: what was paid of their lines, taxes included."""
    rows = [view.registration for view in participants_of(group)]
    waiting = sum(row.state == Registration.State.WAITING for row in rows)
    paid = [row for row in rows if row.state == Registration.State.CONFIRMED]
    back = [cents for row in paid if (cents := given_back(row, in_full=True).total_cents)]
    return Cancelling(len(rows) - waiting, len({row.household_id for row in rows}), waiting, sum(back), len(back))
