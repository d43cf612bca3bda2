"""Whether people may take places of a group: its opening, their ages, what they have and have done before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.households.models import Household, Individual
from parvis.apps.households.queries import Member, Residence, members_of, proofs_of
from parvis.apps.households.rules import ACCOUNT_AGE
from parvis.apps.leisure.models import Group, Registration, Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries.catalogue import GroupView
from parvis.apps.leisure.rules.choosing import fits_age
from parvis.apps.leisure.services.refusals import Closed, NotOpen
from parvis.lib import clock, quebec
from parvis.lib.errors import Conflict, Invalid, NotFound, type_text

LONGEST_REASON = 300
ON_LINE = (Channel.WEB, Channel.PROGRAM)
State = Registration.State


def require_open(group: Group, household: Household, residence: Residence, channel: str) -> None:
    """Raises NotOpen, Closed, NotFound or Conflict, with the very reason, when the group takes nobody of the household
    now.

    It is open from the second of the opening; at the counter and by telephone, it stays so after the closing.
    """
    season, moment = group.season, clock.now()
    if season.published_at is None or season.published_at > moment:
        raise NotFound(_("This group is not in the programme."))
    if group.cancelled_at:
        raise Conflict(_("The town cancelled this group."))
    opens_at = season.opens_at(resident=residence.resident)
    if moment < opens_at:
        raise NotOpen(why_not_open(season, household, residence), opens_at)
    if season.ends_on < clock.today() or (channel in ON_LINE and moment >= season.closes_at):
        raise Closed(_("Registration on line is over for this season. Call us: we look at what is left with you."))


def why_not_open(season: Season, household: Household, residence: Residence) -> str:
    """When the season opens for a household, and why not sooner, in the active language."""
    language, zone = get_language() or "fr", timezone.get_current_timezone()
    opens = quebec.moment(season.opens_at(resident=residence.resident), language, zone, year=False)
    if residence.resident or season.residents_open_at == season.everyone_opens_at:
        return quebec.without_double_stop(_("Registration opens on %(moment)s.") % {"moment": opens})
    words = [_("For your household, registration opens on %(moment)s.") % {"moment": opens}]
    proofs = proofs_of(household)
    if proofs and proofs[0].expires_on <= clock.today():
        ended = quebec.day(proofs[0].expires_on, language)
        words.append(_("Your proof of residence ended on %(day)s.") % {"day": ended})
    elif residence.claimed:
        words.append(_("The town has not seen a proof that you live here yet."))
    else:
        words.append(_("Your household is not known to live in the town."))
    residents = quebec.moment(season.residents_open_at, language, zone, year=False)
    words.append(_("For residents, it opens on %(moment)s.") % {"moment": residents})
    return quebec.without_double_stop(" ".join(words))


def require_fit(
    group: Group, household: Household, individuals: Sequence[Individual], *, override: str, by: User | None
) -> list[Individual]:
    """Raises Invalid, with each reason by the public id of the participant, unless all may join the group.

    They are people of the household; they are of age on the rule date of the season; they have not this place already,
    nor as many of the activity as it allows; they have done what it asks for, unless someone of the staff sets that
    aside, with a reason: returns those for whom it was. A blank group or no participant is invalid too.
    """
    if not individuals:
        raise Invalid.in_field("participants", _("Choose who joins."))
    if override:
        if by is None:
            raise Invalid.in_field("override", _("Only the town may set a rule aside."))
        by.require(Action.REGISTER_OTHERS, _("Your role does not register people."))
        if len(override) > LONGEST_REASON:
            raise Invalid.in_field("override", _("Write the reason in 300 characters at most."))
    members = {member.individual.pk: member for member in members_of(household)}
    there = [members[individual.pk] for individual in individuals if individual.pk in members]
    fits = {fit.member.individual.pk: fit for fit in fits_of([group], there)[group.pk]}
    wrong: dict[str, type_text] = {}
    set_aside: list[Individual] = []
    for individual in individuals:
        fit = fits.get(individual.pk)
        if fit is None:
            wrong[individual.public_id] = _("This person is not of your household.")
        elif fit.may_set_aside and override:
            set_aside.append(individual)
        elif fit.why:
            wrong[individual.public_id] = fit.why
    if wrong:
        raise Invalid(_("Someone cannot join this group."), wrong)
    return set_aside


@dataclass(frozen=True)
class Fit:
    """Whether someone of a household may join a group, before any place is looked at.

    `why` is the reason when they may not, in the active language. `lacks_birth`: their birth date would say it.
    `may_set_aside`: the staff may do without what they have not done.
    """

    member: Member
    why: str = ""
    lacks_birth: bool = False
    may_set_aside: bool = False


def fits_of(groups: Sequence[Group], members: Sequence[Member]) -> dict[int, list[Fit]]:
    """By group, whether each of these people may join it, as `require_fit` says it. Three queries at most.

    Reads `activity` and `season` of each group.
    """
    prefetch_related_objects([group.activity for group in groups], "prerequisite")
    people = [member.individual for member in members]
    crowded, ready = _crowded(groups, people), _ready(groups, people)
    return {
        group.pk: [
            _fit(
                group,
                member,
                crowded=(group.pk, member.individual.pk) in crowded,
                ready=(group.pk, member.individual.pk) in ready,
            )
            for member in members
        ]
        for group in groups
    }


def _fit(group: Group, member: Member, *, crowded: bool, ready: bool) -> Fit:
    if words := unfit(group, member):
        return Fit(member, words, lacks_birth=_lacks_birth(group, member))
    most = group.activity.most_per_season
    if crowded and most is not None:
        return Fit(member, many_words(member.individual, most))
    return Fit(member) if ready else Fit(member, prerequisite_words(group), may_set_aside=True)


def _lacks_birth(group: Group, member: Member) -> bool:
    """Whether their birth date alone would say if they are of age: never where no adult could be."""
    most = group.activity.max_age
    return member.individual.born is None and (most is None or most >= ACCOUNT_AGE)


def unfit(group: Group, member: Member | None) -> str:
    """Why someone cannot join a group, by their household or their age, in the active language; "" when they can."""
    if member is None:
        return _("This person is not of your household.")
    activity, name = group.activity, member.individual.name
    if activity.min_age is None and activity.max_age is None:
        return ""
    age = member.age_on(group.season.rule_date)
    if age is None and not _lacks_birth(group, member):
        ages = ages_in_words(activity.min_age, activity.max_age)
        return _("%(name)s is an adult. This group is for %(ages)s.") % {"name": name, "ages": ages}
    if age is None:
        return _("Add the birth date of %(name)s: this group is for an age.") % {"name": name}
    if fits_age(age, activity.min_age, activity.max_age):
        return ""
    day = quebec.day_of_month(group.season.rule_date, get_language() or "fr", year=True)
    years = ngettext("%(age)s year old", "%(age)s years old", age) % {"age": age}
    values = {"name": name, "years": years, "day": day, "ages": ages_in_words(activity.min_age, activity.max_age)}
    return _("%(name)s will be %(years)s on %(day)s. This group is for %(ages)s.") % values


def too_many(group: Group, individuals: Sequence[Individual]) -> dict[int, str]:
    """By person who takes a place in as many other groups of the activity in the season as it allows: why not one more,
    in the active language. One query, none without such a limit.
    """
    most = group.activity.most_per_season
    if most is None:
        return {}
    crowded = _crowded([group], individuals)
    return {one.pk: many_words(one, most) for one in individuals if (group.pk, one.pk) in crowded}


def _crowded(groups: Sequence[Group], individuals: Sequence[Individual]) -> set[tuple[int, int]]:
    """The pairs (group, person) where the person takes as many other places of the activity as the season allows."""
    limited = {group.activity_id for group in groups if group.activity.most_per_season is not None}
    if not limited:
        return set()
    rows = Registration.objects.filter(Registration.taking(clock.now()), individual__in=individuals)
    rows = rows.filter(group__activity__in=limited, group__season__in={group.season_id for group in groups})
    taken: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for person, activity, season, group in rows.values_list("individual", "group__activity", "group__season", "group"):
        taken[person, activity, season].append(group)
    return {
        (group.pk, one.pk)
        for group in groups
        if (most := group.activity.most_per_season) is not None
        for one in individuals
        if sum(other != group.pk for other in taken.get((one.pk, group.activity_id, group.season_id), ())) >= most
    }


def many_words(individual: Individual, most: int) -> str:
    """Why someone has no other place in an activity, in the active language."""
    words = ngettext(
        "%(name)s has a place in a group of this activity already: one person has %(most)s in a season.",
        "%(name)s has places in this activity already: one person has %(most)s in a season.",
        most,
    )
    return words % {"name": individual.name, "most": most}


def quota_words(view: GroupView) -> str:
    """Why a non-resident has no place though some are left, in the active language."""
    words = ngettext(
        "The places for non-residents are taken. %(count)s place is left, for residents.",
        "The places for non-residents are taken. %(count)s places are left, for residents.",
        view.left,
    )
    return words % {"count": view.left}


def ages_in_words(least: int | None, most: int | None) -> str:
    """Reads "6 to 8 years", "16 years and over", "up to 5 years", "6 years", in the active language; "" for any age."""
    if least is None and most is None:
        return ""
    if most is None:
        return _("%(least)s years and over") % {"least": least}
    if least is None:
        return _("up to %(most)s years") % {"most": most}
    if least == most:
        return _("%(least)s years") % {"least": least}
    return _("%(least)s to %(most)s years") % {"least": least, "most": most}


def _ready(groups: Sequence[Group], individuals: Sequence[Individual]) -> set[tuple[int, int]]:
    """The pairs (group, person) where the person has done what the activity asks for: a place confirmed in a season
    that ends before that of the group.
    """
    wanted = {group.activity.prerequisite_id for group in groups} - {None}
    ended: dict[tuple[int, int | None], date] = {}
    if wanted:
        done = Registration.objects.filter(individual__in=individuals, group__activity__in=wanted)
        done = done.filter(state=State.CONFIRMED)
        for person, activity, day in done.values_list("individual", "group__activity", "group__season__ends_on"):
            ended[person, activity] = min(day, ended.get((person, activity), day))
    return {
        (group.pk, one.pk)
        for group in groups
        for one in individuals
        if (asked := group.activity.prerequisite_id) is None
        or ended.get((one.pk, asked), group.season.starts_on) < group.season.starts_on
    }


def prerequisite_words(group: Group) -> str:
    """What must be done before a group, in the active language. Reads `activity.prerequisite`."""
    return _("First comes “%(activity)s”, done and finished. Was it elsewhere? Call us: we look at it with you.") % {
        "activity": group.activity.prerequisite
    }


def live_places(group: Group, individuals: Sequence[Individual]) -> Mapping[int, Registration]:
    """The live registrations of these people in a locked group, by the id of the person."""
    rows = Registration.objects.filter(group=group, individual__in=individuals, state__in=Registration.LIVE)
    return {row.individual_id: row for row in rows.select_related("individual")}
