"""`python -m bench.seeding`: an invented past that nothing tells from a lived one, but for its marks."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from bench.seeding import services as seeding
from bench.seeding.__main__ import main as seed_command
from parvis.apps.cases.models import Case, Entry, Opinion
from parvis.apps.cases.services import journal_checkpoints
from parvis.apps.intake.models import Callback, Contact
from parvis.apps.residents.models import Person
from parvis.cli.main import main
from parvis.lib.clock import now
from parvis.operations.town.load import load
from tests.factories import SmallTown

pytestmark = pytest.mark.soak("seeding")

ROOT = Path(__file__).parents[2]
TOWNS = {"carignan": ROOT / "towns/carignan", "val-des-aulnes": ROOT / "tests/towns/val-des-aulnes"}
MOMENT = "2026-11-24T14:12:00-05:00"  # a Tuesday, in working hours


@pytest.fixture(autouse=True)
def _own_heads(settings: Any, tmp_path: Path) -> None:
    """The heads that a test signs are its own."""
    settings.PARVIS_DATA = tmp_path


@pytest.fixture
def small(town: SmallTown, settings: Any) -> SmallTown:
    settings.PARVIS_NOW = MOMENT
    return town


def test_examples_may_come_after_a_head_was_signed(small: SmallTown, capsys: pytest.CaptureFixture[str]) -> None:
    journal_checkpoints.sign()
    seeding.seed(cases=20, seed=1, months=2)
    assert main(["verify-journal"]) == 0
    assert not Entry.objects.filter(recorded_at=None).exists()


@pytest.mark.parametrize(
    "moment", ["2026-11-22T03:00:00-05:00", "2026-11-24T00:01:00-05:00", "2026-12-25T22:30:00-05:00"]
)
def test_any_hour_will_do(small: SmallTown, settings: Any, moment: str) -> None:
    settings.PARVIS_NOW = moment
    made = seeding.seed(cases=60, seed=1, months=2)
    assert made.cases == 60
    assert not Entry.objects.filter(at__gt=moment).exists()
    assert main(["verify-journal"]) == 0
    running = Case.objects.filter(state__in=("new", "working")).exclude(nature="comment")
    assert running.exists() and Case.objects.filter(state__in=("asked", "waiting")).exists()


def story() -> list[Any]:
    """Everything that a seeding wrote, but for what a sequence of PostgreSQL numbers."""
    return [
        list(Case.objects.order_by("pk").values_list("key", "secret", "code", "words", "state", "opened_at", "due_at")),
        list(Entry.objects.order_by("pk").values_list("case__key", "seq", "kind", "at", "actor", "body", "salt")),
        list(Person.objects.order_by("pk").values_list("name", "email", "address", "created_at")),
        list(Contact.objects.order_by("pk").values_list("key", "agent", "channel", "started_at", "seconds")),
        list(Callback.objects.order_by("pk").values_list("phone", "due_at", "done_at", "note")),
        list(Opinion.objects.order_by("pk").values_list("mark", "words", "given_at")),
    ]


def test_the_same_numbers_give_the_same_past(small: SmallTown) -> None:
    told = []
    for seed in (3, 3, 4):
        with transaction.atomic():
            seeding.seed(cases=80, seed=seed, months=6)
            told.append(story())
            transaction.set_rollback(True)
    assert told[0] == told[1]
    assert told[0] != told[2]


def test_a_town_may_be_far_behind_on_its_work(small: SmallTown) -> None:
    seeding.seed(cases=300, seed=3, months=12, left=0.5)
    old = Case.objects.filter(opened_at__lt=now() - timedelta(days=60)).exclude(nature="comment")
    still_open = old.exclude(state="closed").count()
    assert old.count() * 0.35 < still_open < old.count() * 0.65
    assert main(["verify-journal"]) == 0


def test_true_cases_are_never_joined_by_accident(
    small: SmallTown, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert seed_command(["--cases", "30", "--months", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cases"] == 30
    assert seed_command(["--cases", "30"]) == 1
    assert "already holds cases" in capsys.readouterr().err
    assert seed_command(["--cases", "30", "--months", "2", "--add"]) == 0
    assert Case.objects.count() == 60 and main(["verify-journal"]) == 0
    settings.PARVIS_DEMO = False
    assert seed_command(["--cases", "30", "--add"]) == 1
    assert "no demonstration" in capsys.readouterr().err
    assert seed_command(["--cases", "5", "--months", "2", "--add", "--yes-these-are-examples"]) == 0
    assert Case.objects.count() == 65


@pytest.mark.parametrize(
    "wrong",
    [
        ["--cases", "0"],
        ["--cases", "9", "--months", "0"],
        ["--cases", "9", "--asked", "-1"],
        ["--cases", "9", "--left", "2"],
    ],
)
def test_numbers_out_of_bounds_are_refused(
    small: SmallTown, wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert seed_command(wrong) == 1
    assert "Choose from 1" in capsys.readouterr().err
    assert not Case.objects.exists()


def test_a_town_where_nobody_answers_is_refused_whole(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    load(TOWNS["val-des-aulnes"], demo=False)
    assert seed_command(["--cases", "9"]) == 1
    assert "Examples need" in capsys.readouterr().err
    assert not Person.objects.exists()
