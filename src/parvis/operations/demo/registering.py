"""The leisure of this database as its stories need it: who does what, which groups fit, what is open when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from parvis.apps.directory.models import User
from parvis.apps.directory.queries import people_who_may, working_calendar
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.households.models import Household, Individual
from parvis.apps.households.queries import members_of
from parvis.apps.leisure.models import Group, Registration, Season
from parvis.apps.leisure.queries.catalogue import spans_of
from parvis.apps.leisure.rules.choosing import fits_age
from parvis.operations.demo.families import Family
from parvis.operations.demo.marks import MARK

WANTED = ((6, 8.0), (8, 2.5))
"""How much more people want a group of so many places at most than a larger one."""


@dataclass(frozen=True)
class Offer:
    """A group with its day of the week and its hours, and how much people want it."""

    group: Group
    weekday: int
    begins: time
    ends: time
    weight: float

    def fits(self, age: int) -> bool:
        """Whether someone of that age may join it."""
        activity = self.group.activity
        return activity.prerequisite_id is None and fits_age(age, activity.min_age, activity.max_age)

    def clashes(self, other: "Offer") -> bool:
        """Whether nobody can be in both."""
        return self.weekday == other.weekday and self.begins < other.ends and other.begins < self.ends


@dataclass(frozen=True)
class Staff:
    """Who may do what the stories need, by what their roles allow: who registers, manages, gives money back, leads."""

    clerks: Sequence[User]
    manager: User
    treasurer: User
    instructor: User | None


def staff_of_leisure() -> Staff | None:
    """None when nobody may do one of these things.

    Who manages is someone of a department that leads groups, if any: others may manage leisure besides something else.
    """
    clerks = [user for user in people_who_may(Action.REGISTER_OTHERS) if user.may(Action.TAKE_PAYMENT)]
    managers, refunding = people_who_may(Action.MANAGE_LEISURE), people_who_may(Action.REFUND_PAYMENT)
    if not (clerks and managers and refunding):
        return None
    leading = [user for user in people_who_may(Action.READ_GROUP) if not user.may(Action.READ_CASE)]
    places = {place for user in leading for place in user.department_ids}
    own = [user for user in managers if places & set(user.department_ids)]
    treasurer = next((user for user in refunding if user.may(Action.TAKE_PAYMENT)), refunding[0])
    return Staff(clerks, (own or managers)[0], treasurer, next(iter(leading), None))


class Leisure:
    """Draws all that a story of leisure needs from one `rng`; `until` is the present."""

    def __init__(
        self, staff: Staff, seasons: Sequence[Season], families: Sequence[Family], rng: Random, until: datetime
    ) -> None:
        self.staff, self.seasons, self.families = staff, seasons, families
        self.rng, self.until = rng, until
        self.calendar = working_calendar()
        self.households: dict[int, Household] = {}
        """Those made so far, by the rank of their family."""
        self.aided = {family.rank for family in families if family.aided}
        self._offers = {season.pk: self._offers_of(season) for season in seasons}
        self._keys = 0

    def _offers_of(self, season: Season) -> list[Offer]:
        rows = list(Group.objects.filter(season=season, cancelled_at=None).select_related("season", "activity", "hall"))
        spans, found = spans_of(group.pk for group in rows), []
        for group in rows:
            if span := spans.get(group.pk):
                wanted = next((weight for most, weight in WANTED if group.capacity <= most), 1.0)
                weight = wanted * self.rng.uniform(0.5, 1.5)
                hours = span.first_starts.time(), span.first_ends.time()
                found.append(Offer(group, span.first_starts.weekday(), *hours, weight))
        return found

    def key(self) -> str:
        """A new key, which says that what it names is invented."""
        self._keys += 1
        return f"{MARK}leisure:{self._keys}"

    def clerk(self) -> User:
        """Someone who registers people and takes payments."""
        return self.rng.choice(list(self.staff.clerks))

    def wanted(self, household: Household, season: Season) -> dict[Group, list[Individual]]:
        """What the people of a household would join in a season, by group: one or two things each, never at once."""
        found: dict[Group, list[Individual]] = {}
        rows = Registration.objects.filter(household=household, group__season=season, state__in=Registration.LIVE)
        taken = set(rows.values_list("individual", "group"))
        for member in members_of(household):
            age = member.age_on(season.rule_date)
            had = [one for one in self._offers[season.pk] if (member.individual.pk, one.group.pk) in taken]
            mine = list(had)
            if age is None or (not member.is_child and self.rng.random() < 0.5):
                continue
            for _ in range(self.rng.choice((1, 1, 1, 2))):
                free = [one for one in self._offers[season.pk] if one.fits(age) and not any(map(one.clashes, mine))]
                free = [one for one in free if one not in mine]
                if free:
                    mine.append(self.rng.choices(free, [one.weight for one in free])[0])
            for one in mine[len(had) :]:
                found.setdefault(one.group, []).append(member.individual)
        return found

    # --- When ---------------------------------------------------------------------------------------------------------

    def later(self, minutes: float, since: datetime) -> datetime:
        """When so many minutes of work have passed."""
        moment = self.calendar.add_working_minutes(since, max(1, round(minutes)))
        return moment.astimezone(UTC) + timedelta(seconds=self.rng.randrange(60))

    def before(self, opening: datetime) -> datetime:
        """A moment in the six working days before an opening, when the offices are open."""
        day = self.calendar.add_working_days(self.calendar.local(opening).date(), -self.rng.randint(1, 6))
        return self.in_office_hours(day)

    def in_office_hours(self, day: date) -> datetime:
        """A moment of a working day when the offices are open."""
        opens = self.calendar.start_of_day(day)
        minutes = self.calendar.working_minutes_between(opens, self.calendar.end_of_day(day))
        return self.later(self.rng.uniform(0.05, 0.9) * minutes, opens)

    def rush(self, family: Family, season: Season) -> datetime:
        """When a family registers: half in the first hour, the others in the days after; by what is open to it."""
        opens = season.opens_at(resident=family.home is not None).astimezone(UTC)
        if self.rng.random() < 0.5:
            return opens + timedelta(seconds=self.rng.triangular(1, 3600, 60))
        return self.later(self.rng.uniform(60, 1500), opens)


def seasons_seen(until: datetime) -> list[Season]:
    """The example seasons that the public sees, the first one first; none before the first one has opened."""
    rows = list(Season.objects.filter(example=True, published_at__lt=until).order_by("residents_open_at", "pk"))
    return rows if rows and rows[0].residents_open_at < until else []
