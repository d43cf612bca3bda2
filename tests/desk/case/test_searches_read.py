"""A search that shows a person is logged as a reading, and shows nothing the user may not open."""

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from parvis.apps.directory.models import AccessLogEntry, Actor
from parvis.apps.directory.services.staff import forget, record_found
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.services import contacts
from parvis.apps.residents.models import Person
from parvis.apps.residents.services.people import register_person
from tests.counting import statements
from tests.desk.case.made import TUESDAY, entered, opened, text
from tests.factories import SmallTown, make_person, unique

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = TUESDAY


@pytest.fixture
def lucie(town: SmallTown) -> Person:
    return register_person(name="Lucie Tremblay", phone="450 555-0142", by=Actor.staff(town.agent))


def found(user: object = None) -> list[tuple[int, str]]:
    rows = AccessLogEntry.objects.filter(subject="found").order_by("pk")
    return list((rows.filter(user=user) if user else rows).values_list("subject_id", "reason"))  # type: ignore[misc]


@pytest.mark.parametrize(
    "address", ["search/preview/?q=tremblay", "search/instant?q=tremblay", "people?q=tremblay", "search/?q=tremblay"]
)
def test_a_search_that_shows_someone_is_written_with_what_was_looked_for(
    town: SmallTown, lucie: Person, address: str
) -> None:
    opened(town, person=lucie)
    shown = text(entered(town.agent).get(f"/desk/{address}"))
    assert "Tremblay" in shown
    assert found() == [(lucie.pk, "tremblay")]
    page = text(entered(town.privacy_officer).get(f"/desk/access-log/?person={lucie.pk}"))
    assert "Lucie Tremblay" in page and "montré par la recherche « tremblay »" in page


def test_a_file_looked_for_to_be_merged_is_written_too(town: SmallTown, lucie: Person) -> None:
    entered(town.agent).get(f"/desk/people/{make_person('L. T.').pk}/merge/?q=tremblay")
    assert found() == [(lucie.pk, "tremblay")]


def test_the_name_beside_a_contact_that_was_found_is_written(town: SmallTown, lucie: Person) -> None:
    contact = contacts.receive(
        Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent), person=lucie, text="hibou")
    )
    contacts.finish(contact_id=contact.pk, by=town.agent)
    assert "Lucie Tremblay" in text(entered(town.manager).get("/desk/search/preview/?q=hibou"))
    assert found(town.manager) == [(lucie.pk, "hibou")]


def test_a_name_shown_by_a_wider_search_is_written(town: SmallTown, lucie: Person) -> None:
    opened(town, person=lucie, words="Le bac est brisé.")
    assert "Tremblay" in text(entered(town.agent).get("/desk/search/?q=tremblay bac zzzz"))
    assert [person for person, _ in found()] == [lucie.pk]


def test_those_who_share_the_number_of_a_call_are_written(town: SmallTown, lucie: Person) -> None:
    contact = contacts.receive(Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent)))
    contacts.describe(contact_id=contact.pk, phone="+14505550142", by=town.agent)
    assert "Lucie Tremblay" in text(entered(town.agent).get(f"/desk/contacts/{contact.pk}/"))
    assert [person for person, _ in found()] == [lucie.pk]


def test_a_search_that_shows_nobody_is_not_written(town: SmallTown, lucie: Person) -> None:
    opened(town, person=lucie, words="Un nid de guêpes")
    client = entered(town.agent)
    assert "Lucie" not in text(client.get("/desk/search/?q=guêpes"))
    for address in ("search/preview/?q=zorglub", "people?q=zorglub", "search/instant?q=zorglub", "search/"):
        client.get(f"/desk/{address}")
    assert found() == []


def test_who_types_a_name_is_written_once_and_again_after_a_while(
    town: SmallTown, lucie: Person, settings: Settings
) -> None:
    client = entered(town.agent)
    for words in ("tre", "trem", "tremb", "tremblay"):
        client.get("/desk/search/instant", {"q": words})
    assert found() == [(lucie.pk, "tre")]
    entered(town.manager).get("/desk/search/instant?q=tremblay")
    assert found(town.manager) == [(lucie.pk, "tremblay")], "each reader apart"
    settings.PARVIS_NOW = (datetime.fromisoformat(TUESDAY) + timedelta(minutes=11)).isoformat()
    client.get("/desk/search/instant?q=tremblay")
    assert found(town.agent) == [(lucie.pk, "tre"), (lucie.pk, "tremblay")]


@pytest.mark.parametrize("people", [1, 40])
def test_writing_what_a_search_showed_costs_the_same_whatever_it_showed_then_nothing(
    town: SmallTown, people: int
) -> None:
    ids = [make_person(f"P {number}").pk for number in range(people)]
    with statements() as first:
        record_found(user=town.agent, person_ids=ids, words="p")
    with statements() as again:
        record_found(user=town.agent, person_ids=ids, words="p")
    forget()
    with statements() as elsewhere:
        record_found(user=town.agent, person_ids=ids, words="p")
    with statements() as none:
        record_found(user=town.agent, person_ids=[], words="p")
    writes = [captured_query for captured_query in first.captured_queries if "INSERT" in captured_query["sql"]]
    assert (len(first) - len(writes), len(again), len(elsewhere), len(none)) == (1, 0, 1, 0)
    assert AccessLogEntry.objects.count() == people


def test_no_search_nor_pane_names_the_subject_of_a_request_that_one_may_not_open(
    town: SmallTown, lucie: Person
) -> None:
    secret, mine = (
        opened(town, person=lucie, subject=subject, address=None) for subject in (town.shed, town.streetlight)
    )
    contact = contacts.receive(
        Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent), person=lucie, text="hibou")
    )
    for case in (secret, mine):
        common = {"subject": case.subject, "case": case, "at": contact.started_at, "by": town.agent}
        contact.matters.create(key=unique(), outcome="case", **common)
    contacts.finish(contact_id=contact.pk, by=town.agent)
    client = entered(town.technician)
    here = f"/desk/cases/{mine.reference}/"
    for address in ("/desk/search/preview/?q=hibou", f"{here}side/file", f"/desk/people/{lucie.pk}/"):
        shown = text(client.get(address))
        assert "Cabanon" not in shown and secret.reference not in shown, address
        assert "Lampadaire éteint" in shown, address
    assert "Cabanon" in text(entered(town.planner).get("/desk/search/preview/?q=hibou"))
