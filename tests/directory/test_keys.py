"""API keys: shown once, stored hashed, refused when invalid."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import ApiKey
from parvis.apps.directory.rules.permissions import Role, Scope
from parvis.apps.directory.services import keys
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories import SmallTown, make_user, unique

READ, WRITE = Scope.CASES_READ, Scope.CASES_WRITE


@pytest.fixture(autouse=True)
def _wednesday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-25T10:00:00-05:00"


def make(town: SmallTown, **more: Any) -> keys.Made:
    values: dict[str, Any] = {"submission": unique(), "name": "Site", "scopes": [READ], "last_day": date(2026, 12, 31)}
    return keys.make_key(**values | more, by=town.key_maker)


def test_a_key_opens_what_its_scopes_say_and_its_secret_is_kept_by_nobody(town: SmallTown) -> None:
    new_key = make(town)
    assert keys.use_key(new_key.secret, READ) == new_key.key
    with pytest.raises(NotAllowed):
        keys.use_key(new_key.secret, WRITE)
    stored = ApiKey.objects.values().get()
    assert new_key.secret.rpartition(".")[2] not in str(stored) and new_key.key.prefix in new_key.secret


def test_it_is_good_to_the_end_of_its_last_day_and_no_longer(town: SmallTown, settings: Settings) -> None:
    new_key = make(town)
    settings.PARVIS_NOW = "2026-12-31T23:59:00-05:00"
    keys.use_key(new_key.secret, READ)
    settings.PARVIS_NOW = "2027-01-01T00:00:00-05:00"
    with pytest.raises(NotAllowed):
        keys.use_key(new_key.secret, READ)


def test_a_revoked_key_opens_nothing_at_once(town: SmallTown) -> None:
    new_key = make(town)
    for _ in range(2):
        keys.revoke_key(key_id=new_key.key.pk, by=town.key_maker)
    with pytest.raises(NotAllowed):
        keys.use_key(new_key.secret, READ)
    with pytest.raises(NotFound):
        keys.revoke_key(key_id=0, by=town.key_maker)


def test_unknown_and_wrong_keys_are_refused_in_the_same_words(town: SmallTown) -> None:
    new_key = make(town)
    wrong = (
        "",
        "parvis",
        "parvis..",
        f"{new_key.secret}x",
        f"autre.{new_key.key.prefix}.x",
        "parvis.0000000000.x",
        "a.b.c.d",
    )
    messages = set()
    for sent in (*wrong, new_key.secret.replace(new_key.key.prefix, "\0"), "parvis.é.\ud800", "parvis.\ud800.x"):
        with pytest.raises(NotAllowed) as refused:
            keys.use_key(sent, READ)
        messages.add(str(refused.value))
    assert len(messages) == 1


def test_its_last_use_is_written_once_a_minute(
    town: SmallTown, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    new_key = make(town)
    with django_assert_num_queries(2):
        keys.use_key(new_key.secret, READ)
    with django_assert_num_queries(1):
        keys.use_key(new_key.secret, READ)
    settings.PARVIS_NOW = "2026-11-25T10:01:00-05:00"
    with django_assert_num_queries(2):
        keys.use_key(new_key.secret, READ)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "), ("name", "x" * 81), ("scopes", []), ("scopes", ["everything"]),
        ("last_day", date(2026, 11, 24)), ("last_day", date(2027, 12, 1)),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(town: SmallTown, field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        make(town, **{field: value})
    assert list(refused.value.fields) == [field]


def test_a_form_sent_twice_makes_one_and_only_administrators_make_them(town: SmallTown) -> None:
    make(town, submission="s")
    with pytest.raises(Conflict):
        make(town, submission="s")
    assert ApiKey.objects.count() == 1
    for user in {*town.staff.values()} - {town.administrator}:
        with pytest.raises(NotAllowed):
            keys.make_key(submission="t", name="x", scopes=[READ], last_day=date(2026, 12, 1), by=user)


def test_the_screen_shows_the_secret_once_and_revokes(town: SmallTown) -> None:
    client = Client()
    client.force_login(town.key_maker)
    assert "Aucune clé" in client.get("/desk/keys/").content.decode()
    sent: dict[str, Any] = {
        "submission": "s",
        "name": "Application mobile",
        "scopes": [READ, WRITE],
        "last_day": "2026-12-31",
    }
    sent |= {"per_minute": 60, "per_day": 5000}
    answer = client.post("/desk/keys/new/", sent)
    page, key = answer.content.decode(), ApiKey.objects.get()
    secret = page.partition('<code tabindex="0" data-focus>')[2].partition("<")[0]
    assert keys.use_key(secret, WRITE) == key and "no-store" in answer["Cache-Control"]
    listed = client.get("/desk/keys/").content.decode()
    assert (
        "Application mobile" in listed
        and "31\u00a0décembre 2026" in listed
        and key.prefix in listed
        and secret not in listed
    )
    assert client.post("/desk/keys/new/", {**sent, "submission": "t", "scopes": []}).status_code == 422
    client.post(f"/desk/keys/{key.pk}/revoke/")
    assert "Révoquée" in client.get("/desk/keys/").content.decode()


def test_the_list_costs_one_query(town: SmallTown, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for many in (1, 49):
        for _ in range(many):
            make(town)
        with django_assert_num_queries(1):
            assert [str(key.created_by) for key in keys.all_keys()]


@pytest.mark.parametrize("scope", Scope)
def test_a_key_has_a_scope_only_while_its_maker_has_that_right_over_the_whole_town(
    town: SmallTown, scope: Scope
) -> None:
    """A manager who becomes administrator gives no more than they may do themselves over every department."""
    both = make_user("anne.roy", (town.works, Role.MANAGER), (town.desk, Role.ADMINISTRATOR))
    theirs = {Scope.ANSWERS_READ, Scope.FIGURES_READ, Scope.OPEN311_WRITE, Scope.WEBHOOKS_MANAGE}
    assert set(keys.scopes_of(both)) == theirs and set(keys.scopes_of(town.key_maker)) == set(Scope)
    values: dict[str, Any] = {"submission": unique(), "name": "Site", "last_day": date(2026, 12, 31)}
    if scope in theirs:
        assert keys.use_key(keys.make_key(**values, scopes=[scope], by=both).secret, scope)
    else:
        with pytest.raises(Invalid) as refused:
            keys.make_key(**values, scopes=[scope], by=both)
        assert list(refused.value.fields) == ["scopes"]
    made = keys.make_key(**values | {"submission": unique()}, scopes=[scope], by=town.key_maker)
    assert keys.use_key(made.secret, scope) == made.key and not keys.lapsed_scopes()
    town.key_maker.memberships.all().delete()
    with pytest.raises(keys.KeyRefused) as lost:
        keys.use_key(made.secret, scope)
    assert lost.value.reason == keys.KeyRefusal.SCOPE
    assert keys.lapsed_scopes() == {made.key: [scope]}
