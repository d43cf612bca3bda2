"""Alerts: notification of supervisors, hidden staff names, no refusal of service, lifting."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.letters.cases import closed
from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services import handling, journal
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.queries.restrictions import restricted_subjects
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake import tasks
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Alert, Contact
from parvis.apps.intake.queries import alerts
from parvis.apps.intake.services import contacts, requests
from parvis.apps.intake.services.alerts import lift_alert, raise_alert, take_alert
from parvis.apps.mail.models import Outgoing
from parvis.apps.residents.models import Person
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories import SmallTown, make_person, unique
from tests.polling import polled

RunJobs = Callable[[], int]


def contact(town: SmallTown, by: User | None = None) -> Contact:
    return contacts.receive(Arrival(channel="phone", key=unique(), by=Actor.staff(by or town.agent)))


def request(town: SmallTown, **more: Any) -> Case:
    person = make_person(email="jean@exemple.ca")
    values = {"subject": town.streetlight, "nature": "request", "channel": "phone", "words": "Il fait noir", **more}
    return open_case(NewCase(key=unique(), person=person, **values), by=Actor.staff(town.agent)).case


def opened_in(call: Contact, town: SmallTown) -> Case:
    by = Actor.staff(town.agent)
    new = requests.NewRequest(unique(), town.streetlight, words="noir", by=by, contact_id=call.pk)
    return requests.open_request(new).case


def threat(town: SmallTown, by: User | None = None, **where: Any) -> Alert:
    words = where.pop("words", "je vais te trouver")
    return raise_alert(key=unique(), kind="threat", words=words, by=by or town.agent, **where)


def distress(town: SmallTown, by: User | None = None, **where: Any) -> Alert:
    return raise_alert(key=unique(), kind="distress", words="", by=by or town.agent, **where)


def recipients(alert: Alert) -> set[str]:
    return set(
        Outgoing.objects.filter(renderer="parvis.apps.intake.letters.alert", args=[alert.pk]).values_list(
            "to", flat=True
        )
    )


# --- Alerting ------------------------------------------------------------------------------------------------------


def test_a_threat_alerts_a_supervisor_on_the_screen_and_by_letter(town: SmallTown, run_jobs: RunJobs) -> None:
    alert = threat(town, contact=contact(town))
    assert [item.pk for item in alerts.untaken(town.manager)] == [alert.pk]
    assert alerts.untaken(town.agent_and_technician) == [] == alerts.untaken(town.technician)
    assert recipients(alert) == {town.manager.email}
    run_jobs()
    letter = Outgoing.objects.get()
    assert letter.state == "sent" and "je vais te trouver" in letter.text and "Alice Cote" in letter.text


def test_a_distress_alerts_colleagues_too_and_tells_where_help_is(town: SmallTown, run_jobs: RunJobs) -> None:
    alert = distress(town, contact=contact(town))
    assert alerts.untaken(town.manager) == alerts.untaken(town.agent_and_technician) == [alert]
    assert alerts.untaken(town.agent) == []  # not shown to its author
    run_jobs()
    assert "1 866 APPELLE (277-3553)" in Outgoing.objects.get().text


def test_the_same_press_alerts_once(town: SmallTown) -> None:
    call = contact(town)
    raised = [raise_alert(key="k", kind="distress", words="", by=town.agent, contact=call) for _ in range(2)]
    assert raised[0] == raised[1] and Alert.objects.count() == 1 == Outgoing.objects.count()


def test_without_any_manager_the_town_itself_is_written_to(town: SmallTown) -> None:
    User.objects.filter(pk=town.manager.pk).update(is_active=False)
    assert recipients(distress(town, contact=contact(town))) == {town.town.email}


def test_nobody_took_it_in_five_minutes_so_everyone_is_told_once(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-25T10:00:00-05:00"
    alert = threat(town, contact=contact(town))
    settings.PARVIS_NOW = "2026-11-25T10:04:00-05:00"
    tasks.chase_alerts()
    assert recipients(alert) == {town.manager.email}
    settings.PARVIS_NOW = "2026-11-25T10:06:00-05:00"
    for _ in range(2):
        tasks.chase_alerts()
    assert recipients(alert) == {town.manager.email, town.town.email}
    assert Outgoing.objects.count() == 3


@pytest.mark.parametrize(
    ("kind", "words", "field"), [("threat", " ", "words"), ("rude", "x", "kind"), ("", "x", "kind")]
)
def test_a_threat_says_why_and_rudeness_is_no_mark(town: SmallTown, kind: str, words: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        raise_alert(key="k", kind=kind, words=words, by=town.agent)
    assert list(refused.value.fields) == [field]


def test_who_may_mark_take_and_lift(town: SmallTown) -> None:
    for someone in (town.editor, town.privacy_officer, town.citizen):
        with pytest.raises(NotAllowed):
            threat(town, someone)
    alert, sad = threat(town), distress(town)
    with pytest.raises(NotAllowed):
        take_alert(alert_id=alert.pk, by=town.agent_and_technician)
    take_alert(alert_id=sad.pk, by=town.agent_and_technician)
    with pytest.raises(Conflict):
        take_alert(alert_id=sad.pk, by=town.manager)
    take_alert(alert_id=alert.pk, by=town.manager)
    assert alerts.untaken(town.manager) == []
    with pytest.raises(NotAllowed):
        lift_alert(alert_id=alert.pk, why="rien", by=town.agent_and_technician)
    with pytest.raises(Invalid):
        lift_alert(alert_id=alert.pk, why=" ", by=town.manager)
    with pytest.raises(NotFound):
        take_alert(alert_id=0, by=town.manager)


# --- Names ---------------------------------------------------------------------------------------------------------


def test_a_threat_hides_the_names_of_the_staff_from_its_citizen(town: SmallTown) -> None:
    case = request(town)
    handling.take(case_id=case.pk, by=town.technician)
    page = Client().get(f"/suivi/{case.secret}/").content.decode()
    assert "Tina Caron" in page
    threat(town, case=case)
    handling.close(case_id=case.pk, reason="answered", words="Voilà.", by=town.technician)
    page = Client().get(f"/suivi/{case.secret}/").content.decode()
    told_page = Client().get(f"/suivi/{case.secret}/tout/").content.decode()
    with translation.override("fr"):
        letter = closed(Entry.objects.get(case=case, kind="closed").pk).text
    for text in (page, told_page, letter):
        assert "Tina" not in text and "Caron" not in text and "Alice" not in text
        assert "je vais te trouver" not in text
    assert "Voirie" in letter
    assert dict(journal.verify())[case.reference] == []


def test_nothing_is_refused_and_lifting_tells_the_names_again(town: SmallTown) -> None:
    case = request(town)
    alert = threat(town, case=case)
    citizen.reply(case_id=case.pk, words="Alors?", by=Actor.citizen())
    handling.answer(case_id=case.pk, words="Demain.", by=town.technician)
    lift_alert(alert_id=alert.pk, why="C’était un autre", by=town.agent)
    case.refresh_from_db()
    assert case.names_hidden_at is None and case.is_open
    assert "Tina Caron" in Client().get(f"/suivi/{case.secret}/").content.decode()
    alert.refresh_from_db()
    assert (alert.words, alert.lifted_by, alert.lifted_why) == ("je vais te trouver", town.agent, "C’était un autre")
    kinds = list(Entry.objects.filter(case=case).values_list("kind", flat=True))
    assert kinds == ["opened", "alerted", "replied", "answered", "lifted"]
    assert dict(journal.verify())[case.reference] == []


def test_one_threat_lifted_leaves_the_names_hidden_while_another_stands(town: SmallTown) -> None:
    case = request(town)
    first, second = threat(town, case=case), threat(town, case=case)
    lift_alert(alert_id=first.pk, why="erreur", by=town.manager)
    case.refresh_from_db()
    assert case.names_hidden_at is not None
    lift_alert(alert_id=second.pk, why="erreur", by=town.manager)
    case.refresh_from_db()
    assert case.names_hidden_at is None


@pytest.mark.parametrize("before", [True, False])
def test_a_threat_in_a_contact_holds_for_the_requests_it_opens(town: SmallTown, before: bool) -> None:
    call = contact(town)
    alert = threat(town, contact=call) if before else None
    case = opened_in(call, town)
    alert = alert or threat(town, contact=call)
    case.refresh_from_db()
    assert case.names_hidden_at is not None
    lift_alert(alert_id=alert.pk, why="erreur", by=town.agent)
    case.refresh_from_db()
    call.refresh_from_db()
    assert case.names_hidden_at is None is call.threat_at
    assert dict(journal.verify())[case.reference] == []


def test_a_threat_on_a_request_hides_who_took_its_call(town: SmallTown) -> None:
    case = opened_in(contact(town), town)
    page = f"/suivi/{case.secret}/tout/"
    assert town.agent.display_name in Client().get(page).content.decode()
    threat(town, case=case)
    assert town.agent.display_name not in Client().get(page).content.decode()


def test_a_distress_hides_no_name_and_no_file_bears_a_mark(town: SmallTown) -> None:
    case = request(town)
    distress(town, case=case)
    case.refresh_from_db()
    assert case.names_hidden_at is None
    fields = {field.name for field in Person._meta.get_fields()}
    assert not [name for name in fields if "alert" in name or "threat" in name or "score" in name]


def test_words_erased_by_law_leave_the_alert_too(town: SmallTown, run_jobs: RunJobs) -> None:
    case = request(town)
    alert = threat(town, case=case)
    erase_words(case_id=case.pk, seq=2, ground="rectification", by=town.privacy_officer)
    run_jobs()
    alert.refresh_from_db()
    assert alert.words == "" and dict(journal.verify())[case.reference] == []


# --- Screens -------------------------------------------------------------------------------------------------------


def enter(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_help_is_one_key_away_and_someone_is_alerted_from_the_call(town: SmallTown) -> None:
    agent, manager = enter(town.agent), enter(town.manager)
    poll = polled(manager.get("/desk/alerts/").content.decode(), "alert-bar")
    assert manager.get(poll).status_code == 204
    call = contact(town)
    pane = agent.get(f"/desk/contacts/{call.pk}/pane/alert").content.decode()
    assert "1 866 APPELLE (277-3553)" in pane and 'href="tel:911"' in pane
    sent = {"alert-key": "k", "alert-kind": "distress", "alert-words": "veut en finir"}
    page = agent.post(f"/desk/contacts/{call.pk}/alert/", sent, follow=True).content.decode()
    assert "Quelqu’un est prévenu. Restez avec la personne." in page and "Marqué dans ce contact" in page
    news = manager.get(poll)
    assert "Personne en détresse" in news.content.decode() and news.headers["HX-Trigger"] == "alerts"
    poll = polled(news.content.decode(), "alert-bar")
    assert manager.get(poll).status_code == 204
    assert "Personne en détresse" in manager.get("/desk/queue/", follow=True).content.decode()
    alert = Alert.objects.get()
    manager.post(f"/desk/alerts/{alert.pk}/take/")
    assert "Personne en détresse" not in manager.get(poll).content.decode()
    listed = manager.get("/desk/alerts/").content.decode()
    assert "veut en finir" in listed and "Marc Roy s’en occupe" in listed


def test_a_threat_without_its_words_comes_back(town: SmallTown) -> None:
    agent, call = enter(town.agent), contact(town)
    answer = agent.post(f"/desk/contacts/{call.pk}/alert/", {"alert-key": "k", "alert-kind": "threat"})
    assert answer.status_code == 422 and not Alert.objects.exists()


def test_what_was_marked_by_whom_and_why_stands_on_the_request_and_is_lifted_there(town: SmallTown) -> None:
    case = request(town)
    client, url = enter(town.technician), f"/desk/cases/{case.reference}/"
    sent = {"alert-key": "k", "alert-kind": "threat", "alert-words": "« vous allez le regretter »"}
    page = client.post(f"{url}alert/", sent, follow=True).content.decode()
    assert "noms du personnel cachés" in page and "« vous allez le regretter »" in page and "Tina Caron" in page
    lift = {"why": "parlait de son voisin", "back": "1"}
    page = client.post(f"/desk/alerts/{Alert.objects.get().pk}/lift/", lift, follow=True).content.decode()
    assert "noms du personnel cachés" not in page and "parlait de son voisin" in page


def test_the_list_costs_the_same_for_one_and_for_fifty_and_shows_each_what_they_may_read(
    town: SmallTown, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    threat(town)
    assert town.manager.may(Action.HANDLE_ALERT)  # cached on the object
    restricted_subjects()  # read once a second at most
    for many in (0, 49):
        for _ in range(many):
            threat(town)
        with django_assert_num_queries(1):
            assert len(alerts.page(town.manager)[0]) == many + 1
        alerts.forget()
        with django_assert_num_queries(1):
            assert len(alerts.untaken(town.manager)) == many + 1
    assert alerts.page(town.planner)[0] == []
    own = threat(town, town.planner)
    assert alerts.page(town.planner)[0] == [own]
