"""The groups that a household noted, in its order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from parvis.apps.households.models import Household, Individual
from parvis.apps.households.queries import members_of
from parvis.apps.leisure.models import Wish
from parvis.apps.leisure.queries.catalogue import GroupView, groups_by_id
from parvis.lib import clock
from parvis.lib.i18n.localized import localized


@dataclass(frozen=True)
class WishView:
    """A noted group as it is at this moment, and for whom: nobody while that is to be chosen."""

    view: GroupView
    people: Sequence[Individual]
    together: bool
    asked_at: datetime | None


def wishes_of(household: Household) -> list[WishView]:
    """The groups that a household noted and may still ask for, in its order. A constant number of queries.

    Whoever left the household since is not named any more.
    """
    rows = list(current_wishes(household.pk).select_related("individual"))
    if not rows:
        return []
    here = {member.individual.pk for member in members_of(household)}
    views = groups_by_id({row.group_id for row in rows})
    found: dict[int, list[Wish]] = {}
    for row in rows:
        found.setdefault(row.group_id, []).append(row)
    return [
        WishView(
            view=views[group_id],
            people=[row.individual for row in same if row.individual and row.individual_id in here],
            together=same[0].together,
            asked_at=same[0].asked_at,
        )
        for group_id, same in found.items()
        if group_id in views
    ]


def wish_in(household: Household, group_id: int) -> list[Wish]:
    """What a household noted of a group; nothing when it did not. One query."""
    return list(Wish.objects.filter(household=household, group=group_id))


def current_wishes(household_id: int) -> QuerySet[Wish]:
    """Those of seasons for which one still registers on line, in the order of the household."""
    moment = clock.now()
    return Wish.objects.filter(
        household=household_id, group__season__closes_at__gt=moment, group__season__published_at__lte=moment
    )


def asked_in_line(household_id: int, season_id: int, since: datetime) -> tuple[str, int]:
    """The group whose places a household asked for last in a line that began then, "" for none; and how many it noted.

    Those of that season. One query.
    """
    rows = current_wishes(household_id).filter(group__season=season_id, group__cancelled_at=None)
    noted: dict[str, datetime | None] = dict(rows.values_list("group__slug", "asked_at"))
    asked = [(at, slug) for slug, at in noted.items() if at and at >= since]
    return max(asked)[1] if asked else "", len(noted)


def own_wishes(household: Household) -> list[dict[str, Any]]:
    """The groups that a household noted: {participant, activity, group, season, at}. One query."""
    rows = Wish.objects.filter(household=household).select_related("group__activity", "group__season", "individual")
    return [
        {
            "participant": row.individual.name if row.individual else "",
            "activity": localized(row.group.activity, "title"),
            "group": row.group.slug,
            "season": localized(row.group.season, "title"),
            "at": row.noted_at,
        }
        for row in rows.order_by("position", "pk")
    ]
