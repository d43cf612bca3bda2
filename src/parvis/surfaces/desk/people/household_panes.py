"""The households of someone, as their file at the desk shows them."""

from dataclasses import dataclass

from parvis.apps.households.models import Household, Individual, ResidenceProof
from parvis.apps.households.queries import (
    Member,
    Residence,
    households_of_person,
    members_of,
    proofs_of,
    residence_of,
)
from parvis.apps.leisure.queries.bounds import unproved
from parvis.apps.residents.models import Person
from parvis.lib import clock


@dataclass(frozen=True)
class Pane:
    """One household: its people with their ages, its residence, the one whose file it is; `unproved`: those, by id,
    of whom the town has only the word of the household.
    """

    household: Household
    members: list[tuple[Member, int | None]]
    residence: Residence
    proofs: list[ResidenceProof]
    own: Member
    unproved: set[int]

    @property
    def invitable(self) -> bool:
        """Whether the person may be sent the link that joins it to an account."""
        return self.own.link.may_register and self.own.individual.account_id is None

    @property
    def payers(self) -> list[Individual]:
        """Its adults in whose name the receipts could be, save the one in whose name they are."""
        links = [member.link for member, _age in self.members]
        return [link.individual for link in links if link.may_register and not link.is_payer]

    @property
    def children(self) -> list[Individual]:
        """Its children."""
        return [member.individual for member, _age in self.members if member.is_child]


def panes(person: Person) -> list[Pane]:
    """The households of the person, with the files merged into theirs; few queries for each."""
    return [_pane(household, person) for household in households_of_person(person)]


def _pane(household: Household, person: Person) -> Pane:
    today, members = clock.today(), members_of(household)
    theirs = (row for row in members if row.individual.person and row.individual.person.canonical == person)
    return Pane(
        household,
        [(member, member.age_on(today)) for member in members],
        residence_of(household, today),
        [proof for proof in proofs_of(household) if proof.expires_on > today],
        next(theirs),
        unproved(member.individual for member in members),
    )
