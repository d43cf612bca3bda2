"""Staff access: who is admitted, in which language, and what is logged."""

import logging
from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from django.urls import resolve

from parvis.apps.directory.models import Presence, User
from parvis.apps.identity.web.middleware import Refusals
from parvis.lib.errors import Conflict
from parvis.lib.logs import logged_path
from tests.factories import SmallTown


def test_a_stranger_is_led_to_sign_in_and_comes_back_where_they_were_going(town: SmallTown) -> None:
    answer = Client().get("/desk/queue/?view=late")
    assert answer.status_code == 302
    assert answer["Location"] == "/staff/login/?next=%2Fdesk%2Fqueue%2F%3Fview%3Dlate"


@pytest.mark.parametrize(
    ("page", "next_page"),
    [
        ("http://testserver/desk/cases/26-0001-A/?view=late", "?next=%2Fdesk%2Fcases%2F26-0001-A%2F%3Fview%3Dlate"),
        ("http://testserver/suivi/", "?next=%2Fdesk%2F"),
        ("https://ailleurs.example/desk/", "?next=%2Fdesk%2F"),
        ("", "?next=%2Fdesk%2F"),
    ],
)
def test_who_sends_a_form_after_the_session_ended_comes_back_to_its_page(
    town: SmallTown, page: str, next_page: str
) -> None:
    answer = Client().post("/desk/cases/26-0001-A/note/", headers={"Referer": page})
    assert answer["Location"] == f"/staff/login/{next_page}"


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {"Sec-Fetch-Mode": "cors"}])
def test_a_script_of_the_page_is_told_and_the_page_stays(town: SmallTown, headers: dict[str, str]) -> None:
    answer = Client().post("/desk/contacts/1/draft", headers=headers)
    assert answer.status_code == 401
    assert answer["HX-Trigger"] == "signed-out"
    assert "autre onglet" in answer.text


def test_being_at_a_screen_is_noted(town: SmallTown, signed_in: Callable[[User], Client]) -> None:
    signed_in(town.agent).get("/desk/recent/")
    assert Presence.objects.get(user=town.agent).status == Presence.Status.FREE


def test_the_screens_speak_the_language_of_the_account(town: SmallTown, signed_in: Callable[[User], Client]) -> None:
    town.agent.language = "en"
    town.agent.save()
    assert 'lang="en-CA"' in signed_in(town.agent).get("/desk/recent/").text


def test_a_language_chosen_on_a_page_becomes_that_of_the_account(
    town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(town.agent)
    assert 'lang="fr-CA"' in client.get("/desk/recent/").text
    client.post("/langue/", {"language": "en", "next": "/desk/recent/"})
    assert 'lang="en-CA"' in client.get("/desk/recent/").text
    assert User.objects.get(pk=town.agent.pk).language == "en"


def test_a_closed_account_is_signed_out_at_once(town: SmallTown, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(town.agent)
    assert client.get("/desk/recent/").status_code == 200
    User.objects.filter(pk=town.agent.pk).update(is_active=False)
    assert client.get("/desk/recent/").status_code in (302, 403)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("b1946ac92492d2347c6235b4d2611184", True), ("bad id\n", False), ("short", False), ("x" * 41, False)],
)
def test_a_request_keeps_the_id_it_came_with_when_it_is_well_formed(given: str, kept: bool) -> None:
    answer = Client().get("/healthz", headers={"X-Request-ID": given})
    assert (answer["X-Request-ID"] == given) is kept
    assert 8 <= len(answer["X-Request-ID"]) <= 40


def test_the_log_line_says_what_was_asked_and_nothing_of_who_asked(
    town: SmallTown, signed_in: Callable[[User], Client], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="parvis.access"):
        signed_in(town.agent).get("/dev/mail/987654/?q=Jeanne", headers={"User-Agent": "Firefox"})
    line = next(record for record in caplog.records if record.name == "parvis.access").getMessage()
    assert line.startswith("GET /dev/mail/987654/ 404 ")
    assert line.endswith(f"user={town.agent.pk}")
    assert "Jeanne" not in line and "127.0.0.1" not in line and "Firefox" not in line


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/staff/password/reset/key/3-abc-secretsecret/", "secret"),
        ("/staff/login/lea.tremblay/", "lea"),
        ("/lien-perdu/secretsecret/", "secretsecret"),
    ],
)
def test_a_secret_of_an_address_is_not_logged(path: str, logged: str) -> None:
    request = RequestFactory().get(path)
    try:
        request.resolver_match = resolve(path)
    except Exception:
        request.resolver_match = None
    assert logged not in logged_path(request)


def test_a_refusal_that_no_screen_worded_becomes_a_calm_page(town: SmallTown) -> None:
    request = RequestFactory().get("/desk/")
    request.user = town.agent
    door = Refusals(lambda request: None)  # type: ignore[arg-type]
    page = door.process_exception(request, Conflict("Quelqu’un a changé cette requête entre-temps."))
    assert page is not None and page.status_code == 409
    assert "entre-temps" in page.text
    assert door.process_exception(request, ValueError("a bug")) is None


@pytest.mark.parametrize("path", ["/edition/login/", "/edition/login/?next=/edition/"])
def test_the_editor_space_has_no_sign_in_of_its_own(town: SmallTown, path: str) -> None:
    assert Client().get(path)["Location"].startswith("/staff/login/")
