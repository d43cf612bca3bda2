"""The home page says yes only to the question asked, and how sure it is of out-of-scope matters."""

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.content.services.content import bump_edition
from parvis.apps.matching.queries.suggesting import forget
from parvis.operations.town.load import load
from tests.content.makers import publish_answer
from tests.factories import SmallTown
from tests.public.makers import words
from tests.public.test_ask import learn
from tests.town.conftest import VILLAGE

PERHAPS_NOT_OURS = "la banque a refusé ma demande de carte de crédit, pourquoi"


@pytest.fixture
def village(db: None, settings: Settings) -> None:
    settings.PARVIS_ENCODER = "none"
    load(VILLAGE, demo=True)
    forget()


def test_a_page_begins_with_yes_only_for_the_question_that_the_answer_settles(client: Client, town: SmallTown) -> None:
    publish_answer(town.shed, town.planning, yes_to_fr="Faut-il un permis pour un cabanon?")
    learn(town.shed, "permis pour un cabanon", "faut-il un permis pour peindre un cabanon")
    bump_edition()
    assert "Oui. Il faut un permis." in words(client, "/?q=Faut-il un permis pour un cabanon?")
    other = words(client, "/?q=faut-il un permis pour peindre un cabanon")
    assert "Il faut un permis." in other and "Oui." not in other
    assert "Oui." not in words(client, f"/reponses/{town.shed.slug}/"), "a page that nobody asked anything of"


@pytest.mark.usefixtures("village")
def test_what_is_not_the_towns_says_how_sure_that_is(client: Client) -> None:
    page = words(client, "/?q=carte soleil perdue")
    assert "SAAQ" in page and "Nous sommes sûrs à 78 % de vous avoir compris." in page
    english = words(client, "/?q=carte soleil perdue&langue=en")
    assert "We are 78% sure that we understood you." in english


@pytest.mark.usefixtures("village")
def test_below_half_certainty_a_door_of_others_is_only_a_perhaps_beside_a_person_to_ask(client: Client) -> None:
    page = words(client, f"/?q={PERHAPS_NOT_OURS}")
    assert "Est-ce l’un de ces sujets?" in page and "Passer ma question" in page
    assert "Ce n’est peut-être pas à la Ville" in page and "SAAQ" in page and "49 %" in page


@pytest.mark.usefixtures("village")
def test_no_choice_is_offered_that_is_of_zero_percent(client: Client) -> None:
    page = client.get("/", {"q": "permis pour servir de l'alcool à un mariage"}).content.decode()
    choices = page[page.index('<ol class="choice-list">') :].partition("</ol>")[0]
    assert choices.count("<li>") == 2
