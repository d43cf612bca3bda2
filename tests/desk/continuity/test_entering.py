"""Calls taken offline are entered once, under the number given to the caller, as of the moment they were taken."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services.journal import verify
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.apps.directory.queries import working_calendar
from parvis.apps.intake.models import Contact, Matter, Reservation
from parvis.apps.intake.services.continuity import HELD
from parvis.apps.mail.models import Outgoing
from parvis.apps.residents.models import Person
from parvis.lib.clock import now
from tests.desk.case.made import entered, text
from tests.factories import SmallTown, unique

BROWSER = str(uuid4())


def send(client: Client, path: str, values: dict[str, Any]) -> Any:
    return client.post(f"/desk/continuity/{path}", json.dumps(values), content_type="application/json")


def hold(client: Client, browser: str = BROWSER) -> list[str]:
    answer = send(client, "references", {"browser": browser})
    assert answer.status_code == 200
    return list(answer.json()["references"])


@pytest.fixture
def client(town: SmallTown) -> Client:
    return entered(town.agent)


@pytest.fixture
def call(town: SmallTown, client: Client) -> dict[str, Any]:
    return {
        "reference": hold(client)[0],
        "taken_at": (now() - timedelta(hours=30)).isoformat(),
        "seconds": 140,
        "channel": "phone",
        "subject": town.streetlight.slug,
        "nature": "request",
        "words": "Il fait noir.",
        "place": "coin du quai",
        "name": "Jeanne Allard",
        "email": "jeanne@exemple.ca",
        "phone": "",
        "language": "fr",
    }


def test_a_number_put_aside_is_given_to_nobody_else(town: SmallTown, client: Client) -> None:
    mine, others = hold(client), hold(client, str(uuid4()))
    new_case = NewCase(key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="web", words="Sombre.")
    given = open_case(new_case, by=Actor.citizen()).case.reference
    assert len(mine) == len(others) == HELD
    assert len({*mine, *others, given}) == 2 * HELD + 1


def test_a_browser_finds_its_numbers_again_and_those_used_are_replaced(client: Client, call: dict[str, Any]) -> None:
    before = hold(client)
    assert before == hold(client)
    assert send(client, "enter", call).status_code == 200
    after = hold(client)
    assert len(after) == HELD and after[:-1] == before[1:]
    unused = client.get("/desk/continuity/kit").json()["unused"]
    assert [item["reference"] for item in unused] == after


def test_the_case_is_opened_as_of_the_call_and_its_journal_says_both_moments(
    town: SmallTown, client: Client, call: dict[str, Any], run_jobs: Callable[[], int]
) -> None:
    answer = send(client, "enter", call)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["asked"], told["reference"], told["created"]) == (call["reference"], call["reference"], True)
    case = Case.objects.get(reference=call["reference"])
    taken = datetime.fromisoformat(call["taken_at"])
    entry = Entry.objects.get(case=case)
    assert case.opened_at == entry.at == taken
    assert entry.recorded_at and entry.recorded_at - taken > timedelta(hours=29)
    assert case.due_at and working_calendar().local(case.due_at) < working_calendar().local(now()) + timedelta(days=30)
    contact = Contact.objects.get()
    assert (contact.started_at, contact.seconds, contact.state, contact.agent) == (taken, 140, "done", town.agent)
    assert Matter.objects.get().case == case
    assert "Saisi le" in text(client.get(told["url"]))
    run_jobs()
    assert Outgoing.objects.get().to == "jeanne@exemple.ca" and case.reference in Outgoing.objects.get().text
    assert [wrong for _reference, wrong in verify()] == [[]]


def test_sent_again_after_a_lost_answer_it_is_entered_once(client: Client, call: dict[str, Any]) -> None:
    assert [send(client, "enter", call).json()["created"] for _ in range(2)] == [True, False]
    assert (Case.objects.count(), Contact.objects.count(), Person.objects.count()) == (1, 1, 1)


def test_words_mended_after_a_lost_answer_are_not_taken_for_entered(client: Client, call: dict[str, Any]) -> None:
    assert send(client, "enter", call).status_code == 200
    answer = send(client, "enter", call | {"words": "Il fait noir, et un fil pend."})
    assert answer.status_code == 422 and "words" in answer.json()["fields"]
    assert call["reference"] in answer.json()["message"]
    assert Case.objects.get().words == "Il fait noir."


def test_a_colleague_on_the_same_computer_may_enter_it(town: SmallTown, client: Client, call: dict[str, Any]) -> None:
    colleague = entered(town.agent)
    assert send(colleague, "enter", call).status_code == 200
    assert Reservation.objects.exclude(case=None).get().reference == call["reference"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"words": ""}, "words"),
        ({"reference": "26-9999-X"}, "reference"),
        ({"reference": "../.."}, "reference"),
        ({"taken_at": "2199-01-01T00:00:00Z"}, "taken_at"),
        ({"taken_at": "2001-01-01T00:00:00Z"}, "taken_at"),
        ({"taken_at": "hier"}, "taken_at"),
        ({"subject": "rien"}, "subject"),
        ({"name": ""}, "name"),
        ({"email": "jeanne@"}, "email"),
        ({"channel": "web"}, "channel"),
        ({"words": "x" * 20_001}, "words"),
    ],
)
def test_what_cannot_be_entered_is_named_and_leaves_nothing(
    client: Client, call: dict[str, Any], change: dict[str, str], field: str
) -> None:
    answer = send(client, "enter", call | change)
    assert answer.status_code == 422
    assert answer.json()["message"] and field in answer.json()["fields"]
    assert not Case.objects.exists() and not Contact.objects.exists() and not Person.objects.exists()


@pytest.mark.parametrize("body", ["", "[]", "null", "{", '"x"', "[" * 100_000, "\xff"])
def test_what_is_no_call_is_refused_calmly(client: Client, body: str) -> None:
    for path in ("enter", "references"):
        assert client.post(f"/desk/continuity/{path}", body, content_type="application/json").status_code == 422


def test_half_an_emoji_cut_by_a_browser_does_not_hold_back_the_calls(client: Client, call: dict[str, Any]) -> None:
    answer = send(
        client, "enter", call | {"words": "Il fait noir \ud83d", "place": "coin \udca1 du quai", "name": "J\0eanne"}
    )
    assert answer.status_code == 200
    case = Case.objects.get()
    assert (case.words, case.place_text) == ("Il fait noir", "coin  du quai")


def test_the_kit_holds_subjects_phones_and_answers_but_nobodys_data(town: SmallTown, client: Client) -> None:
    result = client.get("/desk/continuity/kit").json()
    subject = result["subjects"][town.streetlight.slug]
    assert subject["title"] and subject["promise"] and result["token"]
    asked = [question["key"] for question in subject["questions"]]
    assert asked == list(town.streetlight.questions.values_list("key", flat=True))
    assert all(set(item) == {"name", "phone", "dial", "ext"} for item in result["phones"])


def test_the_pages_kept_by_the_browser_hold_nothing_of_who_opened_them(town: SmallTown, client: Client) -> None:
    for path in ("", "paper/", "worker.js"):
        answer = client.get(f"/desk/continuity/{path}")
        assert answer.status_code == 200 and town.agent.display_name not in answer.content.decode()
        assert "csrfmiddlewaretoken" not in answer.content.decode()
    assert client.get("/desk/continuity/worker.js")["Content-Type"].startswith("text/javascript")


def test_entering_costs_the_same_whatever_is_put_aside(
    client: Client, call: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        hold(client, str(uuid4()))
    client.get("/desk/continuity/kit")
    with django_assert_max_num_queries(12):
        client.get("/desk/continuity/kit")


def test_without_csrf_or_session_nothing_is_entered(town: SmallTown, call: dict[str, Any]) -> None:
    stranger = Client()
    answer = stranger.post(
        "/desk/continuity/enter", json.dumps(call), content_type="application/json", headers={"Sec-Fetch-Mode": "cors"}
    )
    assert answer.status_code == 401
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(town.agent)
    assert send(strict, "enter", call).status_code == 403
    assert not Case.objects.exists()


@pytest.mark.parametrize("page", ["", "paper/"])
def test_the_worker_recognizes_the_pages_of_its_release(client: Client, page: str) -> None:
    release = client.get(f"/desk/continuity/{page}").headers["Parvis-Page"]
    assert f'"{release}"' in client.get("/desk/continuity/worker.js").content.decode()


def test_the_kit_says_the_zone_in_which_its_answers_end(client: Client) -> None:
    assert client.get("/desk/continuity/kit").json()["zone"] == "America/Toronto"
