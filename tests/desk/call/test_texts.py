"""Text messages from a call: offered when the town sends them, one press, shown with their state, taken back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.directory.models import Actor
from parvis.apps.intake.models import Contact
from parvis.apps.intake.services import contacts
from parvis.apps.intake.services.requests import NewRequest, open_request
from parvis.apps.intake.services.texts.received import take_in_text
from parvis.apps.residents.services.privacy import flag_file
from parvis.apps.telephony.models import OutgoingText
from parvis.apps.telephony.rules.keywords import STOP
from parvis.apps.telephony.services.texts import incoming
from parvis.apps.telephony.services.texts.outgoing import record_status
from parvis.lib import clock
from tests.desk.call.made import answered_town, begun, contact_at, entered
from tests.factories import SmallTown, make_person, unique

ANNE = "+14505550123"


@pytest.fixture
def desk(town: SmallTown) -> Client:
    answered_town(town)
    return entered(town.agent)


@pytest.fixture
def url(desk: Client) -> str:
    return begun(desk)


def opened(town: SmallTown, url: str) -> Case:
    by, contact = Actor.staff(town.agent), contact_at(url)
    request = NewRequest(unique(), town.streetlight, words="Il fait noir.", by=by, contact_id=contact.pk)
    return open_request(request).case


def form(what: str, phone: str = "450 555-0123", **values: str) -> dict[str, str]:
    return {"text-key": unique(), "text-phone": phone, "text-what": what, "text-words": "", **values}


def test_the_link_of_the_request_is_offered_first_and_sent(desk: Client, url: str, town: SmallTown) -> None:
    case = opened(town, url)
    pane = desk.get(f"{url}pane/text").text
    assert f'value="follow:{case.pk}" id="id_text-what_0" checked' in pane or "checked" in pane.split("follow:")[1][:80]
    response = desk.post(f"{url}text/", form(f"follow:{case.pk}"))
    assert response["Location"] == f"{url}?case={case.pk}"
    text = OutgoingText.objects.get()
    assert (text.to, text.thread) == (ANNE, case.reference)
    page = desk.get(response["Location"]).text
    assert "attend de partir" in page and f"Lien de la requête {case.reference}" in page and "Reprendre" in page
    assert contact_at(url).phone == ANNE


def test_the_state_is_shown_as_it_comes(
    desk: Client, url: str, town: SmallTown, settings: Settings, run_jobs: Callable[[], int]
) -> None:
    desk.post(f"{url}text/", form("words", **{"text-words": "Nous ouvrons à 8 h 30."}))
    assert "attend de partir" in desk.get(f"{url}texts/").text
    settings.PARVIS_NOW = (clock.now() + timedelta(seconds=11)).isoformat()
    assert desk.post("/desk/texts/due/").status_code == 204
    run_jobs()
    text = OutgoingText.objects.get()
    assert "<b>envoyé</b>" in desk.get(f"{url}texts/").text
    for state, words in (("delivered", "remis"), ("sent", "remis")):
        record_status(provider_id=text.provider_id, text_id=None, news=state)
        assert f"<b>{words}</b>" in desk.get(f"{url}texts/").text


def test_what_became_of_a_text_is_read_after_the_call(desk: Client, url: str, town: SmallTown) -> None:
    desk.post(f"{url}text/", form("words", **{"text-words": "Nous ouvrons à 8 h 30."}))
    contacts.finish(contact_id=contact_at(url).pk, by=town.agent)
    text = OutgoingText.objects.get()
    record_status(provider_id="SM1", text_id=text.pk, news="failed", error="30006")
    page = desk.get("/desk/recent/").text
    assert "Nous ouvrons à 8 h 30., <b>non remis</b> (30006)" in page


def test_the_link_of_the_answer_on_the_screen_is_sent(desk: Client, url: str, town: SmallTown) -> None:
    assert "Link" not in desk.get(f"{url}pane/text").text
    pane = desk.get(f"{url}pane/text?subject={town.shed.slug}").text
    assert f"answer:{town.shed.slug}" in pane
    values = form(f"answer:{town.shed.slug}", **{"text-subject": town.shed.slug})
    assert desk.post(f"{url}text/", values).status_code == 302
    assert OutgoingText.objects.get().body.endswith(f"/reponses/{town.shed.slug}/")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (form("words", phone="", **{"text-words": "Bonjour"}), "Écrivez le numéro"),
        (form("words", phone="12", **{"text-words": "Bonjour"}), "pas complet"),
        (form("words"), "Écrivez le message."),
        (form("words", **{"text-words": "gardé " + "x" * 480}), "480"),
        (form("follow:987654"), "Sélectionnez"),
    ],
)
def test_what_cannot_be_sent_is_said_and_kept(desk: Client, url: str, values: dict[str, str], said: str) -> None:
    for headers in ({}, {"X-Requested-With": "fetch"}):
        page = desk.post(f"{url}text/", values, headers=headers)
        assert page.status_code == 422
        assert said in page.text
        assert values["text-words"][:6] in page.text
    assert OutgoingText.objects.count() == 0


def test_a_number_that_refuses_texts_is_shown_and_gets_none(desk: Client, url: str, town: SmallTown) -> None:
    contacts.describe(contact_id=contact_at(url).pk, by=town.agent, phone=ANNE)
    incoming.record_opt_out(ANNE, STOP)
    assert "Ce numéro refuse les textos" in desk.get(f"{url}pane/text").text
    page = desk.post(f"{url}text/", form("words", **{"text-words": "Bonjour"}))
    assert page.status_code == 422 and "STOP" in page.text


def test_a_person_who_refuses_texts_is_known_by_their_number(desk: Client, url: str, town: SmallTown) -> None:
    person = make_person("Anne Roy", phone=ANNE)
    contacts.identify(contact_id=contact_at(url).pk, person=person, by=town.agent)
    assert "refuse les textos" not in desk.get(url).text
    incoming.record_opt_out(ANNE, STOP)
    assert "refuse les textos" in desk.get(url).text
    assert "refuse les textos" in desk.get(f"/desk/people/{person.pk}/").text


def test_a_text_is_taken_back(desk: Client, url: str, town: SmallTown) -> None:
    desk.post(f"{url}text/", form("words", **{"text-words": "Bonjour"}))
    sent = contact_at(url).sent_texts.get()
    page = desk.post(f"/desk/texts/{sent.pk}/back/", follow=True).text
    assert "rien n’a été envoyé" in page.lower() or "repris" in page
    assert OutgoingText.objects.get().state == "cancelled"
    assert entered(town.agent_and_technician).post(f"/desk/texts/{sent.pk}/back/").status_code == 404


def test_the_words_and_the_number_of_a_sensitive_file_are_not_shown(desk: Client, url: str, town: SmallTown) -> None:
    person = make_person("Rose Huot", phone=ANNE)
    contacts.identify(contact_id=contact_at(url).pk, person=person, by=town.agent)
    desk.post(f"{url}text/", form("words", **{"text-words": "Bonjour"}))
    flag_file(person_id=person.pk, kind="protected", why="Ordonnance", by=town.manager)
    page = desk.get(f"{url}texts/").text
    assert "555-0123" not in page and "Bonjour" not in page
    text, _new = incoming.store(provider_id="SM1", sender=ANNE, body="Ma voisine Zoé")
    take_in_text(text_id=text.pk)
    contact = Contact.objects.get(channel="text")
    assert contact.person == person and "Zoé" not in desk.get("/desk/waiting/").text
    desk.post(f"/desk/waiting/{contact.pk}/take/")
    assert "Zoé" not in desk.get(f"/desk/contacts/{contact.pk}/").text


def test_a_town_without_texts_offers_none(desk: Client, url: str, settings: Settings) -> None:
    settings.PARVIS_TEXTS_KEPT = False
    assert 'data-pane="text"' not in desk.get(url).text
    assert desk.get(f"{url}pane/text").status_code == 404
    assert desk.post(f"{url}text/", form("words", **{"text-words": "Bonjour"})).status_code == 409
    assert OutgoingText.objects.count() == 0
