"""The groups that a household noted: what each one is at this moment, and what came of asking for their places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from parvis.apps.households.models import Household, Individual
from parvis.apps.households.queries import residence_of
from parvis.apps.leisure.models import Registration, Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries.catalogue import GroupView
from parvis.apps.leisure.queries.lines import admission
from parvis.apps.leisure.queries.wishes import WishView, wishes_of
from parvis.apps.leisure.services.registering import hold_places
from parvis.lib import clock, quebec
from parvis.lib.errors import Refused
from parvis.surfaces.public.leisure import words
from parvis.surfaces.public.leisure.people import Registrant

State = Registration.State


class Stage(StrEnum):
    """What may be done with a noted group now."""

    CANCELLED = "cancelled"
    TO_CHOOSE = "to-choose"
    BEFORE = "before"
    IN_LINE = "in-line"
    FULL = "full"
    READY = "ready"


@dataclass(frozen=True)
class Outcome:
    """What came of asking for the places of a noted group, in words; `done`: everyone has a place, or waits."""

    done: bool
    words: str
    held: bool = False
    full: bool = False


@dataclass(frozen=True)
class Noted:
    """A noted group, as a line of the list."""

    wish: WishView
    stage: Stage
    names: str
    hours: str
    left: str
    price: str
    opens: str
    outcome: Outcome | None

    @property
    def view(self) -> GroupView:
        return self.wish.view


def noted_groups(household: Household, outcomes: Mapping[str, Outcome] | None = None) -> list[Noted]:
    """What a household noted, in its order. The number of queries depends on the seasons alone."""
    wishes = wishes_of(household)
    resident = residence_of(household, clock.today()).resident
    seasons = {wish.view.season.pk: wish.view.season for wish in wishes}
    admitted = {season.pk for season in seasons.values() if admission(household, season, clock.now()).admitted}
    return [_noted(wish, resident, admitted, (outcomes or {}).get(wish.view.slug)) for wish in wishes]


def _noted(wish: WishView, resident: bool, admitted: set[int], outcome: Outcome | None) -> Noted:
    view, season = wish.view, wish.view.season
    opens = season.opens_at(resident=resident)
    return Noted(
        wish=wish,
        stage=_stage(wish, resident, season, admitted),
        names=names_of(wish.people),
        hours=words.hours_words(view),
        left=words.left_words(view),
        price=words.price_words(_price(view, resident=resident)),
        opens=words.moment_words(opens) if opens > clock.now() else "",
        outcome=outcome,
    )


def _stage(wish: WishView, resident: bool, season: Season, admitted: set[int]) -> Stage:
    if wish.view.group.cancelled_at:
        return Stage.CANCELLED
    if not wish.people:
        return Stage.TO_CHOOSE
    if clock.now() < season.opens_at(resident=resident):
        return Stage.BEFORE
    if season.pk not in admitted:
        return Stage.IN_LINE
    return Stage.READY if wish.view.left_for(resident=resident) else Stage.FULL


def _price(view: GroupView, *, resident: bool) -> int:
    other = view.group.non_resident_price_cents
    return view.price_cents if resident or other is None else other


def ask_for(
    registrant: Registrant, household: Household, wishes: Iterable[WishView], *, wait: bool
) -> dict[str, Outcome]:
    """Asks for the places of these noted groups, one after the other: by slug, what came of each."""
    return {wish.view.slug: _ask(registrant, household, wish, wait=wait) for wish in wishes}


def _ask(registrant: Registrant, household: Household, wish: WishView, *, wait: bool) -> Outcome:
    try:
        taken = hold_places(
            household=household,
            group=wish.view.group,
            individuals=wish.people,
            together=wish.together,
            wait=wait,
            channel=Channel.WEB,
            assurance=registrant.assurance,
            account=registrant.account,
        )
    except Refused as refusal:
        said = [str(each) for each in refusal.fields.values()] or [str(refusal.message)]
        return Outcome(done=False, words=" ".join(said), full=refusal.code == "full")
    return outcome_of(wish.people, taken)


def outcome_of(people: Sequence[Individual], taken: Sequence[Registration]) -> Outcome:
    """What came of it for each of them."""
    by_state = {row.individual_id: row.state for row in taken}
    held = [one for one in people if by_state.get(one.pk) == State.HELD]
    waiting = [one for one in people if by_state.get(one.pk) == State.WAITING]
    missed = [one for one in people if one.pk not in by_state]
    said = []
    if held:
        said.append(_("In your basket: %(names)s.") % {"names": names_of(held)})
    if waiting:
        said.append(_("On the waiting list: %(names)s.") % {"names": names_of(waiting)})
    if missed:
        said.append(_("No place was left for %(names)s.") % {"names": names_of(missed)})
    return Outcome(done=not missed, words=" ".join(said), held=bool(held), full=bool(missed))


def names_of(people: Sequence[Individual]) -> str:
    """Reads "Léa et Tom"."""
    return quebec.join([one.name for one in people], words.lang())
