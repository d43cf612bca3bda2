"""A fact specific to an area is the same on the site, at the desk and on the command line."""

import json
import re

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.content.models import Answer
from parvis.apps.content.queries import answers
from parvis.apps.content.services.content import bump_edition
from parvis.apps.intake.models import Given
from parvis.apps.intake.queries.answer_audit import answers_on
from parvis.apps.matching.queries import asking
from parvis.apps.places.models import Sector
from parvis.cli.main import main
from parvis.lib import clock, quebec
from tests.content.makers import make_fact, publish_answer
from tests.desk.call.made import begun, contact_at, entered, form_of
from tests.factories import SmallTown, make_address, make_person
from tests.public.makers import words as page_of

HERE, ELSEWHERE = "Le permis coûte 75 $.", "Le permis coûte 50 $."


@pytest.fixture
def answer(town: SmallTown) -> Answer:
    shore = Sector.objects.create(slug="rive", kind="quartier", name_fr="La rive", name_en="The shore")
    make_fact("tarif", town.planning, value=5000)
    make_fact("tarif", town.planning, value=7500, area=shore)
    town.address.sector = shore
    town.address.save()
    made = publish_answer(town.shed, town.planning, short_fr="Le permis coûte {fact:tarif}.", facts="tarif")
    bump_edition()
    return made


def words(client: Client, path: str) -> str:
    """The text of a page, without the markup of facts."""
    return re.sub(r"</?b>", "", page_of(client, path))


def short(answer: object) -> str:
    assert answer is not None
    return quebec.plain(answer.short.plain)  # type: ignore[attr-defined]


def test_every_function_gives_the_value_of_the_area(town: SmallTown, answer: Answer) -> None:
    other = make_address(civic=40, street="rue du Moulin", sector=None)
    assert answers.differs_by_area("cabanon") and not answers.differs_by_area("nid-de-poule")
    for address, said in ((town.address, HERE), (other, ELSEWHERE), (None, ELSEWHERE)):
        assert short(answers.render(answer, "fr", address=address)) == said
        assert short(answers.published("cabanon", "fr", address=address)) == said
        assert short(asking.ask("cabanon", "fr", address=address).answer) == said
        assert short(answers_on("cabanon", clock.today(), "fr", address).answers[-1].answer) == said
    assert [(fact.key, card.slug) for fact, card in answers.facts_at(town.address, "fr")] == [("tarif", "cabanon")]
    assert answers.facts_at(other, "fr") == []


def test_the_page_asks_for_the_address_then_tells_what_stands_there(
    town: SmallTown, answer: Answer, client: Client
) -> None:
    page = words(client, "/reponses/cabanon/")
    assert ELSEWHERE in page and "Cela dépend de l’endroit où vous habitez" in page
    assert 'name="voir" value="cabanon"' in page
    response = client.get("/mon-adresse/", {"q": town.address.label, "voir": "cabanon"})
    assert response["Location"] == f"/reponses/cabanon/?adresse={town.address.pk}"
    there = words(client, response["Location"])
    assert HERE in there and town.address.label in there and ELSEWHERE not in there
    assert ELSEWHERE in words(client, "/reponses/cabanon/?adresse=99999999")
    assert "75 $" in words(client, f"/mon-adresse/{town.address.pk}/")


def test_the_agent_reads_and_records_what_stands_where_the_person_lives(
    town: SmallTown, answer: Answer, settings: Settings
) -> None:
    client = entered(town.agent)
    url = begun(client)
    read = words(client, f"{url}answer/cabanon")
    assert ELSEWHERE in read and "demandez l’adresse" in read
    assert HERE in words(client, f"{url}answer/cabanon?address={town.address.pk}")
    contact = contact_at(url)
    contact.person = make_person(address=town.address)
    contact.save()
    assert HERE in words(client, f"{url}answer/cabanon")
    assert "75 $" in words(client, f"{url}place?place-address={town.address.pk}&lang=fr")
    client.post(f"{url}answered/", form_of(client, f"{url}?subject=cabanon&text=cabanon"))
    given = Given.objects.get()
    assert quebec.plain(given.words) == HERE and given.inputs["address"] == town.address.label
    assert [quebec.plain(str(fact["shown"])) for fact in given.facts] == ["75 $"]


def test_the_command_line_agrees(town: SmallTown, answer: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["said", "cabanon", "--on", clock.today().isoformat(), "--address", town.address.label, "--json"]
    assert main(line) == 0
    told = json.loads(capsys.readouterr().out)
    assert quebec.plain(told["answers"][-1]["short"]) == HERE and told["facts"][0]["area"] == "La rive"
