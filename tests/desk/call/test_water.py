"""A caller asks about the water: the agent reads the current notice, which is recorded word for word."""

import html
from datetime import date
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.intake.models import Contact, Given, Matter
from parvis.apps.places.models import Sector
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries import water
from parvis.apps.schedules.services.works import NewRoadNotice, lift_works, publish_works
from tests.desk.call.made import SAID, answered_town, begun, contact_at, entered, form_of, save
from tests.factories import SmallTown, unique


@pytest.fixture(autouse=True)
def _morning(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"


@pytest.fixture
def client(town: SmallTown) -> Client:
    answered_town(town)
    return entered(town.agent)


def text(response: Any) -> str:
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def publish(town: SmallTown, **values: Any) -> RoadNotice:
    given: dict[str, Any] = {
        "kind": "boil_water", "nature_fr": "Avis d’ébullition", "nature_en": "Boil water notice",
        "details_fr": "Bouillez l’eau une minute.", "details_en": "Boil the water for one minute.",
        "first_day": date(2026, 11, 24), "sector": Sector.objects.get(slug="nord"),
    }  # fmt: skip
    made = publish_works(notice=NewRoadNotice(**given | values), owner=town.works, key=unique(), by=town.technician)
    water.forget()
    return made


def suggested(client: Client, url: str, **asked: str) -> dict[str, Any]:
    news: dict[str, Any] = client.get(f"{url}suggest", {"q": "avis d'ébullition", **asked}).json()
    return {name: html.unescape(said) if isinstance(said, str) else said for name, said in news.items()}


def test_the_agent_is_given_the_notice_to_read_in_the_language_of_the_caller(town: SmallTown, client: Client) -> None:
    url = begun(client)
    assert "aucun avis d’ébullition n’est en vigueur" in suggested(client, url)["read"]
    publish(town)
    content = suggested(client, url)["read"]
    assert "Bouillez l’eau une minute." in content and "n’est en vigueur" not in content
    assert "Boil the water for one minute." in suggested(client, url, lang="en")["read"]
    assert "Bouillez l’eau une minute." in text(client.get(f"{url}?text=faut-il+faire+bouillir+l'eau"))


def test_a_subject_that_the_agent_picks_is_read_in_its_place(town: SmallTown, client: Client) -> None:
    publish(town)
    url = begun(client)
    values = {"q": "avis d'ébullition pour le cabanon", "subject": town.shed.slug, "picked": "1"}
    read = suggested(client, url, **values)["read"]
    assert SAID in read and "Bouillez" not in read


def test_one_key_records_the_very_words_and_the_notice(town: SmallTown, client: Client) -> None:
    notice, url = publish(town), begun(client)
    save(client, url, 3, text="est-ce qu'on peut boire l'eau du robinet")
    assert client.post(f"{url}answered/", form_of(client, url)).status_code == 302
    given = Given.objects.get(matter=Matter.objects.get())
    assert "Bouillez l’eau une minute." in given.words and given.revision is None
    assert given.inputs["computed"] == "boil-water" and given.inputs["result"][0]["id"] == notice.pk
    assert contact_at(url).state == Contact.State.DONE


def test_a_notice_lifted_while_it_was_read_is_not_recorded_as_said(town: SmallTown, client: Client) -> None:
    notice, url = publish(town), begun(client)
    save(client, url, 3, text="avis d'ébullition")
    form = form_of(client, url)
    lift_works(works_id=notice.pk, by=town.technician)
    water.forget()
    refused = client.post(f"{url}answered/", form)
    assert refused.status_code == 409 and "Les avis ont changé pendant votre lecture" in text(refused)
    assert not Given.objects.exists() and "Levé le mardi 24 novembre" in text(refused)


def test_the_pane_of_an_address_says_whether_it_touches_it(town: SmallTown, client: Client) -> None:
    publish(town)
    url = begun(client)
    assert "Oui : cet avis touche cette adresse." in text(client.get(f"{url}place?place-address={town.address.pk}"))
