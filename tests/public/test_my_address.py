"""My address: everything about one address, found by typing it, without scripts."""

import pytest
from django.test import Client
from icalendar import Calendar

from parvis.apps.places.models import Address
from parvis.apps.schedules.models import RoadNotice
from parvis.operations.town.load import load
from tests.counting import statements
from tests.town.conftest import CARIGNAN, VILLAGE

TYPED = "12, place du Moulin"


@pytest.fixture
def village(db: None) -> Address:
    load(VILLAGE, demo=True)
    return Address.objects.get(civic=12, street__name="place du Moulin")


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def test_an_address_typed_whole_leads_to_its_page(client: Client, village: Address) -> None:
    answer = client.get("/mon-adresse/", {"q": "12 pl. du moulin", "address": ""})
    assert (answer.status_code, answer["Location"]) == (302, f"/mon-adresse/{village.pk}/")


def test_what_resembles_is_proposed_without_a_script(client: Client, village: Address) -> None:
    page = read(client, "/mon-adresse/?q=12+pl+moulni")
    assert f'href="/mon-adresse/{village.pk}/"' in page and TYPED in page


@pytest.mark.parametrize("typed", ["99999 rue Jamais Tracée", "<script>alert(1)</script>", ""])
def test_an_unknown_address_is_said_and_handed_over(client: Client, village: Address, typed: str) -> None:
    answer = client.get("/mon-adresse/", {"q": typed})
    page = answer.content.decode()
    assert answer.status_code == (404 if typed else 200) and 'role="alert"' in page
    assert "<script>alert" not in page
    assert not typed or "/demande/?q=" in page


def test_the_page_says_the_days_the_night_the_works_and_the_buses(client: Client, village: Address) -> None:
    page = read(client, f"/mon-adresse/{village.pk}/?langue=en")
    for title in ("Next collections", "Parking in the street tonight", "Works and notices", "Next buses"):
        assert title in page
    assert "Garbage" in page and f"/mon-adresse/{village.pk}/collectes.ics" in page
    assert 'content="noindex"' in page


def test_the_collections_go_into_a_calendar(client: Client, village: Address) -> None:
    answer = client.get(f"/mon-adresse/{village.pk}/collectes.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert list(Calendar.from_ical(answer.content).walk("VEVENT"))
    assert client.get("/collectes/village.ics").content and client.get("/collectes/nulle-part.ics").status_code == 404
    assert client.get("/mon-adresse/999999/").status_code == 404


def test_the_page_costs_the_same_with_one_notice_or_many(client: Client, village: Address) -> None:
    def cost() -> int:
        with statements() as asked:
            client.get(f"/mon-adresse/{village.pk}/")
        return len(asked)

    cost()
    few = cost()
    for row in list(RoadNotice.objects.all()):
        for rank in range(12):
            row.pk, row.key = None, f"{rank}-{row.key}"[:80]
            row.save(force_insert=True)
    assert cost() == few <= 24


def test_the_sample_town_has_its_pages_too(client: Client, db: None) -> None:
    load(CARIGNAN, demo=True)
    for address in Address.objects.order_by("pk")[:3]:
        assert address.label in read(client, f"/mon-adresse/{address.pk}/")
