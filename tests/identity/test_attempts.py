"""Guesses of passwords and codes: counted where nothing is evicted, and not against the owner who signs in at home."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import get_hasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from parvis.apps.identity.web import attempts, hashing
from parvis.apps.throttling.models import Count
from parvis.apps.throttling.services import Limit
from parvis.apps.throttling.tasks import purge
from tests.factories import SmallTown
from tests.identity.test_sign_in import LOGIN, PASSWORD, code_of, set_up, sign_in

HOME, ELSEWHERE = "192.0.2.10", "203.0.113.7"


@pytest.fixture(autouse=True)
def _town(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_DEMO = False


def guess(times: int, address: str) -> list[Any]:
    return [sign_in(Client(REMOTE_ADDR=address), "alice.cote", "mauvais") for _ in range(times)]


def test_twenty_thousand_posts_of_others_do_not_free_a_locked_account() -> None:
    assert guess(6, ELSEWHERE)[-1].status_code == 429
    later = Count.objects.get(key=Limit("password", f"alice.cote {ELSEWHERE}", 1, 1).key).expires_at
    Count.objects.bulk_create(
        [Count(key=f"other{n}", made=[n], expires_at=later) for n in range(20_300)], batch_size=2_000
    )
    for rank in range(40):
        cache.set(f"other{rank}", rank)
    cache.clear()
    purge()
    assert Count.objects.count() > 20_300, "the job deletes nothing live"
    locked = sign_in(Client(REMOTE_ADDR=ELSEWHERE), "alice.cote")
    assert locked.status_code == 429 and "Trop de tentatives" in locked.text, "even with the right password"


def test_the_owner_signs_in_from_the_usual_place_while_strangers_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "WRONG_ACCOUNT", 8)
    assert sign_in(Client(REMOTE_ADDR=HOME), "alice.cote").status_code == 302
    for rank in range(9):
        guess(2, f"198.51.{rank}.7")
    stranger = sign_in(Client(REMOTE_ADDR="198.18.0.1"), "alice.cote")
    assert stranger.status_code == 429, "no more guesses from places where the account never signed in"
    assert sign_in(Client(REMOTE_ADDR=HOME), "alice.cote").status_code == 302


def test_an_account_locked_at_one_address_is_not_locked_at_another() -> None:
    guess(6, ELSEWHERE)
    assert sign_in(Client(REMOTE_ADDR=HOME), "alice.cote").status_code == 302


@pytest.mark.parametrize("pattern", ["2001:db8:1:2::{:x}", "::ffff:203.0.113.7"])
def test_the_addresses_of_one_subscriber_count_as_one(pattern: str) -> None:
    for rank in range(1, 6):
        guess(1, pattern.format(rank))
    assert guess(1, pattern.format(77))[0].status_code == 429


def test_the_subnets_of_one_site_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "WRONG_NETWORK", 4)
    for rank in range(4):
        guess(1, f"2001:db8:1:{rank:x}::1")
    assert guess(1, "2001:db8:1:99::1")[0].status_code == 429
    assert guess(1, "2001:db8:2:99::1")[0].status_code == 200


def test_right_passwords_do_not_count() -> None:
    for _ in range(12):
        assert sign_in(Client(REMOTE_ADDR=HOME), "alice.cote").status_code == 302


def test_a_chosen_password_forgets_the_wrong_ones(town: SmallTown, run_jobs: Any, settings: Settings) -> None:
    settings.PARVIS_MAILBOX = False
    guess(6, HOME)
    client = Client(REMOTE_ADDR=HOME)
    client.force_login(town.agent)
    new = {"oldpassword": PASSWORD, "password1": "une phrase toute neuve", "password2": "une phrase toute neuve"}
    assert client.post("/staff/password/change/", new).status_code == 302
    assert sign_in(Client(REMOTE_ADDR=HOME), "alice.cote", "une phrase toute neuve").status_code == 302


def test_codes_of_the_second_factor_are_tried_five_times(town: SmallTown) -> None:
    client = Client()
    sign_in(client, "alice.cote")
    secret = set_up(client)
    thief = Client(REMOTE_ADDR=ELSEWHERE)
    sign_in(thief, "alice.cote")
    wrong = [thief.post("/staff/2fa/code/", {"code": "000000"}).text for _ in range(6)]
    assert "n’est pas le bon" in wrong[4] and "Trop de tentatives" in wrong[5]
    cache.clear()
    assert "Trop de tentatives" in thief.post("/staff/2fa/code/", {"code": code_of(secret, 1)}).text
    assert Authenticator.objects.filter(user=town.agent).exists()


def test_links_to_choose_a_password_are_limited_for_an_address() -> None:
    form = {"email": "alice.cote@anse.exemple.ca"}
    answers = [Client(REMOTE_ADDR=HOME).post("/staff/password/reset/", form) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 200]
    assert "Trop de tentatives" in answers[-1].text and form["email"] in answers[-1].text


def test_a_sign_in_costs_as_many_statements_after_thousands_of_attempts() -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as taken:
            guess(1, HOME)
        return sum("throttling_count" in query["sql"] for query in taken)

    before = statements()
    Count.objects.bulk_create([Count(key=f"n{n}", expires_at="2036-01-01T00:00Z") for n in range(3_000)])
    assert statements() == before <= 9, "four for the form, and five for its password"


@pytest.fixture
def hashing_now(settings: Settings) -> Iterator[None]:
    """While another password is being hashed in this process."""
    settings.PASSWORD_HASHERS = ["parvis.apps.identity.web.hashing.OneAtATime", *settings.PASSWORD_HASHERS]
    held, over = threading.Event(), threading.Event()

    def hash_slowly() -> None:
        with hashing.turn():
            held.set()
            over.wait(60)

    thread = threading.Thread(target=hash_slowly)
    thread.start()
    held.wait(60)
    yield
    over.set()
    thread.join()


@pytest.mark.parametrize(("language", "words"), [("fr", "Beaucoup de gens"), ("en", "Many people are signing in")])
def test_whoever_signs_in_while_many_do_is_told_to_try_again_and_keeps_the_name(
    hashing_now: None, language: str, words: str
) -> None:
    client = Client(REMOTE_ADDR=HOME)
    client.cookies["lang"] = language
    answer = sign_in(client, "alice.cote")
    assert answer.status_code == 503 and answer["Retry-After"] == "5"
    assert words in answer.text and 'value="alice.cote"' in answer.text
    tried = Limit("password", f"alice.cote {HOME}", attempts.WRONG, attempts.FIVE_MINUTES)
    assert not Count.objects.filter(key=tried.key).exists(), "no attempt is counted"


def test_a_password_that_waits_too_long_for_its_turn_is_told_so(
    hashing_now: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "LONGEST_WAIT", 0.01)
    with pytest.raises(hashing.Busy):
        get_hasher().encode("une phrase", "sel")


def test_the_page_of_sign_in_opens_at_once_meanwhile(hashing_now: None) -> None:
    assert Client().get(LOGIN).status_code == 200
