"""Finding, registering and updating people."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import TestCase
from django.utils import translation

from parvis.apps.cases.models import Case
from parvis.apps.catalogue.queries.restrictions import restricted_subjects
from parvis.apps.content.models import Answer
from parvis.apps.directory.models import Actor, User
from parvis.apps.intake.models import Contact, Given, Matter
from parvis.apps.intake.queries.contacts import file
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.people import find, lookalikes
from parvis.apps.residents.services.people import Newcomer, register_from_public_form, register_person, update_person
from parvis.lib.errors import Invalid, NotAllowed
from tests.counting import statements
from tests.factories import SmallTown, make_address, unique

pytestmark = pytest.mark.django_db


@pytest.fixture
def jeanne() -> Person:
    where = make_address(2480, "chemin Bellevue")
    return register_person(
        name="Jeanne Côté", phone="450 658-1066", email="Jeanne.Cote@Exemple.ca", address=where, by=Actor.citizen()
    )


@pytest.mark.parametrize(
    "said",
    [
        "jeanne", "cote jea", "CÔTÉ", "658-1066", "(450) 658", "+1 450 658-1066", "14506581066", "1066", "450.658.1066",
        "jeanne.cote@exemple.ca", "cote@exemple", "2480 bellevue", "2480", "jeanne 1066", "ch bellevue",
    ],
)  # fmt: skip
def test_a_person_is_found_by_any_of_it(jeanne: Person, said: str) -> None:
    register_person(name="Luc Bouchard", phone="514 555-0123", by=Actor.citizen())
    assert find(said) == [jeanne]


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("Luc Tremblay", "tremblé"),
        ("Luc Gauthier", "luc gautier"),
        ("Anne Thibeault", "thibaud"),
        ("Arsenault", "arseneau"),
        ("Lefebvre", "lefevre"),
        ("Lévesque", "levèque"),
        ("Desjardins", "dejardin"),
        ("Bélanger", "bellanger"),
        ("François Roy", "fransois roi"),
        ("Philippe Cayer", "filip cayer"),
        ("Jacques Paquette", "jack paquet"),
    ],
)
def test_a_name_is_found_as_it_is_heard(written: str, heard: str) -> None:
    person = register_person(name=written, by=Actor.citizen())
    register_person(name="Simon Bouchard", by=Actor.citizen())
    assert find(heard) == [person]


def test_the_right_spelling_comes_without_those_that_sound_alike() -> None:
    right, _alike = (
        register_person(name="Luc Gautier", by=Actor.citizen()),
        register_person(name="Luc Gauthier", by=Actor.citizen()),
    )
    assert find("gautier") == [right]


@pytest.mark.parametrize("said", ["", "999", "658-9999", "jeanne bouchard", "%", "'", "@"])
def test_others_are_not_found(jeanne: Person, said: str) -> None:
    assert find(said) == []


def test_finding_costs_the_same_for_one_or_fifty(jeanne: Person) -> None:
    def labels(people: list[Person]) -> list[str]:
        return [f"{p.name} {[n.number for n in p.phones.all()]} {p.address and p.address.label}" for p in people]

    case = TestCase()
    with case.assertNumQueries(3):
        assert len(labels(find("cote", limit=50))) == 1
    for rank in range(49):
        register_person(
            name=f"Simon Côté {rank}", phone=f"450 555-01{rank:02d}", address=jeanne.address, by=Actor.citizen()
        )
    with case.assertNumQueries(3):
        assert len(labels(find("cote", limit=50))) == 50
    assert len(find("cote", limit=5)) == 5


def test_what_is_typed_is_kept_in_one_form(jeanne: Person) -> None:
    assert [row.number for row in jeanne.phones.all()] == ["+14506581066"]
    assert jeanne.email == "jeanne.cote@exemple.ca"
    assert jeanne.reach == Person.Reach.EMAIL
    kept = register_person(name="  Luc \n Roy\x00 ", language="EN-ca", by=Actor.citizen())
    assert (kept.name, kept.language, kept.reach, kept.email) == ("Luc Roy", "en", Person.Reach.EMAIL, "")


def test_to_be_called_is_the_wish_of_those_alone_who_could_be_written_to() -> None:
    with translation.override("en"):
        called = register_person(name="Rose Roy", phone="418 555-0123", reach="phone", by=Actor.citizen())
        wished = register_person(
            name="Rose Cyr", phone="418 555-0124", email="r@exemple.ca", reach="phone", by=Actor.citizen()
        )
        unwanted = register_person(name="Rose Dubé", phone="418 555-0125", reach="none", by=Actor.citizen())
        words = [person.wish for person in (called, wished, unwanted)]
    assert words == ["", "by phone: call, do not write", "does not wish to be contacted"]


def test_a_stranger_who_comes_back_with_a_phone_alone_is_one_person(town: SmallTown) -> None:
    for _time in range(2):
        register_from_public_form(Newcomer(name="Rose Roy", phone="418 555-0123"))
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("450-658-1066", "+14506581066"),
        ("1 450 658 1066", "+14506581066"),
        ("(450)658.1066", "+14506581066"),
        ("+33 1 42 68 53 00", "+33142685300"),
        ("819 555-0142", "+18195550142"),
    ],
)
def test_phones_are_read_as_people_write_them(typed: str, kept: str) -> None:
    assert [row.number for row in register_person(name="A", phone=typed, by=Actor.citizen()).phones.all()] == [kept]


@pytest.mark.parametrize("typed", ["658-1066", "12", "abc", "450 658-106", "450 658-1066 poste 201", "9" * 30])
def test_a_phone_that_cannot_be_rung_is_refused_beside_its_field(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        register_person(name="Jeanne", phone=typed, by=Actor.citizen())
    assert list(refusal.value.fields) == ["phone"]
    assert not Person.objects.exists()


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refusal, translation.override("en"):
        register_person(name=" ", phone="1", email="jeanne@", audience="king", reach="pigeon", by=Actor.citizen())
    assert set(refusal.value.fields) == {"name", "phone", "email", "audience", "reach"}
    with pytest.raises(Invalid):
        register_person(name="Jeanne", email="jeanne@exemple.ca\nBcc: tous@exemple.ca", by=Actor.citizen())


def test_registering_never_merges_but_lookalikes_are_told(jeanne: Person) -> None:
    twin = register_person(name="J. Côté", phone="4506581066", by=Actor.citizen())
    assert twin.pk != jeanne.pk
    assert lookalikes("450.658.1066", "") == [twin, jeanne]
    assert lookalikes("", "JEANNE.COTE@exemple.ca") == [jeanne]
    assert lookalikes("not a phone", "nor an address") == []
    assert lookalikes("", "") == []


def test_a_change_is_found_under_the_new_words_only(jeanne: Person) -> None:
    update_person(
        person=jeanne, name="Jeanne Roy", email="", phones=["514 555-0123"], address_text="Chambly", by=Actor.citizen()
    )
    assert find("cote") == find("1066") == find("bellevue") == []
    [person] = find("roy chambly 0123")
    assert (person.address, person.address_text, person.email) == (None, "Chambly", "")


def test_a_change_leaves_the_rest_and_adds_a_number(jeanne: Person) -> None:
    after = update_person(person=jeanne, phone="514 555-0123", by=Actor.citizen())
    assert [row.number for row in after.phones.order_by("pk")] == ["+14506581066", "+15145550123"]
    assert (after.name, after.email, after.address) == (jeanne.name, jeanne.email, Address.objects.get())
    assert find("1066") == find("0123") == [after]


def test_a_refused_change_changes_nothing(jeanne: Person) -> None:
    with pytest.raises(Invalid):
        update_person(person=jeanne, name="Jeanne Roy", phone="12", by=Actor.citizen())
    assert [person.name for person in find("1066")] == ["Jeanne Côté"]


def test_only_those_whose_role_says_so_keep_people(town: SmallTown, jeanne: Person) -> None:
    for user in (town.agent, town.technician, town.manager):
        register_person(name="Luc", by=Actor.staff(user))
    update_person(person=jeanne, name="Jeanne Roy", by=Actor.staff(town.agent))
    refused: list[User] = [town.editor, town.privacy_officer, town.citizen]
    for user in refused:
        with pytest.raises(NotAllowed):
            register_person(name="Luc", by=Actor.staff(user))
    for user in [town.technician, *refused]:
        with pytest.raises(NotAllowed):
            update_person(person=jeanne, name="X", by=Actor.staff(user))


def test_an_empty_file_is_a_file(town: SmallTown, jeanne: Person) -> None:
    read = file(jeanne, user=town.agent)
    assert (read.person, read.contacts, read.cases, read.given) == (jeanne, [], [], [])


def call(person: Person, town: SmallTown, answer: Answer, day: int) -> None:
    """A call on that day with one answer given and one case opened."""
    at = datetime(2026, 11, 1, 15, tzinfo=UTC) + timedelta(days=day)
    contact = Contact.objects.create(key=unique(), channel="phone", person=person, agent=town.agent, started_at=at)
    case = Case.objects.create(
        reference=unique("ref"),
        key=unique(),
        subject=town.pothole,
        nature="request",
        channel="phone",
        title="Trou",
        person=person,
        department=town.works,
        opened_at=at,
        changed_at=at,
    )
    Matter.objects.create(contact=contact, key=unique(), outcome="case", case=case, at=at, subject=town.pothole)
    told = Matter.objects.create(contact=contact, key=unique(), outcome="answered", at=at, subject=town.shed)
    Given.objects.create(matter=told, answer=answer, language="fr", words=f"Jour {day}", at=at)


def test_a_file_tells_what_was_said_and_asked_latest_first_at_constant_cost(town: SmallTown, jeanne: Person) -> None:
    def answers() -> list[str]:
        read = file(jeanne, user=town.agent)
        assert [str(contact.agent) for contact in read.contacts] == ["Alice Cote"] * len(read.contacts)
        assert [str(case.subject) + str(case.department) for case in read.cases]
        return [
            f"{given.words} {given.answer.subject.slug if given.answer else ''} {given.matter.contact.channel}"
            for given in read.given
        ]

    answer = Answer.objects.create(
        subject=town.shed,
        title_fr="Cabanon",
        short_fr="Oui",
        summary_fr="Oui",
        owner=town.planning,
        review_on=date(2027, 6, 1),
    )
    call(jeanne, town, answer, 0)
    restricted_subjects()  # read once a second at most
    with statements() as capture_queries_context:
        assert answers() == ["Jour 0 cabanon phone"]
    for day in range(1, 20):
        call(jeanne, town, answer, day)
    with statements() as twenty:
        assert answers()[:2] == ["Jour 19 cabanon phone", "Jour 18 cabanon phone"]
    assert len(capture_queries_context) == len(twenty)
    assert (
        len(file(jeanne, user=town.agent, limit=5).cases) == len(file(jeanne, user=town.agent, limit=5).contacts) == 5
    )
