"""Whatever leaves the desk as a table asks for the password again first, also of those who have none."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from pytest_django import Settings

from parvis.apps.directory.models import AccessLogEntry, User
from parvis.surfaces.desk import urls
from tests.confirming import PASSWORD, confirm
from tests.desk.leisure.made import NOW, child_of, make_group, make_home, make_season, put
from tests.factories import SmallTown

SignIn = Callable[[User], Client]


def _tables(patterns: list[Any], before: str = "") -> Iterator[str]:
    """The names of the addresses of the desk that are files of a table."""
    for one in patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _tables(one.url_patterns, route)
        elif isinstance(one, URLPattern) and route.endswith((".csv", ".json")) and one.name:
            yield one.name


TABLES = sorted(set(_tables(urls.urlpatterns)))


@pytest.fixture
def group(town: SmallTown, settings: Settings) -> str:
    settings.PARVIS_NOW = NOW
    group, home = make_group(make_season()), make_home()
    put(group, home, child_of(home, "Léa"))
    return group.slug


def test_the_desk_has_tables() -> None:
    assert {"group_csv", "opinions_csv", "baseline_csv", "english_reasons", "outreach_figures_csv"} <= set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_asks_for_the_password_again_even_just_after_signing_in(
    town: SmallTown, signed_in: SignIn, group: str, name: str
) -> None:
    address = reverse(f"desk:{name}", kwargs={"slug": group} if name == "group_csv" else {})
    asked = []
    for user in User.objects.filter(is_active=True):
        answer = signed_in(user).get(address)
        assert answer.status_code in (302, 403), (name, user.username)
        if answer.status_code == 302:
            assert answer["Location"].startswith("/staff/reauthenticate/?next="), (name, answer["Location"])
            asked.append(user)
    assert asked, "someone may have it"
    assert confirm(signed_in(asked[0])).get(address).status_code == 200


def test_the_table_of_a_group_is_given_after_the_password_and_its_reading_is_logged(
    town: SmallTown, signed_in: SignIn, group: str
) -> None:
    client, address = signed_in(town.leisure_manager), f"/desk/loisirs/groupe/{group}/liste.csv"
    asked = client.get(address)
    assert not AccessLogEntry.objects.filter(reason="CSV").exists()
    assert client.post(asked["Location"], {"password": "pas le bon"}).status_code == 200
    answer = client.post(asked["Location"], {"password": PASSWORD}, follow=True)
    assert answer["Content-Type"].startswith("text/csv")
    assert AccessLogEntry.objects.get(reason="CSV").user == town.leisure_manager


def test_a_sample_account_is_told_that_a_password_is_asked_then_goes_on(
    town: SmallTown, signed_in: SignIn, group: str, settings: Settings
) -> None:
    settings.PARVIS_DEMO = True
    town.leisure_manager.sample = True
    town.leisure_manager.set_unusable_password()
    town.leisure_manager.save()
    client, address = signed_in(town.leisure_manager), f"/desk/loisirs/groupe/{group}/liste.csv"
    asked = client.get(address)
    assert asked.status_code == 302 and asked["Location"].startswith("/staff/reauthenticate/sample/?next=")
    page = client.get(asked["Location"])
    assert "Les comptes d’exemple de la démonstration n’en ont pas" in page.content.decode()
    answer = client.post(asked["Location"], follow=True)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/csv")
    assert client.get(address).status_code == 200, "not again for five minutes"
    settings.PARVIS_DEMO = False
    assert client.get(asked["Location"]).status_code == 404


def test_an_account_without_a_password_nor_a_code_sets_up_a_code_first(
    town: SmallTown, signed_in: SignIn, group: str
) -> None:
    town.leisure_manager.set_unusable_password()
    town.leisure_manager.save()
    answer = signed_in(town.leisure_manager).get(f"/desk/loisirs/groupe/{group}/liste.csv")
    assert answer.status_code == 302 and answer["Location"].startswith("/staff/2fa/app/?next=")
