"""The page of a case: what it shows, to whom, and the log of its readings."""

import re
from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case, ClosingReason
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.directory.models import AccessLogEntry, Actor, Presence
from parvis.apps.directory.services.staff import record_presence
from parvis.apps.mail.models import Outgoing
from tests.desk.case.made import TUESDAY, comment, entered, make, opened, page, text
from tests.factories import SmallTown, make_address, make_person, unique


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = TUESDAY


def gestures(answer: object) -> set[str]:
    """The gestures offered on the page, by name."""
    panels = set(re.findall(r'data-panel="([a-z-]+)"', page(answer)))
    presses = re.findall(
        r'action="/desk/cases/[^/]+/([a-z-]+)/"', page(answer).split('class="gestures"')[1].split("</details>")[0]
    )
    return panels | set(presses)


def url(case: Case) -> str:
    return f"/desk/cases/{case.reference}/"


def test_the_page_tells_the_whole_story(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    person = make_person("Lucie Tremblay", phone="+14505550142", email="lucie@exemple.ca")
    case = opened(town, subject=town.pothole, details={"taille": "grand"}, person=person, title="Trou devant le 12")
    handling.note(case_id=case.pk, words="Vérifier la boîte.", by=town.technician)
    handling.ask(case_id=case.pk, words="Quel côté de la rue?", by=town.technician)
    run_jobs()
    answer = text(entered(town.technician).get(url(case)))
    for words in (
        *(case.reference, "Trou devant le 12", "Nid-de-poule", "Attend le citoyen", "12, rue du Quai"),
        *("Grand", "Lucie Tremblay", "450 555-0142", "lucie@exemple.ca", "Votre lecture est notée"),
        *("Note interne interne", "Vérifier la boîte.", "Question au citoyen, promesse en pause"),
        *("Quel côté de la rue?", "Courriel envoyé à 10 h", "Une phrase qui dit ce qui a été fait"),
    ):
        assert words in answer, words


def test_words_added_unasked_are_no_reply(town: SmallTown) -> None:
    case = opened(town, person=make_person(email="j@exemple.ca"))
    citizen.reply(case_id=case.pk, words="Il penche aussi.", by=Actor.citizen())
    client = entered(town.technician)
    shown = text(client.get(url(case)))
    assert "Ajout du citoyen" in shown and "Réponse du citoyen" not in shown
    assert "Ajout reçu" in shown and "Réponse reçue" not in shown, "nothing was asked"
    handling.ask(case_id=case.pk, words="Quel poteau?", by=town.technician)
    assert "Réponse reçue" in text(client.get(url(case)))
    citizen.reply(case_id=case.pk, words="Le H-22.", by=Actor.citizen())
    assert "Réponse du citoyen" in text(client.get(f"{url(case)}live?after=1"))
    handling.close(case_id=case.pk, reason="done", words="Réparé.", by=town.technician)
    citizen.not_fixed(case_id=case.pk, words="Encore noir.", by=Actor.citizen())
    citizen.reply(case_id=case.pk, words="Depuis ce soir.", by=Actor.citizen())
    moved = text(client.get(f"{url(case)}live?after=1"))
    assert "Ajout du citoyen" in moved, "the question was replied to long ago"


def test_an_unknown_reference_and_a_case_elsewhere_look_the_same(town: SmallTown) -> None:
    case = opened(town)
    client = entered(town.planner)
    hidden, unknown = client.get(url(case)), client.get("/desk/cases/26-9999-A/")
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert client.post(f"{url(case)}note/", {"expect": 1, "words": "Non."}).status_code == 404
    assert Case.objects.get().seq == 1


def test_a_reference_as_it_is_dictated_leads_to_its_page(town: SmallTown) -> None:
    case = opened(town)
    answer = entered(town.technician).get(f"/desk/cases/{case.reference.lower().replace('-', '')}/")
    assert answer.headers["Location"] == url(case)


def test_reading_a_case_that_has_a_person_is_kept(town: SmallTown) -> None:
    known, anonymous = opened(town, person=make_person(phone="+14505550142")), opened(town)
    client = entered(town.technician)
    client.get(url(known))
    client.get(url(anonymous))
    entry = AccessLogEntry.objects.get()
    assert (entry.user, entry.subject, entry.subject_id) == (town.technician, "case", known.pk)


def test_only_the_gestures_that_one_may_make_are_shown(town: SmallTown) -> None:
    case = opened(town, person=make_person(email="j@exemple.ca"))
    work = {
        "take",
        "answer",
        "ask",
        "pass-on",
        "new-date",
        "not-mine",
        "close",
        "note",
        "wait",
        "assign",
        "reply",
        "called",
    }
    assert gestures(entered(town.technician).get(url(case))) == work | {"visit", "withdraw"}
    assert gestures(entered(town.agent).get(url(case))) == {"note", "reply", "called", "withdraw"}
    assert gestures(entered(town.privacy_officer).get(url(case))) == {"erase"}
    handling.close(case_id=case.pk, reason=ClosingReason.ANSWERED, words="Voilà.", by=town.technician)
    assert gestures(entered(town.agent).get(url(case))) == {"note", "called", "not-fixed"}


def test_a_paused_case_offers_to_resume(town: SmallTown) -> None:
    case = opened(town)
    handling.wait(case_id=case.pk, words="Hydro-Québec", by=town.technician)
    client = entered(town.technician)
    assert {"resume"} <= gestures(client.get(url(case))) and "wait" not in gestures(client.get(url(case)))
    make(client, case, "resume")
    case.refresh_from_db()
    assert case.state == "working" and not case.is_paused


def test_a_comment_has_its_own_short_list(town: SmallTown) -> None:
    case = comment(town)
    answer = entered(town.technician).get(url(case))
    assert {"ask", "new-date", "wait"}.isdisjoint(gestures(answer))
    assert "Rien n’a été promis" in text(answer)


def test_the_door_is_given_with_its_number(town: SmallTown) -> None:
    town.streetlight.external_body = town.police
    town.streetlight.save()
    answer = page(entered(town.technician).get(url(opened(town))))
    assert "À qui c’est vraiment" in answer and 'href="tel:+14185550199"' in answer


def test_cases_of_the_same_street_are_shown_when_one_may_read_them(town: SmallTown) -> None:
    case, near = opened(town), opened(town, title="Poteau penché")
    elsewhere = opened(town, subject=town.shed, title="Clôture")
    answer = page(entered(town.technician).get(f"{url(case)}similar/"))
    assert near.reference in answer and elsewhere.reference not in answer


def test_a_mail_that_could_not_be_delivered_says_to_call(town: SmallTown) -> None:
    case = opened(town, person=make_person(email="j@exemple.ca"))
    Outgoing.objects.update(state=Outgoing.State.FAILED)
    assert "n’a pu être livré : téléphonez" in text(entered(town.technician).get(url(case)))


def test_who_is_there_in_another_department(town: SmallTown) -> None:
    record_presence(user=town.planner, status=Presence.Status.FREE)
    client = entered(town.technician)
    assert "Paul Ouellet" in text(client.get("/desk/present?department=batiment"))
    assert client.get("/desk/present?department=nulle-part").status_code == 204


@pytest.mark.parametrize("entries", [1, 30])
def test_the_page_costs_the_same_whatever_its_journal(
    town: SmallTown, entries: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    case = opened(town, person=make_person(email="j@exemple.ca"))
    for number in range(entries):
        handling.note(case_id=case.pk, words=f"Note {number}.", by=town.technician)
    client = entered(town.technician)
    with django_assert_max_num_queries(20):
        client.get(url(case))
    with django_assert_max_num_queries(25):
        client.get(f"/desk/cases/{case.reference}/?queue=voirie")


def test_in_english_too(town: SmallTown) -> None:
    town.technician.language = "en"
    town.technician.save()
    answer = text(entered(town.technician).get(url(opened(town))))
    assert "Received, phone" in answer and "nobody in charge yet" in answer


def test_the_very_point_is_drawn_with_what_is_around_and_opens_in_a_map(
    town: SmallTown, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        make_address(100 + number, "rue du Phare", latitude=48.4 + number / 5000, longitude=-64.3)
    new_case = NewCase(
        key=unique(), subject=town.pothole, nature="request", channel="web", words="Ici", point=(48.4, -64.3)
    )
    case = open_case(new_case, by=Actor.citizen()).case
    client = entered(town.technician)
    assert "side/map?small" in page(client.get(url(case))), "the plan comes once the page is seen"
    with django_assert_max_num_queries(12):
        content = page(client.get(f"{url(case)}side/map"))
    assert ">rue du Phare</text>" in page(client.get(f"{url(case)}side/map?small"))
    assert 'href="geo:48.400000,-64.300000"' in content
    assert ">rue du Phare</text>" in content and 'points="0,0 0,-11' in content
