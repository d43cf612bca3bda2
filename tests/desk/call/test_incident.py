"""Incidents on the call screen: opened and joined in one key, undone, shown at once to colleagues."""

import html
import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Incident, Report
from parvis.apps.cases.queries import incidents
from parvis.apps.cases.services.incidents.incident_news import end_incident
from parvis.apps.cases.services.incidents.incidents import Joining, join_incident
from parvis.apps.intake.models import Contact, Correction, Matter
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Person
from tests.cases.test_incidents import WORDS, opened, request
from tests.counting import statements
from tests.desk.call.made import answered_town, begun, contact_at, entered, save
from tests.factories import SmallTown, make_address, make_person, unique
from tests.polling import polled

FORM = {
    **{f"incident-{name}": value for name, value in WORDS.items()},
    "incident-text": "plus de lumière", "incident-department": "voirie", "incident-follows": "on",
    "incident-whole_town": "on", "incident-sure": "on",
}  # fmt: skip


def text(response: Any) -> str:
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


@pytest.fixture(autouse=True)
def _alone(settings: Settings) -> None:
    """An agent decides alone here; second persons are the subject of tests/cases/test_incident_approvals.py."""
    settings.PARVIS_EMERGENCY_DECIDERS = ["agent", "technician", "manager"]


@pytest.fixture
def client(town: SmallTown) -> Client:
    answered_town(town)
    return entered(town.agent)


def test_a_call_opens_an_incident_and_is_its_first_report(town: SmallTown, client: Client) -> None:
    url = begun(client)
    pane = text(client.get(f"{url}pane/incident?subject=lampadaire"))
    assert 'value="Lampadaire éteint"' in pane
    sent = {**FORM, "incident-key": "k1", "incident-subject": "lampadaire"}
    answers = [client.post(f"{url}incident/", sent) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {302} and answers[0]["Location"] == answers[1]["Location"]
    incident, matter = Incident.objects.get(), Matter.objects.get()
    assert (matter.outcome, matter.incident, matter.words) == ("incident", incident, "plus de lumière")
    assert Report.objects.get().key == matter.key == incident.key
    assert contact_at(url).state == Contact.State.DONE
    home = text(client.get(answers[0]["Location"]))
    assert "Bris d’aqueduc" in home and "1 personne nous l’a signalé." in home and "/unjoin/" in home


def test_what_is_missing_comes_back_with_what_was_typed(client: Client) -> None:
    url = begun(client)
    answer = client.post(f"{url}incident/", {**FORM, "incident-key": "k", "incident-title_en": ""})
    assert answer.status_code == 422 and 'value="Bris d’aqueduc"' in text(answer)
    assert not Incident.objects.exists()
    wrong = client.post(f"{url}incident/", {**FORM, "incident-key": "k", "incident-street": "Kai"})
    assert wrong.status_code == 422 and "Aucune rue de ce nom" in text(wrong)


def test_the_place_is_asked_and_the_whole_town_is_never_its_default(client: Client) -> None:
    url = begun(client)
    pane = client.get(f"{url}pane/incident").content.decode()
    assert "incident-sure" not in pane and not re.search(r'name="incident-whole_town"[^>]*checked', pane)
    nowhere = {k: v for k, v in FORM.items() if k not in ("incident-whole_town", "incident-sure")}
    answer = client.post(f"{url}incident/", {**nowhere, "incident-key": "k"})
    assert answer.status_code == 422 and "Dites où" in text(answer) and 'value="Bris d’aqueduc"' in text(answer)
    assert not Incident.objects.exists() and contact_at(url).state == Contact.State.IN_PROGRESS


def test_the_whole_town_is_told_only_once_it_is_confirmed_by_whoever_read_how_many_that_is(client: Client) -> None:
    make_address(90)
    url = begun(client)
    chosen = {**FORM, "incident-key": "k"}
    del chosen["incident-sure"]
    answers = [client.post(f"{url}incident/", chosen) for _ in range(2)]  # submitting again confirms nothing
    assert {answer.status_code for answer in answers} == {422} and not Incident.objects.exists()
    page = text(answers[-1])
    assert f"{Address.objects.count()} adresse" in page and 'name="incident-sure"' in page
    assert 'value="Bris d’aqueduc"' in page and not re.search(r'name="incident-sure"[^>]*checked', page)
    street = client.post(f"{url}incident/", {**FORM, "incident-key": "k", "incident-street": "quai"})
    assert street.status_code == 422 and "décochez toute la ville" in text(street) and not Incident.objects.exists()
    client.post(f"{url}incident/", {**chosen, "incident-sure": "on"})
    assert Incident.objects.get().notice.street is None


def test_a_title_is_enough_to_say_something_in_both_languages(client: Client) -> None:
    url = begun(client)
    client.post(f"{url}incident/", {**FORM, "incident-key": "k", "incident-say_fr": "", "incident-say_en": ""})
    notice = Incident.objects.get().notice
    assert notice.say_fr.replace("\u00a0", " ") == "Nous le savons : Bris d’aqueduc. On s’en occupe."
    assert notice.say_en == "We know of it: Water main break. Someone is looking after it."
    public = text(Client().get("/"))
    assert notice.say_fr.replace("\u00a0", " ") in public and "<b>Bris d’aqueduc" not in public, "it is not said twice"


def test_the_next_call_joins_in_one_key_and_the_person_follows(town: SmallTown, client: Client) -> None:
    incident = opened(town, subject=town.streetlight)
    jeanne = make_person(email="jeanne@exemple.ca")
    url = begun(client)
    Contact.objects.update(person=jeanne)
    result = client.get(f"{url}suggest", {"q": "lampadaire éteint"}).json()["incident"]
    assert "Une équipe est sur place." in result and f"/join/{incident.pk}/" in result
    key = result.partition('name="key" value="')[2].partition('"')[0]
    sent = {"key": key, "text": "lampadaire éteint", "follows": "on"}
    for _ in range(2):
        client.post(f"{url}join/{incident.pk}/", sent)
    report = Report.objects.get()
    assert (report.person, report.follows, report.channel) == (jeanne, True, "phone")
    assert Matter.objects.get().incident == incident and contact_at(url).state == Contact.State.DONE


def test_it_says_nothing_when_words_or_place_are_of_something_else(town: SmallTown, client: Client) -> None:
    incident = opened(town, subject=town.streetlight)
    url = begun(client)
    assert client.get(f"{url}suggest", {"q": "cabanon"}).json()["incident"] == ""
    assert "Une équipe est sur place." in text(client.get(f"{url}?incident={incident.pk}"))


def test_the_words_are_in_the_language_read_to_the_person(town: SmallTown, client: Client) -> None:
    opened(town, subject=town.streetlight)
    url = begun(client)
    result = client.get(f"{url}suggest", {"q": "lampadaire", "lang": "en"}).json()["incident"]
    assert "A crew is on site." in result and "Une équipe" not in result


def test_joining_is_taken_back_and_the_call_is_in_hand_again(town: SmallTown, client: Client) -> None:
    incident = opened(town)
    url = begun(client)
    client.post(f"{url}join/{incident.pk}/", {"key": "k", "text": "plus d'eau"})
    matter = Matter.objects.get()
    assert entered(town.agent_and_technician).post(f"/desk/recent/matter/{matter.pk}/unjoin/").status_code == 404
    back = client.post(f"/desk/recent/matter/{matter.pk}/unjoin/")
    assert back["Location"] == url
    contact = contact_at(url)
    assert (contact.state, contact.draft, contact.ended_at) == (Contact.State.IN_PROGRESS, {"text": "plus d'eau"}, None)
    assert not Matter.objects.exists() and incidents.counted(incident.opened_at, contact.started_at).reports == 0
    assert Correction.objects.get().before["incident"] == incident.pk
    assert client.post(f"/desk/recent/matter/{matter.pk}/unjoin/").status_code == 404


def test_what_was_taken_back_may_be_joined_or_opened_again_with_the_same_form(town: SmallTown, client: Client) -> None:
    first, second = opened(town), opened(town)
    url = begun(client)
    for incident in (first, second):  # the same key: the contact has no settled matter
        client.post(f"{url}join/{incident.pk}/", {"key": "k", "text": "plus d'eau"})
        report = Report.objects.get(withdrawn_at=None)
        assert report.incident == incident and Matter.objects.get().incident == incident
        client.post(f"/desk/recent/matter/{Matter.objects.get().pk}/unjoin/")
    for _ in range(2):
        client.post(f"{url}incident/", {**FORM, "incident-key": "k"})
        made = Matter.objects.get().incident
        assert made is not None and made.undone_at is None and made.reports.filter(withdrawn_at=None).count() == 1
        client.post(f"/desk/recent/matter/{Matter.objects.get().pk}/unjoin/")
    assert not Matter.objects.exists() and not Report.objects.filter(withdrawn_at=None).exists()


def test_opening_is_taken_back_while_nobody_else_joined(town: SmallTown, client: Client) -> None:
    url = begun(client)
    client.post(f"{url}incident/", {**FORM, "incident-key": "k1"})
    matter = Matter.objects.get()
    client.post(f"/desk/recent/matter/{matter.pk}/unjoin/")
    assert incidents.in_progress() == () and contact_at(url).state == Contact.State.IN_PROGRESS
    client.post(f"{url}incident/", {**FORM, "incident-key": "k2"})
    other = entered(town.agent_and_technician)
    other.post(f"{begun(other)}join/{Incident.objects.last().pk}/", {"key": "o"})  # type: ignore[union-attr]
    answer = client.post(f"/desk/recent/matter/{Matter.objects.get(contact=contact_at(url)).pk}/unjoin/", follow=True)
    assert "D’autres s’y sont joints" in text(answer) and len(incidents.in_progress()) == 1


def test_a_joined_contact_is_not_corrected_into_something_else(town: SmallTown, client: Client) -> None:
    incident = opened(town)
    url = begun(client)
    client.post(f"{url}join/{incident.pk}/", {"key": "k", "text": "plus d'eau"})
    matter = Matter.objects.get()
    sent = {f"matter-{matter.pk}-{name}": value for name, value in (("nature", "request"), ("outcome", "answered"))}
    assert client.post(f"/desk/recent/matter/{matter.pk}/", sent).status_code == 422


def test_another_agent_learns_of_it_without_reloading(town: SmallTown, client: Client) -> None:
    other = entered(town.agent_and_technician)
    seen = polled(other.get("/desk/").content.decode(), "figures")
    assert other.get(seen).status_code == 204
    url = begun(client)
    client.post(f"{url}incident/", {**FORM, "incident-key": "k"})
    news = other.get(seen)
    assert news.headers["HX-Trigger"] == "incidents" and "Bris d’aqueduc" in html.unescape(news.content.decode())
    seen = polled(news.content.decode(), "figures")
    assert other.get(seen).status_code == 204
    join_incident(incident_id=Incident.objects.get().pk, joining=Joining(key=unique(), channel="phone"), by=town.agent)
    assert "2 personnes" in other.get(seen).content.decode()


def test_the_screen_of_a_call_costs_the_same_with_one_incident_and_with_fifty(town: SmallTown, client: Client) -> None:
    url = begun(client)
    save(client, url, 1, text="bris d'aqueduc")
    counts = []
    for many in (1, 49):
        for _ in range(many):
            opened(town)
        client.get(url)
        with statements() as queries:
            assert "incident-here" in client.get(url).content.decode()
        # the edition of the answers is checked every quarter of a second, not for an incident
        counts.append(len([query for query in queries if "content_contentversion" not in query["sql"]]))
    assert counts[0] == counts[1]


# --- The pages -----------------------------------------------------------------------------------------------------


def test_an_incident_is_opened_told_and_ended_from_the_desk(town: SmallTown, run_jobs: Any) -> None:
    manager = entered(town.manager)
    blank = text(manager.get("/desk/incidents/new/"))
    assert "Ouvrir un incident" in blank
    sent = {**WORDS, "key": "k", "department": "voirie", "street": "quai", "civic_from": "10", "civic_to": "20"}
    page = text(manager.post("/desk/incidents/new/", sent, follow=True))
    incident = Incident.objects.get()
    assert "rue du Quai, du 10 au 20" in page and f"/desk/incidents/{incident.pk}/undo/" in page
    jo = make_person("Jo Blais", email="jo@exemple.ca")
    case = request(town, jo)
    page = text(manager.post(f"/desk/incidents/{incident.pk}/case/", {"reference": case.reference}, follow=True))
    assert f"/desk/incidents/{incident.pk}/undo/" not in page, "someone joined it: it is ended, not taken back"
    assert f"{case.reference} est jointe à l’incident." in page and "Jo Blais" in page
    assert "Bris d’aqueduc" in text(manager.get(f"/desk/cases/{case.reference}/"))
    tell = {"key": "u", "words_fr": "L’eau revient à 20 h.", "until": "2030-01-01T20:00"}
    page = text(manager.post(f"/desk/incidents/{incident.pk}/tell/", tell, follow=True))
    assert "1 en route" in page and "1er janvier" in page
    run_jobs()
    assert "Par courriel : 1" in text(manager.get(f"/desk/incidents/{incident.pk}/"))
    refused = manager.post(f"/desk/incidents/{incident.pk}/end/", {"key": "e", "reason": "done", "words_fr": ""})
    assert refused.status_code == 422
    page = text(
        manager.post(
            f"/desk/incidents/{incident.pk}/end/", {"key": "e", "reason": "done", "words_fr": "Réparé."}, follow=True
        )
    )
    assert "C’est terminé." in page and "Terminé" in page
    run_jobs()
    case.refresh_from_db()
    assert not case.is_open
    listed = text(manager.get("/desk/incidents/"))
    assert "Aucun incident en cours" in listed and "1 incident, 1 signalement" in listed


def test_the_words_are_corrected_and_what_they_were_is_shown(town: SmallTown) -> None:
    incident = opened(town)
    agent = entered(town.agent)
    sent = {**WORDS, "say_fr": "Deux équipes y sont.", "whole_town": "on"}
    page = text(agent.post(f"/desk/incidents/{incident.pk}/correct/", sent, follow=True))
    assert "Deux équipes y sont." in page and "Ce qu’on disait avant" in page and "Une équipe est sur place." in page
    assert agent.post(f"/desk/incidents/{incident.pk}/end/", {}).status_code == 403


def test_an_incident_of_one_street_is_not_widened_to_the_whole_town_unconfirmed(town: SmallTown) -> None:
    incident = opened(town, street=make_address(90).street)
    agent, at = entered(town.agent), f"/desk/incidents/{incident.pk}/correct/"
    wide = {**WORDS, "whole_town": "on"}
    answer = agent.post(at, wide)
    assert answer.status_code == 422 and 'name="sure"' in text(answer)
    incident.notice.refresh_from_db()
    assert incident.notice.street is not None
    assert agent.post(at, {**wide, "sure": "on"}).status_code == 302
    incident.notice.refresh_from_db()
    assert incident.notice.street is None


def test_who_told_us_is_for_those_who_read_people(town: SmallTown) -> None:
    incident = opened(town)
    person = Person.objects.get_or_create(name="Jeanne Arsenault", defaults={"created_at": incident.opened_at})[0]
    joining = Joining(key=unique(), channel="phone", person=person)
    join_incident(incident_id=incident.pk, joining=joining, by=town.agent)
    assert "Jeanne Arsenault" in text(entered(town.technician).get(f"/desk/incidents/{incident.pk}/"))
    seen = text(entered(town.editor).get(f"/desk/incidents/{incident.pk}/"))
    assert "Jeanne Arsenault" not in seen and "Bris d’aqueduc" in seen


def test_a_page_costs_the_same_for_one_report_and_for_fifty(town: SmallTown) -> None:
    incident, agent = opened(town), entered(town.agent)
    counts = []
    for many in (1, 48):
        for number in range(many):
            joining = Joining(key=unique(), channel="phone", phone=f"+1418556{many:02d}{number:02d}")
            join_incident(incident_id=incident.pk, joining=joining, by=town.agent)
        agent.get(f"/desk/incidents/{incident.pk}/")
        with statements() as queries:
            agent.get(f"/desk/incidents/{incident.pk}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- The public ----------------------------------------------------------------------------------------------------


def test_every_public_page_tells_it_in_the_readers_language_until_it_ends(town: SmallTown) -> None:
    visitor = Client()
    before = visitor.get("/")
    assert "Bris d’aqueduc" not in text(before)
    incident = opened(town)
    tag = {"HTTP_IF_NONE_MATCH": before["ETag"]}
    for path in ("/", "/?q=cabanon", "/demande/", "/demande/lampadaire/", "/suivi/", "/mon-adresse/", "/reponses/"):
        seen = text(visitor.get(path, **tag))  # type: ignore[arg-type]
        assert "Bris d’aqueduc" in seen, path
    assert "Une équipe est sur place." in text(visitor.get("/", **tag))  # type: ignore[arg-type]
    assert "Water main break" in text(visitor.get("/?langue=en"))
    end_incident(incident_id=incident.pk, key="e", reason="done", words_fr="Réparé.", words_en="", by=town.manager)
    assert "Bris d’aqueduc" not in text(visitor.get("/", **tag))  # type: ignore[arg-type]
