"""What people may join: published seasons, and groups with the places that are left at this moment."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils import timezone

from parvis.apps.leisure.models import Activity, Group, Hall, Meeting, Registration, Season
from parvis.apps.leisure.rules.choosing import Hours, fits_age
from parvis.lib import clock, words

State = Registration.State
NO_DAY = 7
_EMPTY = (
    "a activite activity an and ans au aux class classes cour cours course courses d de des du en enfant enfants et "
    "for in kid kids l la le lesson lessons les my of or ou pour s the to un une with year years"
)
EMPTY_WORDS = frozenset(_EMPTY.split())


@dataclass(frozen=True)
class GroupFilter:
    """What is looked for. `day`: of the week, 0 for Monday; `words`: all of them, in either language."""

    category: str = ""
    age: int | None = None
    day: int | None = None
    words: str = ""
    free_only: bool = False


class Facet(StrEnum):
    """A part of a filter."""

    CATEGORY = "category"
    AGE = "age"
    DAY = "day"
    PLACES = "places"
    WORDS = "words"


@dataclass(frozen=True)
class Span:
    """The meetings of a group, from the first to the last, in the time of the town."""

    first_starts: datetime
    first_ends: datetime
    last_starts: datetime
    last_ends: datetime
    count: int


@dataclass(frozen=True)
class GroupView:
    """A group as the catalogue shows it. `left` and `waiting` are counted at this moment; `meetings`: None for none.

    `taken` counts everyone, the `non_residents` among them.
    """

    group: Group
    meetings: Span | None
    taken: int
    waiting: int
    non_residents: int = 0

    @property
    def activity(self) -> Activity:
        return self.group.activity

    @property
    def hall(self) -> Hall:
        return self.group.hall

    @property
    def season(self) -> Season:
        return self.group.season

    @property
    def slug(self) -> str:
        return self.group.slug

    @property
    def capacity(self) -> int:
        return self.group.capacity

    @property
    def left(self) -> int:
        """How many places are left: never less than none, though the capacity was cut."""
        return max(0, self.group.capacity - self.taken)

    @property
    def is_full(self) -> bool:
        return self.left == 0

    def left_for(self, *, resident: bool) -> int:
        """How many places are left for residents, or for others: as many as the quota of the group leaves them."""
        quota = self.group.non_resident_quota
        if resident or quota is None:
            return self.left
        return min(self.left, max(0, quota - self.non_residents))

    @property
    def min_age(self) -> int | None:
        return self.activity.min_age

    @property
    def max_age(self) -> int | None:
        return self.activity.max_age

    @property
    def price_cents(self) -> int:
        """The price of a resident, on time."""
        return self.group.price_cents

    @property
    def opens_resident(self) -> datetime:
        return self.season.residents_open_at

    @property
    def opens_everyone(self) -> datetime:
        return self.season.everyone_opens_at

    @property
    def weekday(self) -> int | None:
        """The day of the week of its first meeting: 0 for Monday."""
        return self.meetings.first_starts.weekday() if self.meetings else None

    @property
    def begins(self) -> time | None:
        """The hour at which it begins, in the time of the town."""
        return self.meetings.first_starts.time() if self.meetings else None

    @property
    def ends(self) -> time | None:
        """The hour at which it ends, in the time of the town."""
        return self.meetings.first_ends.time() if self.meetings else None

    @property
    def hours(self) -> Hours | None:
        """When it meets."""
        return Hours(self.meetings.first_starts.weekday(), self.meetings.first_starts.time()) if self.meetings else None


@dataclass(frozen=True)
class Sifted:
    """The groups that fit a filter, and how many would be listed with another choice in one facet, the others kept.

    `by_category` goes by slug and `by_day` by day of the week; `any_category` and `any_day`: without a choice there.
    """

    groups: list[GroupView]
    by_category: Mapping[str, int]
    any_category: int
    by_day: Mapping[int, int]
    any_day: int
    with_places: int


def published_seasons() -> list[Season]:
    """The published seasons that are not over, the next one first; those that are closed on line, after the others."""
    moment = clock.now()
    rows = Season.objects.filter(published_at__lte=moment, ends_on__gte=timezone.localdate(moment))
    return sorted(rows.order_by("starts_on", "slug"), key=lambda season: season.closes_at <= moment)


def group_by_slug(slug: str) -> GroupView | None:
    """A group of a published season, cancelled ones too; None when there is none."""
    rows = _groups().filter(slug=slug, season__published_at__lte=clock.now())
    return next(iter(views_of(rows)), None)


def groups_by_id(group_ids: Iterable[int]) -> dict[int, GroupView]:
    """These groups, by id, cancelled ones too. A constant number of queries."""
    return {view.group.pk: view for view in views_of(_groups().filter(pk__in=list(group_ids)))}


def listed_groups(season: Season, chosen: GroupFilter = GroupFilter()) -> list[GroupView]:  # noqa: B008
    """The groups of a season that fit, by activity then by hours; none cancelled. A constant number of queries."""
    rows = _groups().filter(season=season, cancelled_at=None)
    if chosen.category:
        rows = rows.filter(activity__category__slug=chosen.category)
    return sift(sorted(views_of(rows), key=_rank), chosen).groups


def sift(groups: Iterable[GroupView], chosen: GroupFilter) -> Sifted:
    """The groups that fit, in their order, and how many each other choice would list. Reads nothing."""
    looked_for = _stems(chosen.words)
    read = [(view, _misses(view, chosen, looked_for)) for view in groups]

    def fit_all_but(facet: Facet) -> list[GroupView]:
        return [view for view, missed in read if missed <= {facet}]

    by_category, by_day = fit_all_but(Facet.CATEGORY), fit_all_but(Facet.DAY)
    return Sifted(
        groups=[view for view, missed in read if not missed],
        by_category=Counter(view.activity.category.slug for view in by_category),
        any_category=len(by_category),
        by_day=Counter(view.weekday for view in by_day if view.weekday is not None),
        any_day=len(by_day),
        with_places=sum(not view.is_full for view in fit_all_but(Facet.PLACES)),
    )


def _misses(view: GroupView, chosen: GroupFilter, looked_for: tuple[set[str], set[str]]) -> set[Facet]:
    """The parts of a filter that leave the group out."""
    fits = {
        Facet.CATEGORY: not chosen.category or view.activity.category.slug == chosen.category,
        Facet.AGE: chosen.age is None or fits_age(chosen.age, view.min_age, view.max_age),
        Facet.DAY: chosen.day is None or view.weekday == chosen.day,
        Facet.PLACES: not chosen.free_only or not view.is_full,
        Facet.WORDS: not any(looked_for) or _speaks_of(view, looked_for),
    }
    return {facet for facet, fit in fits.items() if not fit}


def current_groups() -> list[GroupView]:
    """The groups of every published season that is not over, in the order of `published_seasons`, those cancelled
    excepted. A constant number of queries.
    """
    moment = clock.now()
    rows = _groups().filter(
        season__published_at__lte=moment, season__ends_on__gte=timezone.localdate(moment), cancelled_at=None
    )
    return sorted(
        views_of(rows), key=lambda view: (view.season.closes_at <= moment, view.season.starts_on, *_rank(view))
    )


def nearest_with_places(view: GroupView, places: int = 1, *, resident: bool = True) -> GroupView | None:
    """The group of the same activity and season that has so many places for them, and meets nearest in day, then in
    hour.
    """
    rows = _groups().filter(season_id=view.group.season_id, activity_id=view.group.activity_id, cancelled_at=None)
    mine = view.hours
    found = views_of(rows.exclude(pk=view.group.pk))
    others = [(other, other.hours) for other in found if other.left_for(resident=resident) >= places]
    if mine is None:
        return next((other for other, _hours in others), None)
    placed = [(hours.away_from(mine), other.slug, other) for other, hours in others if hours is not None]
    return min(placed, key=lambda row: row[:2])[2] if placed else None


def views_of(groups: Iterable[Group]) -> list[GroupView]:
    """The groups as they are at this moment, in their order. Two queries more."""
    rows = list(groups)
    moment, ids = clock.now(), [group.pk for group in rows]
    counted = (
        Registration.objects.filter(group__in=ids)
        .order_by()
        .values_list("group")
        .annotate(
            taken=Count("pk", filter=Registration.taking(moment)),
            waiting=Count("pk", filter=Q(state=State.WAITING)),
            non_residents=Count("pk", filter=Registration.taking(moment) & Q(resident=False)),
        )
    )
    counts = {group: figures for group, *figures in counted}
    spans = spans_of(ids)
    return [GroupView(group, spans.get(group.pk), *counts.get(group.pk, (0, 0))) for group in rows]


def spans_of(group_ids: Iterable[int]) -> dict[int, Span]:
    """The first and the last meeting of each of these groups, in one query."""
    rows = Meeting.objects.filter(group__in=list(group_ids)).order_by().values_list("group")
    read = rows.annotate(Min("starts_at"), Min("ends_at"), Max("starts_at"), Max("ends_at"), Count("pk"))
    local = timezone.localtime
    return {
        group: Span(local(first), local(ended), local(last), local(over), count)
        for group, first, ended, last, over, count in read
    }


def _groups() -> QuerySet[Group]:
    return Group.objects.select_related("season", "activity__category", "hall__address__street")


def _rank(view: GroupView) -> tuple[int, str, int, time, str]:
    day = view.weekday
    begins = view.begins or time()
    category = view.activity.category
    return category.position, view.activity.slug, NO_DAY if day is None else day, begins, view.slug


def _stems(text: str) -> tuple[set[str], set[str]]:
    """The stems in French and in English of the words that tell something."""
    telling = [word for word in words.split(text[:120]) if word not in EMPTY_WORDS and not word.isdigit()]
    return {words.stem(word, "fr") for word in telling}, {words.stem(word, "en") for word in telling}


def _speaks_of(view: GroupView, looked_for: tuple[set[str], set[str]]) -> bool:
    french, english = looked_for
    activity, category = view.activity, view.activity.category
    in_french = f"{activity.title_fr} {activity.summary_fr} {category.title_fr}"
    in_english = f"{activity.title_en} {activity.summary_en} {category.title_en}"
    return french <= set(words.stems(in_french, "fr")) or english <= set(words.stems(in_english, "en"))
