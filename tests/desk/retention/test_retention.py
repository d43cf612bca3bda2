"""The privacy officer's pages of retention."""

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import User
from parvis.apps.households.models import ResidenceProof
from parvis.apps.retention import tasks
from parvis.apps.retention.models import Certificate, Hold, Run
from parvis.apps.retention.services import runs
from tests.factories import SmallTown
from tests.retention.conftest import NOW, RULE, family, period, proof

pytestmark = pytest.mark.django_db
HOME = "/desk/conservation/"
HOLDS = "/desk/conservation/retenues/"


@pytest.fixture(autouse=True)
def _morning(settings: Settings, tmp_path: Path) -> None:
    """A morning of December, with a log of its own."""
    settings.PARVIS_DATA, settings.PARVIS_NOW = tmp_path, NOW


@pytest.fixture
def officer(town: SmallTown) -> User:
    """The privacy officer of a town that keeps proofs for three years."""
    period(RULE, 36)
    return town.privacy_officer


@pytest.fixture
def browser(officer: User) -> Client:
    """Their browser, in English."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(officer)
    client.cookies["lang"] = "en"
    return client


def body(client: Client, url: str, **fields: str) -> str:
    """The page of an address, or of a form sent there."""
    answer = client.post(url, fields, follow=True) if fields else client.get(url)
    assert answer.status_code in (200, 409, 422)
    return answer.content.decode()


def test_17_from_the_proposal_to_the_certificate(browser: Client, officer: User) -> None:
    """Point 17."""
    kept, gone = family(), family()
    proofs = [proof(kept), proof(gone)]
    assert "Nothing was destroyed yet" in body(browser, HOME)
    body(browser, reverse("desk:propose_destruction"), go="1")
    run = Run.objects.get()
    page = reverse("desk:retention_run", args=[run.pk])
    listed = body(browser, f"{page}{RULE}/")
    assert kept.public_id in listed and kept.name not in listed
    line = run.lines.get(row_id=proofs[0].pk)
    decide = reverse("desk:retention_line", args=[line.pk])
    assert "Say why it is kept." in body(browser, decide, act="keep", why="")
    body(browser, decide, act="keep", why="À vérifier")
    assert "À vérifier" in body(browser, f"{page}{RULE}/")
    approve = reverse("desk:approve_destruction", args=[run.pk])
    assert "Tick this box to approve." in body(browser, approve, seen="1")
    assert "The proposal changed" in body(browser, approve, seen="2", sure="on")
    body(browser, approve, seen="1", sure="on")
    tasks.destroy_approved()
    assert list(ResidenceProof.objects.all()) == [proofs[0]]
    number = Certificate.objects.get().number
    assert number in body(browser, HOME)
    paper = body(browser, f"/desk/conservation/certificat/{number}/?as=page")
    assert "Calendrier, 12.3" in paper and officer.username in paper and gone.public_id not in paper


def test_a_hold_is_placed_and_ended(browser: Client) -> None:
    household = family()
    wrong = body(browser, HOLDS, file="inconnu", why="Litige")
    assert "No file has this reference" in wrong and "inconnu" in wrong and "Litige" in wrong
    body(browser, HOLDS, file=household.public_id, why="Litige")
    hold = Hold.objects.get()
    assert household.name in body(browser, HOLDS)
    end = reverse("desk:end_retention_hold", args=[hold.pk])
    assert "Say why it ends." in body(browser, end, why=" ")
    body(browser, end, why="Réglé")
    assert "Réglé" in body(browser, HOLDS)


def test_a_proposal_set_aside_destroys_nothing(browser: Client, officer: User) -> None:
    proof(family())
    run = runs.propose(by=officer)
    body(browser, reverse("desk:drop_destruction", args=[run.pk]), go="1")
    tasks.destroy_approved()
    assert ResidenceProof.objects.count() == 1 and "set aside" in body(browser, f"{HOME}proposition/{run.pk}/")


def test_when_nothing_is_due_it_is_said(browser: Client) -> None:
    assert "Nothing is due today." in body(browser, reverse("desk:propose_destruction"), go="1")


def test_the_lines_come_by_fifty_and_cost_the_same(
    browser: Client, officer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    household = family()
    for _n in range(60):
        proof(household)
    run = runs.propose(by=officer)
    page = reverse("desk:retention_run", args=[run.pk])
    first = body(browser, f"{page}{RULE}/")
    assert first.count("<code>") == 50 and "More lines" in first
    after = run.lines.order_by("pk")[49].pk
    with django_assert_num_queries(queries_of(browser, f"{page}{RULE}/")):
        assert body(browser, f"{page}{RULE}/?after={after}").count("<code>") == 10


def queries_of(client: Client, url: str) -> int:
    """How many queries a page costs."""
    with CaptureQueriesContext(connection) as asked:
        client.get(url)
    return len(asked)


@pytest.mark.parametrize("who", ["agent", "manager", "editor", "treasurer"])
def test_nobody_else_opens_them(town: SmallTown, who: str) -> None:
    client = Client()
    client.force_login(getattr(town, who))
    assert client.get(HOME).status_code == 403 and client.get(HOLDS).status_code == 403
