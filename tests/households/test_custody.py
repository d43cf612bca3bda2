"""Who must not come for a child: recorded by who manages leisure alone, ended by two people, told to no household."""

from datetime import date
from typing import Any

import pytest
from pytest_django import Settings

from parvis.apps.directory.models import Actor, User
from parvis.apps.households.models import Individual, PickUpRestriction, RestrictionEnding
from parvis.apps.households.queries import is_barred_in, members_of, restrictions_on
from parvis.apps.households.services.changes import remove_member, restore_member
from parvis.apps.households.services.custody import ask_to_end_restriction, decide_ending, restrict_pick_up
from parvis.apps.households.services.households import add_adult, link_child
from parvis.apps.mail.models import Outgoing
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories import SmallTown
from tests.households.makers import make_family, make_household

pytestmark = [pytest.mark.usefixtures("town"), pytest.mark.both_databases]
ME = Actor.citizen()


@pytest.fixture(autouse=True)
def _december(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-12-08T09:00:00-05:00"


def bar(child: Individual, by: User, name: str = "Martin Roy", adult: Individual | None = None) -> PickUpRestriction:
    day = date(2026, 6, 2)
    return restrict_pick_up(child=child, adult=adult, name=name, document="judgment", document_on=day, by=by)


def test_only_who_manages_leisure_records_it_once_with_a_document(town: SmallTown) -> None:
    """Point 23."""
    _account, home, lea, _emile = make_family()
    for user in (town.agent, town.instructor, town.privacy_officer, town.manager):
        with pytest.raises(NotAllowed):
            bar(lea, user)
    with pytest.raises(Invalid) as refused:
        restrict_pick_up(
            child=lea, adult=None, name=" ", document="letter", document_on=date(2027, 1, 1), by=town.leisure_manager
        )
    assert set(refused.value.fields) == {"name", "document", "document_on"}
    bar(lea, town.leisure_manager)
    with pytest.raises(Conflict):
        bar(lea, town.leisure_manager, "ROY, Martin")
    with pytest.raises(Conflict):
        bar(members_of(home)[0].individual, town.leisure_manager)


def ask(row: PickUpRestriction, by: User, **values: Any) -> RestrictionEnding:
    said: dict[str, Any] = {
        "document": "judgment",
        "document_on": date(2026, 12, 4),
        "why": "Jugement du 4 décembre",
    } | values
    return ask_to_end_restriction(restriction=row, **said, by=by)


def test_it_ends_by_a_document_that_two_people_saw(town: SmallTown) -> None:
    """It goes on until the second one decides; the letter that asks them names nobody."""
    _account, home, lea, _emile = make_family()
    row = bar(lea, town.leisure_manager)
    for user in (town.agent, town.manager, town.clerk, town.administrator):
        with pytest.raises(NotAllowed):
            ask(row, user)
    for field, value in [
        ("document", "lettre"),
        ("document_on", date(2026, 6, 1)),
        ("document_on", date(2027, 1, 1)),
        ("why", " "),
    ]:
        with pytest.raises(Invalid) as refused:
            ask(row, town.leisure_manager, **{field: value})
        assert list(refused.value.fields) == [field]
    ending = ask(row, town.leisure_manager)
    with pytest.raises(Conflict):
        ask(row, town.leisure_manager)
    letter = Outgoing.objects.get(to=town.clerk.email)
    assert not any(name in str(letter.args) for name in ("Martin", "Léa", lea.name))
    assert is_barred_in(home, None, "Martin Roy")
    for user in (town.leisure_manager, town.agent, town.manager, town.administrator, town.treasurer):
        with pytest.raises(NotAllowed):
            decide_ending(ending=ending, approved=True, by=user)
    with pytest.raises(Invalid):
        decide_ending(ending=ending, approved=False, by=town.clerk)
    decide_ending(ending=ending, approved=False, note="Ce jugement est un autre.", by=town.clerk)
    assert is_barred_in(home, None, "Martin Roy")
    decide_ending(ending=ask(row, town.leisure_manager), approved=True, by=town.clerk)
    assert restrictions_on([lea.pk]) == {} and not is_barred_in(home, None, "Martin Roy")
    row.refresh_from_db()
    assert (row.ended_by, row.endings.last().decided_by) == (town.leisure_manager, town.clerk)  # type: ignore[union-attr]
    with pytest.raises(Conflict):
        ask(row, town.leisure_manager)


def test_no_household_of_the_child_gives_that_person_the_right_to_come_nor_reads_why(town: SmallTown) -> None:
    """Point 23: the refusal tells nothing."""
    _account, mother, lea, _emile = make_family()
    _other, grandmother = make_household("Berthe Roy", "berthe@exemple.ca")
    link_child(child=lea, household=grandmother, by=town.agent)
    bar(lea, town.leisure_manager)
    for household in (mother, grandmother):
        with pytest.raises(Invalid) as refused:
            add_adult(household=household, name="Martin ROY", may_pick_up=True, by=ME)
        assert list(refused.value.fields) == ["may_pick_up"]
        words = str(refused.value.fields["may_pick_up"]).lower()
        assert not any(word in words for word in ("tribunal", "court", "judgment", "jugement", "garde"))
    added = add_adult(household=grandmother, name="Martin Roy", may_pick_up=False, by=ME)
    assert added.name == "Martin Roy"


def test_one_who_left_does_not_come_back_with_the_right(town: SmallTown) -> None:
    _account, home, lea, _emile = make_family()
    martin = add_adult(household=home, name="Martin Roy", may_pick_up=True, by=ME)
    remove_member(household=home, individual=martin, by=ME)
    bar(lea, town.leisure_manager, adult=martin, name="")
    with pytest.raises(Conflict):
        restore_member(household=home, public_id=martin.public_id, by=ME)
