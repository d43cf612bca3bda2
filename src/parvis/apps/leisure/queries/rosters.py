"""Who is in a group: for its instructor, and for who manages leisure, with the means of contact of who pays."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from parvis.apps.households.models import HouseholdLink, Individual
from parvis.apps.households.rules import age_on
from parvis.apps.leisure.models import Group, Registration
from parvis.apps.leisure.queries.occupancy import participants_of
from parvis.apps.leisure.queries.registrations import RegistrationView
from parvis.apps.residents.models import Person
from parvis.lib import clock
from parvis.lib.words import fold

State = Registration.State
KEPT = (State.AWAITING_PAYMENT, State.CONFIRMED)
"""The states of those who come."""


@dataclass(frozen=True)
class Participant:
    """Someone who comes, as the instructor knows them; `pick_up` are who may come for a child, in any household."""

    name: str
    age: int | None
    is_child: bool
    pick_up: tuple[str, ...]


def roster_of(group: Group) -> list[Participant]:
    """Those who come, by name, with their age today. Two queries."""
    rows = Registration.objects.filter(group=group, state__in=KEPT).select_related("individual")
    people = [row.individual for row in rows]
    allowed = _who_picks_up(people)
    today = clock.today()
    found = [Participant(one.name, _age(one, today), one.person_id is None, tuple(allowed[one.pk])) for one in people]
    return sorted(found, key=lambda one: fold(one.name))


def _who_picks_up(people: Iterable[Individual]) -> dict[int, list[str]]:
    """By child, the adults of their households who may come for them."""
    children = HouseholdLink.objects.filter(
        individual__in=[one.pk for one in people], role=HouseholdLink.Role.CHILD, ended_at=None
    )
    adults = HouseholdLink.objects.filter(
        household__links__in=children, role=HouseholdLink.Role.ADULT, may_pick_up=True, ended_at=None
    )
    pairs = adults.order_by("pk").values_list("household__links__individual", "individual__name").distinct()
    found: dict[int, list[str]] = defaultdict(list)
    for child, name in pairs:
        if name not in found[child]:
            found[child].append(name)
    return found


@dataclass(frozen=True)
class ListLine:
    """One registration, as who manages leisure sees it; `person`: the desk's file of who pays, None when unknown."""

    registration: Registration
    state: Registration.State
    rank: int | None
    age: int | None
    payer: str
    person: Person | None


def contacts_of(group: Group) -> list[ListLine]:
    """The registrations of a group that live, those with a place first, with who pays. A constant number of queries."""
    views = participants_of(group)
    payers, rule = payers_of({view.registration.household_id for view in views}), group.season.rule_date
    return [_line(view, payers.get(view.registration.household_id), rule) for view in views]


def _line(view: RegistrationView, payer: Individual | None, rule: date) -> ListLine:
    person = payer.person.canonical if payer and payer.person else None
    age = _age(view.registration.individual, rule)
    return ListLine(view.registration, view.state, view.rank, age, payer.name if payer else "", person)


def payers_of(household_ids: Iterable[int]) -> dict[int, Individual]:
    """Who pays in each of these households, else an adult of it, with their file. Two queries."""
    links = HouseholdLink.objects.filter(household__in=household_ids, role=HouseholdLink.Role.ADULT, ended_at=None)
    links = links.select_related("individual__person__merged_into").prefetch_related("individual__person__phones")
    found: dict[int, Individual] = {}
    for link in sorted(links, key=lambda link: (not link.is_payer, not link.may_register, link.pk)):
        found.setdefault(link.household_id, link.individual)
    return found


def _age(individual: Individual, day: date) -> int | None:
    return age_on(individual.born, day) if individual.born else None
