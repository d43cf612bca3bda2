"""Signing in: sample accounts in the demonstration, password and second factor everywhere else."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.test import Client

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.mail.models import Outgoing
from tests.factories import SmallTown, make_user

LOGIN = "/staff/login/"
PASSWORD = "le mot de passe"


@pytest.fixture
def real_town(town: SmallTown, settings: Any) -> SmallTown:
    """The same town outside the demonstration: no sample accounts, a second factor required."""
    settings.PARVIS_DEMO = False
    return town


def code_of(secret: str, periods: int = 0) -> str:
    """The current code of an authenticator."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods)))


def sign_in(client: Client, name: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post(LOGIN, {"login": name, "password": password, **more})


def set_up(client: Client) -> str:
    """Sets up an authenticator in the client's session; returns its secret."""
    page = client.get("/staff/2fa/app/")
    secret = re.search(r'<code class="secret">(\w+)</code>', page.text)
    assert secret is not None
    response = client.post("/staff/2fa/app/", {"code": code_of(secret[1])})
    assert response["Location"] == "/staff/2fa/recovery/"
    return secret[1]


def test_a_sample_account_enters_by_its_card(town: SmallTown) -> None:
    lea = make_user("lea.roy", (town.desk, Role.AGENT), sample=True)
    client = Client()
    page = client.get(LOGIN).text
    assert "Lea Roy" in page and "Accueil" in page
    assert "Alice Cote" not in page, "a real account is no card"
    assert client.post(f"{LOGIN}lea.roy/", {"next": "/desk/queue/"})["Location"] == "/desk/queue/"
    assert client.session["_auth_user_id"] == str(lea.pk)


def test_a_real_account_never_enters_by_a_card(town: SmallTown) -> None:
    assert Client().post(f"{LOGIN}{town.agent.username}/").status_code == 404


def test_outside_demo_no_card_is_shown_and_none_is_accepted(real_town: SmallTown) -> None:
    make_user("lea.roy", sample=True)
    assert "Lea Roy" not in Client().get(LOGIN).text
    assert Client().post(f"{LOGIN}lea.roy/").status_code == 404


@pytest.mark.parametrize("name", ["alice.cote", "ALICE.COTE@anse.exemple.ca", " alice.cote "])
def test_one_signs_in_by_user_name_or_by_address(town: SmallTown, name: str) -> None:
    assert sign_in(Client(), name)["Location"] == "/desk/"


def test_a_wrong_password_and_an_unknown_name_read_the_same(town: SmallTown) -> None:
    answers = [sign_in(Client(), name, "mauvais").text for name in ("alice.cote", "nobody.at.all")]
    messages = [re.findall(r"Ce nom et ce mot de passe[^<]*", answer) for answer in answers]
    assert messages[0] and messages[0] == messages[1]
    assert 'value="alice.cote"' in answers[0], "what was typed is kept"


def test_guessing_is_stopped(town: SmallTown) -> None:
    answers = [sign_in(Client(), "alice.cote", "mauvais").text for _ in range(6)]
    assert "Trop de tentatives" in answers[-1]
    assert "Trop de tentatives" in sign_in(Client(), "alice.cote").text, "even with the right password"


@pytest.mark.parametrize("address", ["https://example.org/", "//example.org/", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(town: SmallTown, address: str) -> None:
    assert sign_in(Client(), "alice.cote", next=address)["Location"] == "/desk/"


def test_nobody_signs_up(town: SmallTown) -> None:
    for path in ("/staff/signup/", "/staff/email/", "/accounts/signup/"):
        assert Client().get(path).status_code == 404


def test_a_password_alone_opens_nothing(real_town: SmallTown) -> None:
    client = Client()
    sign_in(client, "alice.cote")
    for path in ("/desk/", "/edition/", "/desk/queue/"):
        assert client.get(path)["Location"].startswith("/staff/2fa/app/?next=")


def test_the_second_factor_is_set_up_then_asked_at_each_sign_in(real_town: SmallTown) -> None:
    client = Client()
    sign_in(client, "alice.cote")
    secret = set_up(client)
    codes = re.findall(r"<li>(\d{8})</li>", client.get("/staff/2fa/recovery/").text)
    assert len(codes) == 10
    assert client.get("/desk/").status_code == 200

    later = Client()
    assert sign_in(later, "alice.cote", next="/desk/")["Location"].startswith("/staff/2fa/code/")
    assert later.get("/desk/")["Location"].startswith(LOGIN), "the password alone is not a session"
    assert "n’est pas le bon" in later.post("/staff/2fa/code/", {"code": "000000"}).text
    assert later.post("/staff/2fa/code/", {"code": code_of(secret, 1)})["Location"] == "/desk/"
    assert later.get("/desk/").status_code == 200

    lost = Client()
    sign_in(lost, "alice.cote")
    assert lost.post("/staff/2fa/code/", {"code": codes[0]}).status_code == 302
    again = Client()
    sign_in(again, "alice.cote")
    assert again.post("/staff/2fa/code/", {"code": codes[0]}).status_code == 200, "a recovery code serves once"


def test_a_session_opened_by_a_stolen_password_does_not_profit_from_the_owner_setting_up_a_factor(
    real_town: SmallTown,
) -> None:
    thief, owner = Client(), Client()
    sign_in(thief, "alice.cote")
    sign_in(owner, "alice.cote")
    set_up(owner)
    assert owner.get("/desk/").status_code == 200
    assert thief.get("/desk/")["Location"].startswith("/staff/2fa/again/")


def test_dropping_the_application_closes_the_door_until_another_is_set_up(real_town: SmallTown) -> None:
    client = Client()
    sign_in(client, "alice.cote")
    set_up(client)
    assert client.post("/staff/2fa/app/replace/")["Location"] == "/staff/2fa/app/"
    assert client.get("/desk/")["Location"].startswith("/staff/2fa/app/")
    assert not Authenticator.objects.filter(user=real_town.agent).exists()


def test_a_forgotten_password_is_chosen_anew_by_a_link_that_serves_once(
    town: SmallTown, run_jobs: Callable[[], int], settings: Any
) -> None:
    settings.PARVIS_MAILBOX = False
    unknown = Client().post("/staff/password/reset/", {"email": town.agent.email})
    assert unknown["Location"] == "/staff/password/reset/sent/"
    run_jobs()
    letter = mail.outbox[-1]
    assert letter.to == [town.agent.email]
    link = re.search(r"(/staff/password/reset/key/\S+)", str(letter.body))
    assert link is not None
    client = Client()
    form = client.get(link[1])["Location"]
    new = {"password1": "une phrase toute neuve", "password2": "une phrase toute neuve"}
    assert client.post(form, new)["Location"] == "/staff/password/reset/done/"
    assert "ne sert plus" in Client().get(link[1]).text
    assert sign_in(Client(), "alice.cote", "une phrase toute neuve")["Location"] == "/desk/"


def test_asking_for_an_unknown_address_reads_the_same_and_sends_nothing(town: SmallTown) -> None:
    known = Client().post("/staff/password/reset/", {"email": town.agent.email})
    unknown = Client().post("/staff/password/reset/", {"email": "personne@exemple.ca"})
    assert known["Location"] == unknown["Location"]
    assert list(Outgoing.objects.values_list("to", flat=True)) == [town.agent.email]


@pytest.mark.parametrize("password", ["court", "motdepasse1234", "123456789012"])
def test_a_weak_password_is_refused(town: SmallTown, signed_in: Callable[[User], Client], password: str) -> None:
    form = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    answer = signed_in(town.agent).post("/staff/password/change/", form)
    expected = 302 if password == "motdepasse1234" else 200
    assert answer.status_code == expected


def test_an_account_without_a_password_is_given_one(town: SmallTown, signed_in: Callable[[User], Client]) -> None:
    town.agent.set_unusable_password()
    town.agent.save()
    client = signed_in(town.agent)
    page = client.get("/staff/password/change/", follow=True)
    assert "Choisir un mot de passe" in page.text
    weak = client.post("/staff/password/set/", {"password1": "court", "password2": "court"})
    assert weak.context["form"].errors
    new = {"password1": "une phrase toute neuve", "password2": "une phrase toute neuve"}
    assert client.post("/staff/password/set/", new).status_code == 302
    town.agent.refresh_from_db()
    assert town.agent.check_password("une phrase toute neuve")


@pytest.mark.parametrize("path", ["", "logout/", "2fa/", "2fa/app/", "password/change/", "reauthenticate/"])
def test_the_pages_of_the_account_show_in_both_languages(
    town: SmallTown, signed_in: Callable[[User], Client], path: str
) -> None:
    client = signed_in(town.agent)
    for lang in ("fr", "en"):
        client.cookies["lang"] = lang
        page = client.get(f"/staff/{path}", follow=True)
        assert page.status_code == 200
        assert f'lang="{lang}-CA"' in page.text
