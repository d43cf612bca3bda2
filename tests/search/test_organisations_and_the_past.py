"""Searching organisations, and reindexing after an upgrade."""

import pytest

from parvis.apps.directory.models import Actor
from parvis.apps.intake.models import Contact
from parvis.apps.intake.queries.contacts import find_contacts
from parvis.apps.intake.services import indexing
from parvis.apps.residents.models import Organisation
from parvis.apps.residents.queries.people import find_organisations
from parvis.apps.residents.services.organisations import register_organisation, update_organisation
from parvis.apps.search import services as search
from parvis.apps.search.models import IndexRebuild, SearchRow
from parvis.lib.clock import now
from parvis.operations.preparation import fill_search
from tests.counting import statements
from tests.desk.case.made import entered, text
from tests.factories import SmallTown, make_person, unique

pytestmark = pytest.mark.django_db


@pytest.fixture
def bakery(town: SmallTown) -> Organisation:
    organisation = register_organisation(name="Boulangerie Gauthier", by=Actor.staff(town.agent))
    return update_organisation(
        organisation_id=organisation.pk, name=organisation.name, kind=organisation.kind,
        phone="450 555-0177", email="pain@exemple.ca",
        address=town.address, by=town.agent,
    )  # fmt: skip


@pytest.mark.parametrize(
    "typed", ["boulangerie", "GAUTHIER boul", "Gautier", "boulangrie", "0177", "450 555-0177", "5550", "pain"]
)
def test_an_organisation_is_found_as_a_person_is(town: SmallTown, bakery: Organisation, typed: str) -> None:
    register_organisation(name="Garage Roy", by=Actor.staff(town.agent))
    assert find_organisations(typed) == [bakery]


def test_the_search_shows_organisations_to_those_who_may_see_them(town: SmallTown, bakery: Organisation) -> None:
    page = text(entered(town.agent).get("/desk/search/preview/", {"q": "boulangrie"}))
    assert "Boulangerie Gauthier" in page and "450 555-0177" in page and town.address.label in page
    assert bakery.name in text(entered(town.agent).get("/desk/search/instant", {"q": "gauthi"}))
    assert bakery.name not in text(entered(town.editor).get("/desk/search/preview/", {"q": "boulangerie"}))


def test_they_cost_the_same_however_many(town: SmallTown, bakery: Organisation) -> None:
    client, counts = entered(town.agent), []
    client.get("/desk/search/preview/", {"q": "boulangerie"})  # fills the process caches
    for some in range(2):
        with statements() as queries:
            page = text(client.get("/desk/search/preview/", {"q": "boulangerie"}))
        counts.append(len(queries))
        assert page.count("Boulangerie") == (6 if some else 1)
        for at in range(30):
            register_organisation(name=f"Boulangerie {at}", by=Actor.staff(town.agent))
    assert counts[0] == counts[1]


def over(person: str, words: str) -> Contact:
    """A contact from before contacts were indexed."""
    moment, who = now(), make_person(person)
    return Contact.objects.create(
        key=unique(), channel="phone", state="done", person=who, phone="+14505550188", text=words,
        started_at=moment, ended_at=moment,
    )  # fmt: skip


def test_an_upgraded_database_finds_the_contacts_and_organisations_of_its_past(
    town: SmallTown, bakery: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "AT_ONCE", 2)
    old = [over("Lucie Tremblay", "grenouille"), over("Ali Ben", "clôture"), over("Ann Roy", "trottoir")]
    waiting = Contact.objects.create(key=unique(), channel="email", text="grenouille bleue", started_at=now())
    SearchRow.objects.filter(kind="org").delete()
    assert find_contacts("grenouille", town.agent) == [] and find_organisations("gauthier") == []
    assert next(iter(indexing.index_contacts())) == 2  # then the process stops
    assert find_contacts("cloture", town.agent) == [old[1]] and find_contacts("trottoir", town.agent) == []
    assert list(fill_search()) == ["Contacts made findable: 1.", "Organisations made findable: 1."]
    assert find_contacts("grenouille", town.agent) == [old[0]] and find_contacts("0188 roy", town.agent) == [old[2]]
    assert find_organisations("gautier") == [bakery] and find_organisations("boulangrie") == [bakery]
    assert not SearchRow.objects.filter(kind="contact", object_id=waiting.pk).exists()
    with statements() as queries:
        assert list(fill_search()) == []
    assert [
        query for query in queries if "residents_organisation" in query["sql"] or "intake_contact" in query["sql"]
    ] == []


def test_a_new_edition_of_the_words_is_indexed_again_from_the_first(bakery: Organisation) -> None:
    list(fill_search())
    IndexRebuild.objects.filter(kind="org").update(version=0)
    SearchRow.objects.filter(kind="org").delete()
    assert list(fill_search()) == ["Organisations made findable: 1."]
    assert find_organisations("gauthier") == [bakery]


def test_what_is_found_already_is_not_written_again(town: SmallTown) -> None:
    contact = over("Lucie Tremblay", "grenouille")
    indexing.index_contact(contact)
    assert list(fill_search()) == []
    assert find_contacts("grenouille", town.agent) == [contact]
