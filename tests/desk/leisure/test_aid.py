"""The financial aid of a household: the page of the manager, and what anybody else sees of it."""

import csv
import html
import io
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.directory.models import AccessLogEntry, User
from parvis.apps.households.models import Household
from parvis.apps.leisure.models import FinancialAid, Group
from tests.desk.leisure.made import NOW, child_of, make_group, make_home, make_season
from tests.factories import SmallTown

SignIn = Callable[[User], Client]
GIVEN = {"season": "hiver-2027", "percent": "50", "most_cents": "250,50", "ends_on": "2027-02-01", "reason": "Exemple"}


@pytest.fixture(autouse=True)
def _the_morning(settings: Settings) -> None:
    settings.PARVIS_NOW = NOW


@pytest.fixture
def home(town: SmallTown) -> Household:
    return make_home()


@pytest.fixture
def group(town: SmallTown) -> Group:
    return make_group(make_season())


def text(response: object) -> str:
    return html.unescape(response.content.decode()).replace("\u00a0", " ")  # type: ignore[attr-defined]


def at(home: Household, rest: str = "aide/") -> str:
    return f"/desk/loisirs/menage/{home.public_id}/{rest}"


def test_the_manager_gives_it_changes_it_and_ends_it_with_a_reason(
    town: SmallTown, signed_in: SignIn, home: Household, group: Group
) -> None:
    """Point 20."""
    manager = signed_in(town.leisure_manager)
    assert "Aucune aide dans cette saison" in text(manager.get(at(home)))
    page = text(manager.post(at(home), GIVEN, follow=True))
    for words in ("50 %", "250,50 $", "Exemple", "lundi 1er février", town.leisure_manager.display_name):
        assert words in page, words
    assert "Aide financière : 50 %" in text(manager.get(at(home, "")))
    manager.post(at(home), GIVEN | {"percent": "75"})
    assert FinancialAid.objects.filter(ended_at=None).get().percent == 75
    wrong = manager.post(at(home), GIVEN | {"percent": "0", "reason": "Gardé tel quel", "most_cents": "beaucoup"})
    assert wrong.status_code == 422 and "Gardé tel quel" in text(wrong) and "beaucoup" in text(wrong)
    assert 'aria-invalid="true"' in text(wrong)
    manager.post(at(home), {"season": "hiver-2027", "do": "end"})
    assert not FinancialAid.objects.filter(ended_at=None).exists()
    assert AccessLogEntry.objects.filter(subject="household", subject_id=home.pk).count() == 1


def test_an_agent_sees_the_amount_on_the_bill_and_nothing_else(
    town: SmallTown, signed_in: SignIn, home: Household, group: Group
) -> None:
    """Point 20."""
    signed_in(town.leisure_manager).post(at(home), GIVEN)
    agent = signed_in(town.agent)
    assert agent.get(at(home)).status_code == 403 and agent.post(at(home), GIVEN).status_code == 403
    assert "Aide financière" not in text(agent.get(at(home, "")))
    people = [child_of(home, "Léa").public_id]
    page = text(agent.post(at(home, "tenir/"), {"people": people, "group": group.slug}, follow=True))
    assert "Aide financière, déduite : 60 $" in page
    for secret in ("50 %", "250,50", "Exemple"):
        assert secret not in page, secret


def test_the_spreadsheet_of_a_group_says_nothing_of_it(
    town: SmallTown, signed_in: SignIn, home: Household, group: Group
) -> None:
    """Point 20."""
    manager = signed_in(town.leisure_manager)
    manager.post(at(home), GIVEN)
    signed_in(town.agent).post(at(home, "tenir/"), {"people": [child_of(home, "Léa").public_id], "group": group.slug})
    address = f"/desk/loisirs/groupe/{group.slug}/liste.csv"
    answer = manager.get(address)
    if answer.status_code == 302:  # the password is asked again
        manager.post(answer["Location"], {"password": "le mot de passe"})
        answer = manager.get(address)
    heads, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert row[0] == "Léa Gagné" and len(heads) == len(row) == 8
    assert "60" not in "".join(row[4:5] + row[7:]) and "aide" not in ";".join([*heads, *row]).lower()
