"""The structured data of an answer's page, and messages that ask several questions at once."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.content.services.content import bump_edition
from parvis.apps.directory.models import Town, User
from parvis.apps.matching.queries import suggesting
from parvis.operations.town.load import load
from tests.content.makers import make_fact, publish_answer
from tests.desk.call.made import begun, entered
from tests.factories import SmallTown
from tests.public.makers import words

AULNES = Path(__file__).parents[1] / "towns" / "val-des-aulnes"
TWO = "Quel jour passent les poubelles? Et le lampadaire est brûlé devant chez moi."


def structured(client: Client, path: str) -> dict[str, Any]:
    page = client.get(path).content.decode()
    match = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert match is not None
    read: dict[str, Any] = json.loads(match[1])
    return read


def test_a_topic_page_tells_machines_its_question_its_answer_and_whose_it_is(client: Client, town: SmallTown) -> None:
    make_fact("tarif", town.planning, value=5000)
    publish_answer(
        town.shed, town.planning, title_fr="Cabanon </script><b>", short_fr="Il en coûte {fact:tarif}.", facts="tarif"
    )
    bump_edition()
    data = structured(client, "/reponses/cabanon/")
    place = Town.objects.get()
    assert (data["@context"], data["@type"]) == ("https://schema.org", "WebPage")
    assert (data["name"], data["inLanguage"]) == ("Cabanon </script><b>", "fr-CA")
    assert data["publisher"]["name"] == place.name_fr and data["@id"].endswith("/reponses/cabanon/")
    assert data["mainEntity"]["acceptedAnswer"]["text"] == "Il en coûte 50\u00a0$." and data["dateModified"]


def test_each_language_is_a_page_of_its_own_for_machines_the_one_its_canonical_link_names(
    client: Client, town: SmallTown
) -> None:
    publish_answer(town.shed, town.planning)
    bump_edition()
    for query in ("", "?langue=en"):
        path = f"/reponses/cabanon/{query}"
        canonical = re.search(r'"canonical" href="(.*?)"', client.get(path).content.decode())
        data = structured(client, path)
        assert canonical and data["@id"] == data["url"] == canonical[1] and canonical[1].endswith(f"/cabanon/{query}")


@pytest.mark.parametrize(("demo", "values"), [(True, {"example": True}), (False, {"example": True})])
def test_a_value_that_may_not_be_told_is_not_told_to_machines(
    client: Client, town: SmallTown, settings: Settings, demo: bool, values: dict[str, bool]
) -> None:
    settings.PARVIS_DEMO = demo
    make_fact("tarif", town.planning, value=5000, **values)
    publish_answer(town.shed, town.planning, short_fr="Il en coûte {fact:tarif}.", facts="tarif")
    bump_edition()
    data = structured(client, "/reponses/cabanon/")
    assert "mainEntity" not in data and "50\u00a0$" not in str(data)


def test_the_page_of_a_subject_without_an_answer_tells_nothing(client: Client, town: SmallTown) -> None:
    assert "ld+json" not in client.get("/reponses/nid-de-poule/").content.decode()


# --- Several questions ---------------------------------------------------------------------------------------------


def test_each_of_several_questions_is_led_to_on_the_site_and_at_the_desk(client: Client, db: None) -> None:
    load(AULNES, demo=True)
    suggesting.forget()
    assert [part.slug for part in suggesting.parts_of(TWO)] == ["collectes", "lampadaire"]
    assert suggesting.parts_of("Quel jour passent les poubelles?") == ()
    page = words(client, f"/?q={TWO}")
    assert "Vous demandez plusieurs choses" in page and "?q=Quel%20jour" in page
    agent = entered(User.objects.get(username="omar.diallo"))
    result = agent.get(f"{begun(agent)}suggest", {"q": TWO}).json()["found"]
    assert "Plusieurs questions" in result and 'data-slug="lampadaire"' in result
