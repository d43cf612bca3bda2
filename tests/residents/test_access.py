"""What each role may see of a person: `may_see` against a table written by hand."""

import pytest

from parvis.apps.directory.rules.permissions import Role
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.access import Field, may_see
from tests.factories import SmallTown

pytestmark = pytest.mark.django_db
# For an ordinary file, a sensitive one, and one with a protected address. X: always; r: with a stated reason; c: with a
# reason, or a request in common, which is what a technician has, and the manager of a department. Who manages leisure
# reads people by the same rule, and the place of no request.
MATRIX = """
                   plain  sensitive  protected
    name             X        X          X
    phone            c        r          r
    email            c        r          r
    address          c        r          r
    file             c        r          r
    place            X        X          r
"""
PEOPLE = {
    "plain": Person(),
    "sensitive": Person(sensitive=True),
    "protected": Person(sensitive=True, address_protected=True),
}
READERS = (Role.AGENT, Role.TECHNICIAN, Role.MANAGER, Role.PRIVACY_OFFICER, Role.CLERK, Role.LEISURE_MANAGER)
OF_A_DEPARTMENT = (Role.TECHNICIAN, Role.MANAGER, Role.LEISURE_MANAGER)
READS_NO_CASE = (Role.LEISURE_MANAGER,)
HEAD, *LINES = (line.split() for line in MATRIX.strip().splitlines())


@pytest.mark.parametrize(
    ("field", "kind", "mark"), [(f, k, m) for f, *ms in LINES for k, m in zip(HEAD, ms, strict=True)]
)
def test_each_cell_of_what_may_be_seen_of_a_person(town: SmallTown, field: str, kind: str, mark: str) -> None:
    for role in Role:
        reader, person = town.staff[role], PEOPLE[kind]
        seen = [may_see(person, Field(field), reader, **given) for given in ({}, {"in_common": True}, {"reason": True})]
        if role in READS_NO_CASE and field == Field.PLACE:
            assert seen == [False] * 3, role
            continue
        alone = mark == "X" or (mark == "c" and role not in OF_A_DEPARTMENT)
        expected = [alone, mark in "Xc", True] if role in READERS else [False] * 3
        assert seen == expected, role


def test_the_table_here_forgets_no_field() -> None:
    assert {line[0] for line in LINES} == set(Field)


def test_a_citizen_with_an_account_sees_nothing_of_anybody(town: SmallTown) -> None:
    assert not any(may_see(Person(), field, town.citizen, reason=True) for field in Field)
