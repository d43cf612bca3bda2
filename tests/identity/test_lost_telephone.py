"""A lost telephone: whom to ask, and how the second factor is removed."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from parvis.apps.directory.models import AccessLogEntry, Membership, User
from parvis.apps.directory.rules.permissions import Role
from parvis.cli.main import main
from parvis.lib.errors import NotAllowed
from tests.factories import SmallTown, make_user
from tests.identity.test_sign_in import code_of, set_up, sign_in

Out = Callable[[], dict[str, Any]]


@pytest.fixture
def real_town(town: SmallTown, settings: Any) -> SmallTown:
    """The same town outside the demonstration, where a second factor is required."""
    settings.PARVIS_DEMO = settings.PARVIS_MAILBOX = False
    return town


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> Out:
    """out(): the JSON object that the command wrote."""
    return lambda: dict(json.loads(capsys.readouterr().out))


def reset(user: User, by: User | str) -> int:
    return main(["reset-factor", user.username, "--by", by if isinstance(by, str) else by.username, "--json"])


def with_telephone(user: User) -> tuple[Client, str]:
    """A client signed in by that user's password and telephone, and the secret of the telephone."""
    client = Client()
    sign_in(client, user.username)
    return client, set_up(client)


def test_who_lost_their_telephone_enters_again_once_a_manager_answers_for_them(
    real_town: SmallTown, out: Out, run_jobs: Callable[[], int]
) -> None:
    agent, manager = real_town.agent, real_town.manager
    left_open, lost = with_telephone(agent)
    assert reset(agent, manager) == 0
    assert out()["told"] == [agent.username, manager.username]
    assert left_open.get("/desk/")["Location"].startswith("/staff/login/"), "who found the telephone is out"
    assert not Authenticator.objects.filter(user=agent).exists(), "nor do its recovery codes serve"
    client = Client()
    sign_in(client, agent.username)
    assert client.get("/desk/")["Location"].startswith("/staff/2fa/app/")
    assert set_up(client) != lost
    assert client.get("/desk/").status_code == 200
    run_jobs()
    letters = {letter.to[0]: str(letter.body) for letter in mail.outbox}
    assert set(letters) == {agent.email, manager.email}
    assert manager.display_name in letters[agent.email] and agent.display_name in letters[manager.email]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_privacy_officer_reads_who_answered_for_it(
    town: SmallTown, signed_in: Callable[[User], Client], lang: str
) -> None:
    Authenticator.objects.create(user=town.agent, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert reset(town.agent, town.manager) == 0
    client = signed_in(town.privacy_officer)
    client.cookies["lang"] = lang
    page = client.get("/desk/access-log/", follow=True).text
    assert town.manager.display_name in page and town.agent.display_name in page
    assert {"fr": "second facteur retiré", "en": "second factor removed"}[lang] in page


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_page_of_the_code_says_whom_to_ask_and_only_after_the_password(real_town: SmallTown, lang: str) -> None:
    with_telephone(real_town.agent)
    client = Client()
    client.cookies["lang"] = lang
    assert real_town.manager.display_name not in client.get("/staff/2fa/code/", follow=True).text
    sign_in(client, real_town.agent.username)
    page = client.get("/staff/2fa/code/").text
    assert {"fr": "Téléphone perdu", "en": "Telephone lost"}[lang] in page
    assert real_town.manager.display_name in page
    again = client.post("/staff/2fa/code/", {"code": "000000"}).text
    assert real_town.manager.display_name in again, "after a wrong code too"


def test_a_code_asked_again_says_whom_to_ask_too(real_town: SmallTown) -> None:
    thief = Client()
    sign_in(thief, real_town.agent.username)
    with_telephone(real_town.agent)
    assert real_town.manager.display_name in thief.get("/staff/2fa/again/").text


def test_nobody_answers_for_themselves_while_another_manager_may(real_town: SmallTown, out: Out) -> None:
    other = make_user("nora.dube", (real_town.works, Role.MANAGER))
    with_telephone(real_town.manager)
    assert reset(real_town.manager, real_town.manager) == 1
    said = out()
    assert said["error"] == NotAllowed.code and other.username in said["message"]
    assert Authenticator.objects.filter(user=real_town.manager).exists()
    assert reset(real_town.manager, other) == 0


def test_the_only_manager_is_not_locked_out_for_good_and_the_privacy_officer_is_told(
    real_town: SmallTown, out: Out
) -> None:
    manager = real_town.manager
    Membership.objects.filter(role=Role.ADMINISTRATOR).delete()
    with_telephone(manager)
    assert reset(manager, manager) == 0
    assert out()["told"] == [manager.username, real_town.privacy_officer.username]
    assert AccessLogEntry.objects.get(subject=AccessLogEntry.FACTOR).user == manager


@pytest.mark.parametrize(
    ("by", "error", "words"),
    [("alice.cote", "not-allowed", "alice.cote"), ("marc.roi", "invalid", "marc.roy"), ("x", "invalid", "x")],
)
def test_who_may_not_answer_for_it_is_refused_in_words(
    real_town: SmallTown, by: str, error: str, words: str, out: Out
) -> None:
    with_telephone(real_town.technician)
    assert reset(real_town.technician, by) == 1
    said = out()
    assert said["error"] == error and words in said["message"]
    assert Authenticator.objects.filter(user=real_town.technician).exists()


def test_the_manager_of_another_department_is_told_whose_it_is(real_town: SmallTown, out: Out) -> None:
    other = make_user("nora.dube", (real_town.planning, Role.MANAGER))
    with_telephone(real_town.planner)
    assert reset(real_town.planner, real_town.manager) == 1
    assert other.username in out()["message"]


def test_an_account_without_a_factor_needs_nothing(real_town: SmallTown, out: Out) -> None:
    assert reset(real_town.agent, real_town.manager) == 1
    assert out()["error"] == "conflict"


def test_who_has_no_address_is_named_so_that_someone_tells_them(
    real_town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    User.objects.filter(pk=real_town.agent.pk).update(email="")
    with_telephone(real_town.agent)
    assert main(["reset-factor", real_town.agent.username, "--by", real_town.manager.username]) == 0
    assert f"tell them yourself: {real_town.agent.username}" in capsys.readouterr().out


def test_the_code_of_the_lost_telephone_opens_nothing_afterwards(real_town: SmallTown) -> None:
    _client, secret = with_telephone(real_town.agent)
    assert reset(real_town.agent, real_town.manager) == 0
    thief = Client()
    sign_in(thief, real_town.agent.username)
    assert thief.post("/staff/2fa/code/", {"code": code_of(secret, 1)}).status_code == 302
    assert thief.get("/desk/").status_code == 302
