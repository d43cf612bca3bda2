"""Merging files and undoing it in any order restores each file and loses nothing."""

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services.journal import verify
from parvis.apps.cases.services.transitions import notification_channel
from parvis.apps.directory.models import Actor, User
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Contact
from parvis.apps.intake.queries import contacts
from parvis.apps.intake.services.contacts import receive
from parvis.apps.intake.services.persons import separate
from parvis.apps.residents.models import Merger, Organisation, Person, PersonAddress, PhoneNumber
from parvis.apps.residents.queries.people import HELD, by_id, find, holdings, household, ids_of, values_of
from parvis.apps.residents.rules.values import NAMES
from parvis.apps.residents.services import merging, organisations, places, privacy
from parvis.apps.residents.services.people import register_person, update_person
from parvis.apps.search.queries import find as lookup
from parvis.lib.errors import Conflict, NotAllowed
from tests.counting import statements
from tests.desk.case.made import opened
from tests.factories import SmallTown, make_address, unique

pytestmark = pytest.mark.django_db


def person(name: str, phone: str, town: SmallTown, **values: Any) -> Person:
    return register_person(name=name, phone=phone, by=Actor.staff(town.agent), **values)


def state(of: Person) -> dict[str, Any]:
    """All the values and rows of a file."""
    now = Person.objects.get(pk=of.pk)
    rows = [
        sorted((row.pk, row.came_from_id or 0, getattr(row, "until", None)) for row in model.objects.filter(person=now))
        for model in HELD
    ]
    return values_of(now) | {"organisation": now.organisation, "sensitive": now.sensitive, "rows": rows}


def test_one_file_is_read_through_the_other_and_given_back_exactly(town: SmallTown) -> None:
    jeanne = person(
        "Jeanne Arsenault", "450 555-0101", town, email="jeanne@exemple.ca", organisation="Épicerie du Quai"
    )
    other = person("J. Arseneau", "450 555-0102", town, address=make_address(14), reach="phone")
    case = opened(town, person=other)
    before = state(jeanne), state(other)
    merger = merging.merge(
        kept_id=jeanne.pk, absorbed_id=other.pk, chosen={"name": True, "address": True}, why="même date", by=town.agent
    )
    kept = Person.objects.get(pk=jeanne.pk)
    assert (kept.name, kept.postal_address) == ("J. Arseneau", "14, rue du Quai")
    assert {line.text for line in holdings(kept).phones} == {"+14505550101", "+14505550102"}
    assert by_id(other.pk) == kept and find("555-0102") == [kept] and ids_of(kept) == [kept.pk, other.pk]
    case.refresh_from_db()
    assert case.person == other, "the request stays where its journal says that it is"
    assert notification_channel(case.person) == Entry.NotifiedVia.EMAIL, (
        "and its citizen hears of it as the kept file wishes"
    )
    assert contacts.file(kept, user=town.agent).cases == [case]
    separate(merger_id=merger.pk, by=town.agent)
    assert (state(jeanne), state(other)) == before
    assert by_id(other.pk) == other
    with pytest.raises(Conflict):
        separate(merger_id=merger.pk, by=town.agent)


def test_what_came_since_by_a_number_of_its_own_goes_with_it(town: SmallTown) -> None:
    kept, other = person("Luc Roy", "450 555-0111", town), person("Luc Roi", "450 555-0112", town)
    merger = merging.merge(kept_id=kept.pk, absorbed_id=other.pk, chosen={}, why="même date", by=town.agent)
    absorbed_call, kept_call = called(town.agent, kept, "+14505550112"), called(town.agent, kept, "+14505550111")
    case = opened(town, person=kept)
    absorbed_call.matters.create(key=unique(), outcome="case", case=case, at=absorbed_call.started_at, by=town.agent)
    Contact.objects.update(state=Contact.State.DONE)
    since = contacts.came_since(merger)
    assert (since.goes, since.stays) == ([absorbed_call], [kept_call])
    assert lookup("case", "roi", 5) == lookup("contact", "roi", 5) == []
    with statements() as run:
        separate(merger_id=merger.pk, why="deux cousins", by=town.agent)
    locked_tables = [
        sql.split('FROM "')[1] for sql in (query["sql"] for query in run.captured_queries) if "FOR UPDATE" in sql
    ]
    first = [table.partition('"')[0] for table in locked_tables[:2]]
    if connection.features.has_select_for_update:
        assert first == ["cases_case", "residents_person"], "a request is held before its files, as everywhere"
    assert lookup("case", "roi", 5) == [case.pk] and lookup("contact", "roi", 5) == [absorbed_call.pk]
    for row in (absorbed_call, kept_call, case):
        row.refresh_from_db()
    assert (absorbed_call.person, kept_call.person, case.person) == (other, kept, other)
    assert Entry.objects.latest("pk").kind == Entry.Kind.REFILED
    assert [wrong for _reference, wrong in verify() if wrong] == []


def test_what_a_file_in_the_middle_took_is_given_back_above_it_too(town: SmallTown) -> None:
    """A is merged into B, which takes its e-mail, then B into C: undoing the first takes it out of both."""
    result = person("Ann Roy", "450 555-0171", town, email="ann@exemple.ca")
    two = person("Bea Roy", "450 555-0172", town, email="bea@exemple.ca")
    three = person("Cléo Roy", "450 555-0173", town, email="cleo@exemple.ca")
    take = {"email": True}
    lower = merging.merge(kept_id=two.pk, absorbed_id=result.pk, chosen=take, why="même date", by=town.agent)
    upper = merging.merge(kept_id=three.pk, absorbed_id=two.pk, chosen=take, why="même date", by=town.agent)
    separate(merger_id=lower.pk, by=town.agent)
    assert [Person.objects.get(pk=p.pk).email for p in (result, two, three)] == [
        *("ann@exemple.ca", "bea@exemple.ca", "bea@exemple.ca")
    ]
    assert find("ann@exemple.ca") == [result]
    separate(merger_id=upper.pk, by=town.agent)
    assert Person.objects.get(pk=three.pk).email == "cleo@exemple.ca"


def test_a_sensitive_file_is_found_by_its_name_and_whole_numbers_alone(town: SmallTown) -> None:
    rose = person("Rose Huot", "450 555-0181", town, email="rose@exemple.ca", address=make_address(81))
    other = person("R. Huot", "450 555-0182", town, email="huot@exemple.ca")
    flag = privacy.flag_file(person_id=rose.pk, kind="protected", why="Ordonnance", by=town.manager)
    merger = merging.merge(kept_id=rose.pk, absorbed_id=other.pk, chosen={}, why="même date", by=town.agent)
    hints = ("0181", "450555018", "0182", "rose@exemple.ca", "huot@exemple.ca", "81 rue du Quai")
    assert [find(hint) for hint in hints] == [[] for _hint in hints]
    for words in ("rose huot", "450 555-0181", "1 450 555-0182"):
        assert find(words) == [rose]
    privacy.lift_flag(person_id=rose.pk, flag_id=flag.pk, why="Levée", by=town.manager)
    assert [find(hint) for hint in hints] == [[rose] for _hint in hints]
    privacy.flag_file(person_id=rose.pk, kind="protected", why="Ordonnance", by=town.manager)
    separate(merger_id=merger.pk, by=town.agent)
    assert find("huot@exemple.ca") == [other] and find("rose@exemple.ca") == []


def test_a_value_changed_since_stays(town: SmallTown) -> None:
    kept, other = person("Ève Roy", "450 555-0121", town), person("Eve Roy", "450 555-0122", town)
    merger = merging.merge(kept_id=kept.pk, absorbed_id=other.pk, chosen={"name": True}, why="même date", by=town.agent)
    update_person(person=kept, name="Ève Roy-Huot", by=Actor.staff(town.agent))
    separate(merger_id=merger.pk, by=town.agent)
    assert Person.objects.get(pk=kept.pk).name == "Ève Roy-Huot" and Person.objects.get(pk=other.pk).name == "Eve Roy"


def test_who_may_merge_and_what_cannot_be(town: SmallTown) -> None:
    result, two, three = (person(f"P {n}", f"450 555-013{n}", town) for n in range(3))
    with pytest.raises(NotAllowed):
        merging.merge(kept_id=result.pk, absorbed_id=two.pk, chosen={}, why="même date", by=town.technician)
    merging.merge(kept_id=result.pk, absorbed_id=two.pk, chosen={}, why="même date", by=town.agent)
    with pytest.raises(Conflict):
        merging.merge(kept_id=three.pk, absorbed_id=two.pk, chosen={}, why="même date", by=town.agent)
    with pytest.raises(Conflict):
        places.add_address(person_id=two.pk, role="resident", text="ailleurs", by=town.agent)


def test_a_shared_number_leaves_the_choice(town: SmallTown) -> None:
    ann, bob = person("Ann Roy", "450 555-0141", town), person("Bob Roy", "450 555-0141", town)
    assert household("+14505550141") == [ann, bob] and household("") == []
    assert [line.text for line in holdings(ann).sharing] == ["Bob Roy"]


def called(agent: User, who: Person, phone: str) -> Contact:
    contact = receive(Arrival(channel="phone", key=unique(), by=Actor.staff(agent), person=who, phone=phone))
    return contact


@dataclass
class House:
    """Four files, their initial values, and the active mergers."""

    people: list[Person]
    first: list[dict[str, Any]]
    live: list[Merger] = field(default_factory=list)
    came: list[Contact] = field(default_factory=list)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["merge", "merge", "separate", "call"]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.sets(st.sampled_from(NAMES)),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, order=st.randoms(use_true_random=False))
@example(  # two files share a number; the older is merged into the other, and both into a third
    steps=[("merge", 1, 0, set()), ("merge", 2, 1, set()), ("separate", 1, 0, set())], order=random.Random(1)
)
def test_in_any_order_each_gets_back_what_it_had(town: SmallTown, steps: list[Any], order: Any) -> None:
    """After mergers and separations in any order, with calls in between, each file has its initial values and each
    contact is in exactly one file."""
    with transaction.atomic():
        house = _house(town)
        for what, result, two, chosen in steps:
            _step(town, house, what, result, two, chosen)
            kept = [p for p in Person.objects.filter(pk__in=[q.pk for q in house.people]) if p.merged_into_id is None]
            assert len(kept) == len(house.people) - len(house.live)
            seen = [pk for p in kept for pk in ids_of(p)]
            assert sorted(seen) == sorted(q.pk for q in house.people), "each file is read through one, once"
            assert all(p.merged_into is None or p.merged_into.merged_into is None for p in Person.objects.all())
        order.shuffle(house.live)
        for merger in house.live:
            separate(merger_id=merger.pk, by=town.agent)
        assert [state(p) for p in house.people] == house.first
        for contact in house.came:
            contact.refresh_from_db()
            assert contact.person in house.people
        assert [wrong for _reference, wrong in verify() if wrong] == []
        transaction.set_rollback(True)


def _house(town: SmallTown) -> House:
    firm = Organisation.objects.create(name="Les Toits Huot", created_at=town.agent.date_joined)
    shared = make_address(30)
    people = [
        person("Ann Roy", "450 555-0201", town, email="ann@exemple.ca", address=shared),
        person("Anne Roy", "450 555-0201", town, address=shared, language="en"),
        person("A. Roy-Huot", "450 555-0203", town, address_text="rang 3", reach="phone", audience="owner"),
        person("Ann Roi", "450 555-0204", town, email="roi@exemple.ca"),
    ]
    organisations.join_organisation(person_id=people[1].pk, organisation=firm, role="head", by=town.agent)
    organisations.join_organisation(person_id=people[2].pk, organisation=firm, role="head", by=town.agent)
    privacy.flag_file(person_id=people[3].pk, kind="employee", why="au greffe", by=town.manager)
    return House(people, [state(item) for item in people])


def _step(town: SmallTown, house: House, what: str, first: int, second: int, chosen: set[str]) -> None:
    if what == "call":
        who = Person.objects.get(pk=house.people[first].pk).canonical
        numbers = list(PhoneNumber.objects.filter(person=who).order_by("number").values_list("number", flat=True))
        house.came.append(called(town.agent, who, numbers[second % len(numbers)] if numbers else ""))
    elif what == "separate" and house.live:
        separate(merger_id=house.live.pop(first % len(house.live)).pk, by=town.agent)
    elif what == "merge":
        kept, other = (Person.objects.get(pk=house.people[at].pk) for at in (first, second))
        if kept != other and kept.merged_into_id is None and other.merged_into_id is None:
            take = dict.fromkeys(chosen, True)
            house.live.append(
                merging.merge(kept_id=kept.pk, absorbed_id=other.pk, chosen=take, why="même date", by=town.agent)
            )


def test_moving_out_closes_the_address_and_takes_back(town: SmallTown) -> None:
    who = person("Zoé Roy", "450 555-0151", town, address=town.address)
    case = opened(town, person=who)
    second = places.add_address(person_id=who.pk, role="owner", text="8, rue Haute", by=town.agent)
    first = PersonAddress.objects.get(person=who, address=town.address)
    assert places.move_out(person_id=who.pk, row_id=first.pk, on=None, by=town.agent) is True
    who.refresh_from_db()
    case.refresh_from_db()
    assert (who.postal_address, case.place) == ("8, rue Haute", "12, rue du Quai")
    places.move_back(person_id=who.pk, row_id=first.pk, main=True, by=town.agent)
    who.refresh_from_db()
    assert who.postal_address == "12, rue du Quai"
    places.remove_address(person_id=who.pk, row_id=second.pk, by=town.agent)
    assert [line.text for line in holdings(who).addresses] == ["12, rue du Quai"]
    assert Case.objects.get(pk=case.pk).address == town.address
