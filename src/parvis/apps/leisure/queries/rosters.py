"""Who is in a group: for its instructor, with health, consents and custody; and for who manages leisure, with the means
of contact of who pays, and without these.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from parvis.apps.households.models import ConsentPurpose, HealthForm, HouseholdLink, Individual, PickUpRestriction
from parvis.apps.households.queries import (
    OF_CHILDREN,
    HealthState,
    calls_for,
    consents_in_force,
    emergency_contacts_of,
    health_forms_of,
    health_states,
    is_barred,
    restrictions_on,
)
from parvis.apps.households.rules import Call, age_on
from parvis.apps.leisure.models import Group, Registration
from parvis.apps.leisure.queries.bounds import unproved
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
    """Someone who comes, as the list shows them; `pick_up` are who may come for a child, in any household.

    `health` is the state of their form today; None when the activity asks for none. For whoever leads the group alone:
    `must_not_come`, by name, and `consents`, what is in force at this moment (None for everyone else).
    """

    individual_id: int
    name: str
    age: int | None
    is_child: bool
    pick_up: tuple[str, ...]
    health: HealthState | None
    must_not_come: tuple[str, ...] = ()
    consents: Sequence[tuple[ConsentPurpose, bool]] | None = None


def roster_of(group: Group, *, leads: bool) -> list[Participant]:
    """Those who come, by name, with their age today. A constant number of queries.

    `leads`: for whoever may read health there (`access.may`), who logs what is shown of custody.
    """
    rows = list(_coming(group))
    people = [row.individual for row in rows]
    ids = [one.pk for one in people]
    barred, today = restrictions_on(ids), clock.today()
    allowed = _who_picks_up(people, barred)
    states = health_states((row.individual_id, row.household_id) for row in rows) if group.activity.health_form else {}
    consents = consents_in_force(ids) if leads else {}
    found = [
        Participant(
            individual_id=one.pk,
            name=one.name,
            age=_age(one, today),
            is_child=one.person_id is None,
            pick_up=tuple(allowed[one.pk]),
            health=states.get((one.pk, row.household_id)),
            must_not_come=tuple(each.name for each in barred.get(one.pk, ())) if leads else (),
            consents=_answers(consents.get(one.pk, set()), is_child=one.person_id is None) if leads else None,
        )
        for row, one in zip(rows, people, strict=True)
    ]
    return sorted(found, key=lambda one: fold(one.name))


def _coming(group: Group) -> QuerySet[Registration]:
    return Registration.objects.filter(group=group, state__in=KEPT).select_related("individual")


def _answers(given: set[ConsentPurpose], *, is_child: bool) -> list[tuple[ConsentPurpose, bool]]:
    return [(purpose, purpose in given) for purpose in ConsentPurpose if is_child or purpose not in OF_CHILDREN]


@dataclass(frozen=True)
class Said:
    """A health form, and whom its household would have called today, whatever was signed then."""

    form: HealthForm
    calls: Sequence[Call]


@dataclass(frozen=True)
class HealthLine:
    """Someone who comes, what their households said of their health, and the state of their form."""

    individual_id: int
    name: str
    state: HealthState
    said: Sequence[Said]

    @property
    def telling(self) -> bool:
        """Whether there is something to know."""
        return any(not one.form.nothing_to_report for one in self.said)


def health_of(group: Group) -> list[HealthLine]:
    """The health of those who come, those of whom there is something to know first, then by name. Four queries.

    For whoever may read health there (`access.may`), who logs it.
    """
    rows = list(_coming(group))
    states = health_states((row.individual_id, row.household_id) for row in rows)
    forms = health_forms_of(row.individual_id for row in rows)
    families = emergency_contacts_of(form.household_id for own in forms.values() for form in own)
    lines = [
        HealthLine(
            row.individual_id,
            row.individual.name,
            states[row.individual_id, row.household_id],
            [
                Said(form, calls_for(row.individual, form, families.get(form.household_id, ())))
                for form in forms.get(row.individual_id, ())
            ],
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: (not line.telling, fold(line.name)))


def _who_picks_up(
    people: Iterable[Individual], barred: Mapping[int, Sequence[PickUpRestriction]]
) -> dict[int, list[str]]:
    """By child, the adults of their households who may come for them, save those who must not."""
    children = HouseholdLink.objects.filter(
        individual__in=[one.pk for one in people], role=HouseholdLink.Role.CHILD, ended_at=None
    )
    adults = HouseholdLink.objects.filter(
        household__links__in=children, role=HouseholdLink.Role.ADULT, may_pick_up=True, ended_at=None
    )
    pairs = adults.order_by("pk").values_list("household__links__individual", "individual", "individual__name")
    found: dict[int, list[str]] = defaultdict(list)
    for child, adult, name in pairs.distinct():
        if name not in found[child] and not is_barred(barred.get(child, ()), adult, name):
            found[child].append(name)
    return found


@dataclass(frozen=True)
class ListLine:
    """One registration, as who manages leisure sees it; `person`: the desk's file of who pays, None when unknown.

    `unproved`: the town has only the word of the household about who comes.
    """

    registration: Registration
    state: Registration.State
    rank: int | None
    age: int | None
    payer: str
    person: Person | None
    unproved: bool = False


def contacts_of(group: Group) -> list[ListLine]:
    """The registrations of a group that live, those with a place first, with who pays. A constant number of queries."""
    views = participants_of(group)
    payers, rule = payers_of({view.registration.household_id for view in views}), group.season.rule_date
    declared = unproved(view.registration.individual for view in views)
    return [_line(view, payers.get(view.registration.household_id), rule, declared) for view in views]


def _line(view: RegistrationView, payer: Individual | None, rule: date, declared: Container[int]) -> ListLine:
    person = payer.person.canonical if payer and payer.person else None
    one = view.registration.individual
    name, said = payer.name if payer else "", one.pk in declared
    return ListLine(view.registration, view.state, view.rank, _age(one, rule), name, person, unproved=said)


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
