"""Feedback on an answer: given in one click, once, and read by its editors."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from parvis.apps.content.models import Answer, AudienceVariant, Usefulness
from parvis.apps.content.queries.answers import opinions_of
from parvis.apps.content.services.content import bump_edition
from parvis.apps.directory.models import User
from tests.factories import SmallTown
from tests.public.makers import shed_answer, words

PATH = "/reponses/cabanon/utile/"


@pytest.fixture
def answer(town: SmallTown) -> Answer:
    return shed_answer(town)


def say(client: Client, useful: str = "oui", **more: Any) -> Any:
    headers = {"sec-fetch-site": "same-origin"} | more.pop("headers", {})
    return client.post(PATH, {"useful": useful, **more}, headers=headers)


def test_yes_then_a_few_words_make_one_opinion(client: Client, answer: Answer) -> None:
    response = say(client, revision=answer.live_revision_id)
    assert (response.status_code, response["Location"]) == (302, "/reponses/cabanon/?merci=oui#utile")
    assert "Merci. C’est bon à savoir." in words(client, "/reponses/cabanon/?merci=oui")
    response = say(client, words="Clair. Écrivez-moi : moi@exemple.ca ou 450 555-0199.")
    assert response["Location"] == "/reponses/cabanon/?merci=mots#utile"
    opinion = Usefulness.objects.get()
    assert (opinion.useful, opinion.language, opinion.revision_id) == (True, "fr", answer.live_revision_id)
    assert opinion.words == "Clair. Écrivez-moi : … ou …."


def test_a_double_click_counts_once_and_a_change_of_mind_is_heard(client: Client, answer: Answer) -> None:
    for useful in ("oui", "oui", "non"):
        say(client, useful)
    assert [row.useful for row in Usefulness.objects.all()] == [False]
    say(client, headers={"user-agent": "another browser"})
    assert (opinions_of(answer).useful, opinions_of(answer).not_useful) == (1, 1)


def test_reading_a_page_says_nothing(client: Client, answer: Answer) -> None:
    client.get("/reponses/cabanon/?merci=oui")
    assert client.get(PATH).status_code == 405
    assert not Usefulness.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"referer": "https://elsewhere.example/page"},
    ],
)
def test_another_site_cannot_say_it(answer: Answer, headers: dict[str, str]) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(PATH, {"useful": "oui"}, headers=headers).status_code == 403
    assert strict.post("/suivi/", {"reference": "x", "code": "y"}, headers=headers).status_code == 403
    assert not Usefulness.objects.exists()


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"origin": "http://testserver"}])
def test_the_page_itself_needs_no_token(answer: Answer, headers: dict[str, str]) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(PATH, {"useful": "oui"}, headers=headers)
    assert response.status_code == 302 and not response.cookies and not strict.cookies
    assert Usefulness.objects.count() == 1


def test_too_many_from_one_place_are_asked_to_wait(client: Client, answer: Answer) -> None:
    for number in range(20):
        say(client, headers={"user-agent": f"browser {number}"})
    response = say(client, headers={"user-agent": "one more"})
    assert response.status_code == 429 and "Réessayez dans dix minutes" in response.content.decode()
    assert Usefulness.objects.count() == 20


def test_words_too_long_are_kept_in_the_form(client: Client, answer: Answer) -> None:
    response = say(client, "non", words="long " * 300, merci="non")
    assert (
        response.status_code == 422
        and "restez sous" in response.content.decode()
        and "long long" in response.content.decode()
    )
    assert say(client, "perhaps").status_code == 422
    assert client.post("/reponses/nid-de-poule/utile/", {"useful": "oui"}).status_code == 404
    assert not Usefulness.objects.exists()


def test_the_audience_is_kept_on_the_way_back(client: Client, answer: Answer) -> None:
    AudienceVariant.objects.create(answer=answer, audience="owner", short_fr="Propriétaire : il faut un permis.")
    bump_edition()
    page = words(client, "/reponses/cabanon/?pour=owner")
    assert "Propriétaire : il faut un permis." in page and 'name="pour" value="owner"' in page
    assert say(client, pour="owner")["Location"] == "/reponses/cabanon/?pour=owner&merci=oui#utile"
    assert "Propriétaire : " not in words(client, "/reponses/cabanon/?pour=martian")


def test_those_who_write_the_answer_read_what_was_said(
    client: Client, answer: Answer, town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    say(client, "non", words="Il manque la hauteur.")
    page = signed_in(town.editor).get(f"/edition/answers/edit/{answer.pk}/").content.decode()
    assert "Il manque la hauteur." in page
