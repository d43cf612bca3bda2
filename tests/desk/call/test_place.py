"""Computed answers for an address on the call screen: those of its public page, in the caller's language."""

from datetime import date

import pytest
from pytest_django import Settings

from parvis.apps.calculators.queries import at_address as calculators
from parvis.apps.places.models import Address
from parvis.apps.schedules.queries.address import at_address
from parvis.apps.schedules.services.parking import declare_operation
from parvis.lib import quebec
from tests.desk.call.made import begun, contact_at, entered, save
from tests.factories import SmallTown, make_person
from tests.public.makers import words
from tests.schedules.makers import make_winter


@pytest.fixture(autouse=True)
def _winter(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-12-20T20:00:00-05:00"
    make_winter(town.works)


@pytest.fixture
def home(town: SmallTown) -> Address:
    return Address.objects.select_related("street", "sector").get(pk=town.address.pk)


def test_the_agent_reads_the_words_of_the_public_page(town: SmallTown, home: Address) -> None:
    client = entered(town.agent)
    url = begun(client)
    told = at_address(home)
    content = words(client, f"{url}place?place-address={home.pk}&lang=fr")
    page = words(client, f"/mon-adresse/{home.pk}/")
    for sentence in (told.tonight.words, told.pickups.words, told.works.words, told.departures.words):
        assert quebec.plain(sentence) in content and quebec.plain(sentence) in page


def test_the_word_for_those_who_answer_is_shown_to_them_alone(town: SmallTown, home: Address) -> None:
    declare_operation(night=date(2026, 12, 20), word="on", by=town.technician, note="camion 4 en panne")
    client = entered(town.agent)
    assert "camion 4 en panne" in words(client, f"{begun(client)}place?place-address={home.pk}&lang=fr")
    page = words(client, f"/mon-adresse/{home.pk}/?langue=en")
    assert "a snow operation is declared" in page and "at 8 p.m.</p>" in page and "camion" not in page
    said = calculators.at_address("tonight", home).words("fr")
    assert "opération de déneigement" in said.short and not said.notes


def test_it_is_read_in_the_language_of_the_person(town: SmallTown, home: Address) -> None:
    client = entered(town.agent)
    content = words(client, f"{begun(client)}place?place-address={home.pk}&lang=en")
    assert '<div lang="en-CA">' in content and "Parking in the street tonight" in content
    assert "Nothing was declared for tonight" in content and "Rien n’a été déclaré" not in content


def test_an_address_typed_whole_is_found_and_another_is_said_to_be_unknown(town: SmallTown, home: Address) -> None:
    client = entered(town.agent)
    url = begun(client)
    assert "Stationner dans la rue" in words(client, f"{url}place?place-find=12 rue du quai")
    unknown = words(client, f"{url}place?place-find=9 rue Neuve&place-address={home.pk}")
    assert "Cette adresse n’est pas connue ici." in unknown and "Stationner" not in unknown


def test_the_pane_begins_with_the_address_of_the_person_then_the_one_typed(town: SmallTown, home: Address) -> None:
    client = entered(town.agent)
    url = begun(client)
    assert 'data-pane="place" data-key="a"' in words(client, url)
    contact = contact_at(url)
    contact.person = make_person(address=home)
    contact.save()
    assert 'value="12, rue du Quai"' in words(client, f"{url}pane/place")
    save(client, url, 5, fields={"place-find": "9 rue Neuve"})
    assert 'value="9 rue Neuve"' in words(client, f"{url}pane/place")


def test_the_contact_of_a_colleague_tells_nothing(town: SmallTown, home: Address) -> None:
    url = begun(entered(town.agent))
    other = entered(town.agent_and_technician)
    assert other.get(f"{url}place?place-address={home.pk}").status_code == 404
