"""Noting groups before one may take places there: kept in order, moved, removed. It takes no place."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.households.models import Household, Individual
from parvis.apps.households.queries import Member, members_of
from parvis.apps.leisure.models import Group, Wish
from parvis.apps.leisure.services.checking import fits_of, unfit
from parvis.apps.leisure.services.refusals import Closed
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotFound

MOST = 30  # groups that a household notes


@transaction.atomic
def note_group(
    *,
    household: Household,
    group: Group,
    individuals: Sequence[Individual] = (),
    together: bool = False,
    asked: bool = False,
) -> list[Wish]:
    """Notes a group for these people of a household, after those that it noted; noted already, for these instead.

    Without anyone, it is for the only one of the household who fits, else for whom is to be chosen. `asked`: its places
    were asked for while a line was on, which leads back here at their turn. Reads `group.season` and `group.activity`.

    Raises NotFound, Conflict, Closed; Invalid, with fields by public id of the participant.
    """
    _require_current(group)
    members = members_of(household)
    chosen = list(dict.fromkeys(individuals)) or _only_one(group, members)
    _require_fit(group, members, chosen)
    _lock(household)
    moment = clock.now()
    Wish.objects.filter(household=household, group__season__closes_at__lte=moment).delete()
    noted = {row.group_id: row.position for row in Wish.objects.filter(household=household)}
    same = list(Wish.objects.filter(household=household, group=group))
    if same and not chosen:
        return same
    if group.pk not in noted and len(noted) >= MOST:
        raise Conflict(_("Your list has %(most)d groups: remove one, then note this one.") % {"most": MOST})
    Wish.objects.filter(pk__in=[row.pk for row in same]).delete()
    position = noted.get(group.pk, max(noted.values(), default=0) + 1)
    rows = [
        Wish(
            household=household,
            group=group,
            individual=individual,
            together=together and len(chosen) > 1,
            position=position,
            noted_at=same[0].noted_at if same else moment,
            asked_at=moment if asked else same[0].asked_at if same else None,
        )
        for individual in chosen or (None,)
    ]
    return Wish.objects.bulk_create(rows)


@transaction.atomic
def move_wish(*, household: Household, group: Group, up: bool) -> None:
    """Puts a noted group before the one that precedes it, or after the one that follows; nothing at either end."""
    _lock(household)
    places = dict(Wish.objects.filter(household=household).order_by("position").values_list("group", "position"))
    order = list(places)
    if group.pk not in places:
        return
    rank = order.index(group.pk)
    other = rank - 1 if up else rank + 1
    if 0 <= other < len(order):
        mine, theirs = Wish.objects.filter(group=group), Wish.objects.filter(group=order[other])
        mine.filter(household=household).update(position=places[order[other]])
        theirs.filter(household=household).update(position=places[group.pk])


def remove_wish(*, household: Household, group: Group) -> None:
    """Takes a group away from those that a household noted."""
    Wish.objects.filter(household=household, group=group).delete()


def _require_current(group: Group) -> None:
    season, moment = group.season, clock.now()
    if season.published_at is None or season.published_at > moment:
        raise NotFound(_("This group is not in the programme."))
    if group.cancelled_at:
        raise Conflict(_("The town cancelled this group."))
    if moment >= season.closes_at:
        raise Closed(_("Registration on line is over for this season. Call us: we look at what is left with you."))


def _require_fit(group: Group, members: Sequence[Member], chosen: Sequence[Individual]) -> None:
    by_id = {member.individual.pk: member for member in members}
    wrong = {one.public_id: words for one in chosen if (words := unfit(group, by_id.get(one.pk)))}
    if wrong:
        raise Invalid(_("Someone cannot join this group."), wrong)


def _only_one(group: Group, members: Sequence[Member]) -> list[Individual]:
    """The one of a household who may join a group; nobody when there are several."""
    fit = [each.member.individual for each in fits_of([group], members)[group.pk] if not each.why]
    return fit if len(fit) == 1 else []


def _lock(household: Household) -> None:
    Household.objects.select_for_update(of=("self",), no_key=True).get(pk=household.pk)
