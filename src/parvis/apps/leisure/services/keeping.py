"""Last season's participants brought in: before the openings, each is offered a place in the group that follows theirs.

An offer is that of the waiting lists: accepted, declined or left by `services.waiting`, and it lapses by itself.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.households.models import Household
from parvis.apps.households.queries import members_by_household, residences_of
from parvis.apps.leisure.models import Group, Registration, RegistrationEvent, Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries.access import Deed, may
from parvis.apps.leisure.queries.catalogue import GroupView, views_of
from parvis.apps.leisure.services import checking, places
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotAllowed

KEPT_RENDERER = "parvis.apps.leisure.letters.kept"
LAST_MINUTE = time(23, 59)
State, What = Registration.State, RegistrationEvent.What


@dataclass(frozen=True)
class Candidate:
    """A participant of last season, by their registration then, and the group where they may stay; `why` not, or ""."""

    before: Registration
    view: GroupView
    resident: bool
    why: str = ""

    @property
    def group(self) -> Group:
        return self.view.group


@dataclass(frozen=True)
class Bringing:
    """Who is offered a place, who is not, and how many were offered one before, or have one."""

    offers: Sequence[Candidate]
    left_out: Sequence[Candidate]
    done: int

    @property
    def households(self) -> int:
        """How many households get a letter."""
        return len({candidate.before.household_id for candidate in self.offers})


def may_bring_in(season: Season) -> bool:
    """Whether it is before the openings of a published season."""
    moment = clock.now()
    return season.published_at is not None and season.published_at <= moment < season.residents_open_at


def bringing_in(groups: Sequence[Group]) -> Bringing:
    """What bringing in the participants of the groups that come before these would do at this moment.

    Whoever has a place there, by order of registration, is offered one as long as they fit, and as places go. Reads
    `season` and `activity`. A constant number of queries.
    """
    rows = [group for group in groups if group.previous_id and not group.cancelled_at]
    prefetch_related_objects(rows, "activity__prerequisite")
    before = Registration.objects.filter(group__in=[group.previous_id for group in rows], state=State.CONFIRMED)
    own: dict[int, list[Registration]] = defaultdict(list)
    for row in before.select_related("individual", "household").order_by("pk"):
        own[row.group_id].append(row)
    asked = _asked(rows)
    sorting = _Sorting(rows, [row for found in own.values() for row in found])
    offers: list[Candidate] = []
    left_out: list[Candidate] = []
    done = 0
    for group in rows:
        for row in own[group.previous_id or 0]:
            if (group.pk, row.individual_id) in asked:
                done += 1
                continue
            candidate = sorting.candidate(group, row)
            (left_out if candidate.why else offers).append(candidate)
    return Bringing(offers, left_out, done)


def _asked(groups: Sequence[Group]) -> set[tuple[int, int]]:
    """Who has a place in these groups, or was offered one as a participant of last season: (group, person)."""
    rows = Registration.objects.filter(group__in=groups)
    rows = rows.filter(state__in=Registration.LIVE) | rows.filter(channel=Channel.KEPT)
    return set(rows.values_list("group", "individual"))


class _Sorting:
    """What says whether someone fits, read once for all of them, and what is left while they are offered places."""

    def __init__(self, groups: Sequence[Group], before: Sequence[Registration]) -> None:
        households = list({row.household for row in before})
        people = {row.individual_id for row in before}
        self.members = {
            (household, member.individual.pk): member
            for household, members in members_by_household(households).items()
            for member in members
        }
        self.residences = residences_of(households, clock.today())
        wanted = {group.activity.prerequisite_id for group in groups} - {None}
        done = Registration.objects.filter(individual__in=people, group__activity__in=wanted, state=State.CONFIRMED)
        self.ended: dict[tuple[int, int], date] = {}
        for person, activity, ends_on in done.values_list("individual", "group__activity", "group__season__ends_on"):
            self.ended[person, activity] = min(ends_on, self.ended.get((person, activity), ends_on))
        limited = {group.activity_id for group in groups if group.activity.most_per_season is not None}
        taking = Registration.objects.filter(Registration.taking(clock.now()), group__activity__in=limited)
        taking = taking.filter(individual__in=people)
        self.taken = Counter(taking.values_list("group__season", "group__activity", "individual"))
        self.views = {view.group.pk: view for view in views_of(groups)}
        self.left = {pk: view.left for pk, view in self.views.items()}
        self.for_others = {pk: view.left_for(resident=False) for pk, view in self.views.items()}

    def candidate(self, group: Group, row: Registration) -> Candidate:
        """Whether someone is offered a place of a group; its place is then no more left."""
        resident = self.residences[row.household_id].resident
        why = self._why_not(group, row, resident=resident)
        if not why:
            self.left[group.pk] -= 1
            self.for_others[group.pk] = min(self.left[group.pk], self.for_others[group.pk] - (not resident))
            self.taken[group.season_id, group.activity_id, row.individual_id] += 1
        return Candidate(row, self.views[group.pk], resident, why)

    def _why_not(self, group: Group, row: Registration, *, resident: bool) -> str:
        activity, person = group.activity, row.individual_id
        if words := checking.unfit(group, self.members.get((row.household_id, person))):
            return words
        ended = self.ended.get((person, activity.prerequisite_id or 0))
        if activity.prerequisite_id and (ended is None or ended >= group.season.starts_on):
            return checking.prerequisite_words(group)
        most = activity.most_per_season
        if most is not None and self.taken[group.season_id, activity.pk, person] >= most:
            return checking.many_words(row.individual, most)
        if self.left[group.pk] <= 0:
            return _("No place is left in the group.")
        if not resident and self.for_others[group.pk] <= 0:
            return _("The places for non-residents are taken.")
        return ""


@transaction.atomic
def bring_in(*, season: Season, groups: Sequence[Group], until: date, by: User) -> Bringing:
    """Offers each participant of last season a place in the group of the season that follows theirs, through the day
    `until`; each household is told by one letter. Done again, it only offers what was not offered yet.

    Their price is that of anyone now, as their residence is proved now. What is not accepted by then is free for the
    opening. Raises Conflict once the season is open or as long as it is not published, Invalid (until), NotAllowed.
    """
    if not may(by, Deed.MANAGE):
        raise NotAllowed(_("Your role does not manage leisure."))
    if not may_bring_in(season):
        raise Conflict(_("This is done once the season is published, and before it opens."))
    ends = _end_of(until)
    if not clock.now() < ends < season.residents_open_at:
        raise Invalid.in_field("until", _("Choose a day from today to the day before the opening."))
    locked = places.lock_groups(group.pk for group in groups if group.season_id == season.pk)
    found = bringing_in(list(locked.values()))
    moment = clock.now()
    rows = [_offer(candidate, ends, moment) for candidate in found.offers]
    Registration.objects.bulk_create(rows)
    places.record(rows, What.KEPT, at=moment, channel=Channel.KEPT, by=by)
    own: dict[Household, list[int]] = defaultdict(list)
    for row in rows:
        own[row.household].append(row.pk)
    for household, ids in own.items():
        places.write_to_household(household, KEPT_RENDERER, key=f"leisure-kept/{ids[0]}", args=[ids])
    return found


def _offer(candidate: Candidate, until: datetime, at: datetime) -> Registration:
    return Registration(
        group=candidate.group,
        individual=candidate.before.individual,
        household=candidate.before.household,
        state=State.OFFERED,
        until=until,
        channel=Channel.KEPT,
        assurance=candidate.before.assurance,
        resident=candidate.resident,
        price_cents=places.quote(candidate.group, resident=candidate.resident),
        made_at=at,
    )


def _end_of(day: date) -> datetime:
    """The last minute of a day, by the clocks of the town."""
    return timezone.make_aware(datetime.combine(day, LAST_MINUTE))
