"""The workspace: live updates and presence, undo, side panels, one's own work."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.directory.models import AccessLogEntry, Actor
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Callback
from parvis.apps.intake.services import contacts
from parvis.apps.intake.services.assigning import assign_contact
from parvis.apps.workspace.models import FollowUp, Mention
from parvis.apps.workspace.services import workspace
from parvis.lib import clock
from parvis.lib.clock import today
from tests.desk.case.made import TUESDAY, entered, make, opened, page, text
from tests.factories import SmallTown, make_person, unique
from tests.polling import polled


def test_the_poll_tells_what_moved_and_who_is_there_and_is_silent_otherwise(town: SmallTown) -> None:
    case = opened(town)
    live = f"/desk/cases/{case.reference}/live"
    client, other = entered(town.technician), entered(town.manager)
    assert client.get(f"{live}?after={case.seq}&have=").status_code == 204
    seen = other.get(f"{live}?after={case.seq}&have=&writing=1")
    assert "Tina Caron" in page(seen) and "case-news" not in page(seen) and "HX-Trigger" not in seen.headers
    there = page(client.get(f"{live}?after={case.seq}&have="))
    assert "Marc Roy" in there and "mots non envoyés" in there
    poll_url = f"{polled(there, 'watch')}&after={case.seq}"
    assert client.get(poll_url).status_code == 204
    handling.note(case_id=case.pk, words="Un secret de la maison.", by=town.manager)
    moved = client.get(poll_url)
    assert moved.headers["HX-Trigger"] == "case-moved"
    assert "Marc Roy" in page(moved) and "secret" not in page(moved)


def test_a_case_passed_out_of_sight_is_said_to_be_gone_and_nothing_more(town: SmallTown) -> None:
    case = opened(town)
    handling.pass_on(case_id=case.pk, department=town.planning, words="Bâtiment.", by=town.manager)
    client = entered(town.technician)
    gone = page(client.get(f"/desk/cases/{case.reference}/live?after=1"))
    assert gone == page(client.get("/desk/cases/26-9999-A/live?after=1"))
    assert "n’est plus sous vos yeux" in gone and "watch" not in gone


@pytest.mark.parametrize("viewers", [1, 12])
def test_the_poll_costs_the_same_whoever_is_there(
    town: SmallTown, viewers: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    case, client = opened(town), entered(town.technician)
    for user in [town.manager, *[town.agent] * (viewers - 1)]:
        workspace.record_viewing(case=case, by=user, writing=False)
    client.get(f"/desk/cases/{case.reference}/live?after={case.seq}")
    with django_assert_max_num_queries(6):
        client.get(f"/desk/cases/{case.reference}/live?after={case.seq}")


def test_what_was_just_done_is_taken_back_from_its_toast(town: SmallTown) -> None:
    case, client = opened(town), entered(town.technician)
    make(client, case, "take", queue="voirie", view="open", stay="1")
    undo = f"/desk/cases/{case.reference}/undo/2/?queue=voirie"
    assert undo in page(client.get("/desk/queue/voirie/"))
    answer = client.post(undo, follow=True)
    assert "repris" in text(answer) and answer.redirect_chain[-1][0] == "/desk/queue/voirie/"
    assert Case.objects.get(pk=case.pk).owner is None
    make(client, case, "take")
    handling.note(case_id=case.pk, words="Attends.", by=town.manager)
    refused = client.post(f"/desk/cases/{case.reference}/undo/4/", follow=True)
    assert "Marc Roy" in text(refused) and Case.objects.get(pk=case.pk).owner == town.technician
    assert make(client, case, "answer", words="Jeudi.").status_code == 302
    assert "/undo/" not in page(client.get(f"/desk/cases/{case.reference}/")), "what a citizen was told stays said"


def test_what_was_passed_on_out_of_sight_is_taken_back_too(town: SmallTown) -> None:
    case, client = opened(town), entered(town.technician)
    make(client, case, "pass-on", department="batiment", words="Bâtiment.")
    assert client.get(f"/desk/cases/{case.reference}/").status_code == 404
    assert client.post(f"/desk/cases/{case.reference}/undo/2/")["Location"] == f"/desk/cases/{case.reference}/"


def test_the_file_beside_the_case_is_read_and_the_reading_is_kept(town: SmallTown) -> None:
    person = make_person("Ida Roy", phone="+14185550133")
    case, other = opened(town, person=person), opened(town, person=person, subject=town.pothole, details={})
    client = entered(town.technician)
    assert not AccessLogEntry.objects.filter(subject="person").exists()
    content = text(client.get(f"/desk/cases/{case.reference}/side/file"))
    assert "Ida Roy" in content and other.reference in content
    assert AccessLogEntry.objects.get(subject="person").reason == case.reference
    assert client.get(f"/desk/cases/{opened(town).reference}/side/file").status_code == 404
    assert client.get(f"/desk/cases/{case.reference}/side/map").status_code == 200
    assert entered(town.planner).get(f"/desk/cases/{case.reference}/side/map").status_code == 404


def test_a_note_that_calls_who_may_not_read_comes_back_with_its_words(town: SmallTown) -> None:
    case, client = opened(town), entered(town.technician)
    answer = make(client, case, "note", words="@paul.ouellet regarde")
    assert answer.status_code == 422 and "Paul Ouellet" in text(answer) and "regarde" in page(answer)
    assert "Marc Roy" in text(client.get(f"/desk/cases/{case.reference}/colleagues?q=ro"))
    assert "Paul" not in text(client.get(f"/desk/cases/{case.reference}/colleagues?q=paul"))


def test_a_reminder_of_a_past_day_comes_back_with_its_words(town: SmallTown) -> None:
    case, client = opened(town), entered(town.technician)
    answer = client.post(f"/desk/cases/{case.reference}/later/", {"on": today().isoformat(), "words": "Rappeler Ida"})
    assert answer.status_code == 422 and "Rappeler Ida" in page(answer)
    response = client.post(f"/desk/cases/{case.reference}/later/", {"on": (today() + timedelta(days=3)).isoformat()})
    assert response.status_code == 302
    assert "reviendra" in text(client.get(f"/desk/cases/{case.reference}/later/"))


# --- My work ----------------------------------------------------------------------------------------------------------


def tasks(client: Client) -> list[str]:
    """What "My work" lists, in order, each in one line of text."""
    items = page(client.get("/desk/mine/")).split('class="tasks"')[1:]
    found = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", item)) for part in items for item in part.split("<li>")[1:]]
    return [item.split("Touches de cet écran")[0] for item in found]


@pytest.mark.both_databases
def test_my_work_is_one_list_in_the_order_in_which_to_do_it(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-09T10:00:00-05:00"
    late, called = opened(town), opened(town)
    settings.PARVIS_NOW = "2026-11-17T10:30:00-05:00"
    due_today, answered, again = opened(town), opened(town), opened(town, subject=town.pothole, details={})
    settings.PARVIS_NOW = TUESDAY
    ahead, paused, colleague = opened(town), opened(town), opened(town)
    for case in (late, called, due_today, answered, ahead, paused):
        handling.take(case_id=case.pk, by=town.technician)
    handling.wait(case_id=paused.pk, words="Hydro.", by=town.technician)
    citizen.reply(case_id=answered.pk, words="C’est le 14.", by=Actor.citizen())
    workspace.note(case_id=colleague.pk, words="@tina.caron, un avis?", by=town.manager)
    workspace.follow_up(case=again, on=today() + timedelta(days=1), words="Rappeler Ida", by=town.technician)
    FollowUp.objects.update(on=today())
    client = entered(town.technician)
    found = tasks(client)
    expected = [
        *((answered, "Réponse du citoyen", "Répondre"), (colleague, "Marc Roy vous appelle", "un avis? Vu")),
        *((late, "Promesse dépassée", "Nouvelle date"), (called, "Promesse dépassée", "Nouvelle date")),
        (due_today, "Promise pour aujourd’hui", "Clore"),
        (again, "À revoir aujourd’hui", "Rappeler Ida Vu"),
        (ahead, "Plus tard", "Clore"),
        (paused, "en pause depuis aujourd’hui", "Attente d’un tiers"),
    ]
    assert len(found) == len(expected)
    for line, (case, why, step) in zip(found, expected, strict=True):
        assert case.reference in line and why in line and step in line
    assert "1 qui peut attendre" in text(client.get("/desk/mine/")), "what is paused is folded"


def test_a_request_with_two_reasons_is_listed_once_with_both(town: SmallTown) -> None:
    case = opened(town)
    handling.take(case_id=case.pk, by=town.technician)
    workspace.note(case_id=case.pk, words="@tina.caron", by=town.manager)
    workspace.follow_up(case=case, on=today() + timedelta(days=1), words="Rappeler Ida", by=town.technician)
    client = entered(town.technician)
    (line,) = tasks(client)
    assert "Marc Roy vous appelle" in line and "À revoir le" in line and "Rappeler Ida" in line
    ends = [
        f"/desk/mine/mentions/{Mention.objects.get().pk}/read/",
        f"/desk/mine/later/{FollowUp.objects.get().pk}/end/",
    ]
    assert re.findall(r'action="(/desk/mine/[^"]+)"', page(client.get("/desk/mine/"))) == ends[::-1], (
        "each can be ended"
    )
    citizen.reply(case_id=case.pk, words="Vu au téléphone.", by=Actor.staff(town.technician))
    assert "Réponse du citoyen" not in tasks(client)[0], "they wrote it down themselves"


def test_my_work_holds_the_calls_and_the_contacts_that_wait_for_someone(town: SmallTown) -> None:
    case = opened(town)
    due = clock.now() + timedelta(hours=1)
    Callback.objects.create(case=case, phone="+14505550133", due_at=due, assignee=town.agent)
    Callback.objects.create(case=case, phone="+14505550134", due_at=due)
    contact = contacts.receive(Arrival(channel="web", key=unique(), by=Actor.citizen(), text="Une question"))
    assign_contact(contact_id=contact.pk, to=town.agent, by=town.agent)
    mine, shared, given = tasks(entered(town.agent))
    assert "Un appel à faire, qui vous est confié" in mine and case.reference in mine
    assert "1 appel n’est encore à personne" in shared
    assert "1 contact vous attend" in given
    assert "0133" not in mine and "0134" not in shared, "the number is on the page of the calls, for who may see it"
    assert not tasks(entered(town.technician)), "a technician makes no calls"


def test_my_work_without_anything_says_so_and_where_to_look(town: SmallTown) -> None:
    nothing = page(entered(town.technician).get("/desk/mine/"))
    assert "Rien ne vous attend" in nothing and "/desk/queue/voirie/?view=to_take" in nothing


@pytest.mark.parametrize("rows", [1, 30])
def test_my_work_costs_the_same_at_1_and_30(
    town: SmallTown, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for case in [opened(town) for _ in range(rows)]:
        handling.take(case_id=case.pk, by=town.technician)
        workspace.note(case_id=case.pk, words="@tina.caron", by=town.manager)
        workspace.follow_up(case=case, on=today() + timedelta(days=1), words="", by=town.technician)
    others = [opened(town, person=make_person()) for _ in range(rows)]
    for case in others:
        workspace.note(case_id=case.pk, words="@tina.caron", by=town.manager)
    FollowUp.objects.update(on=today())
    client = entered(town.technician)
    with django_assert_max_num_queries(12):
        content = text(client.get("/desk/mine/"))
    assert content.count("Marc Roy vous appelle") == min(30, 2 * rows)
    with django_assert_max_num_queries(8):
        first = page(client.get("/desk/mine/news"))
    assert f'id="count-mine" hx-swap-oob="true">{3 * rows}</b>' in first
    assert "mine-said" not in first, "what was there when the page came is not said"
    poll_url = polled(first, "mine-news")
    assert client.get(poll_url).status_code == 204
    workspace.note(case_id=Case.objects.latest("pk").pk, words="@tina.caron", by=town.manager)
    news = client.get(poll_url)
    assert news.headers["HX-Trigger"] == "mine" and "vous appellent" in page(news).split("mine-said")[1]


def test_a_phrase_is_kept_put_away_and_brought_back(town: SmallTown) -> None:
    client = entered(town.technician)
    wrong = client.post("/desk/snippets/new/", {"name": "deux mots", "words_fr": "Bonjour {machin}"})
    assert wrong.status_code == 422 and "Bonjour {machin}" in page(wrong)
    client.post("/desk/snippets/new/", {"name": "bonjour", "words_fr": "Bonjour {nom}", "shared": "all"})
    content = text(client.get("/desk/snippets/"))
    assert "::bonjour" in content, "a technician shares with nobody: it is theirs"
    assert "::bonjour" not in text(entered(town.manager).get("/desk/snippets/"))
