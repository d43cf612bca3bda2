"""A demonstration begins with requests once, at any hour, and always with the same ones."""

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from parvis.apps.cases.models import Case, Entry, Opinion
from parvis.apps.cases.services import journal_checkpoints
from parvis.apps.households.models import Individual
from parvis.apps.households.queries import household_of, members_of, residence_of
from parvis.apps.intake.models import Callback, Contact
from parvis.apps.residents.models import AccountEmail, Person
from parvis.cli.main import main
from parvis.lib.clock import today
from parvis.operations import preparation
from parvis.operations.demo.households import seed_households_once
from parvis.operations.demo.services import seed_once
from parvis.operations.town.load import load
from tests.factories import SmallTown

ROOT = Path(__file__).parents[2]
MOMENT = "2026-11-24T14:12:00-05:00"  # a Tuesday, in working hours


@pytest.fixture
def small(town: SmallTown, settings: Any, tmp_path: Path) -> SmallTown:
    settings.PARVIS_NOW, settings.PARVIS_DATA = MOMENT, tmp_path
    return town


def test_a_checkpoint_signed_before_still_holds(small: SmallTown) -> None:
    journal_checkpoints.sign()
    seed_once(cases=20)
    assert main(["verify-journal"]) == 0
    assert not Entry.objects.filter(recorded_at=None).exists()


@pytest.mark.parametrize(
    "moment", ["2026-11-22T03:00:00-05:00", "2026-11-24T00:01:00-05:00", "2026-12-25T22:30:00-05:00"]
)
def test_any_hour_will_do(small: SmallTown, settings: Any, moment: str) -> None:
    settings.PARVIS_NOW = moment
    result = seed_once(cases=30)
    assert result is not None and result.cases == 30
    assert not Entry.objects.filter(at__gt=moment).exists()
    assert main(["verify-journal"]) == 0
    running = Case.objects.filter(state__in=("new", "working")).exclude(nature="comment")
    assert running.exists() and Case.objects.filter(state__in=("asked", "waiting")).exists()


def _stories() -> list[Any]:
    """What was made, but for links, codes and salts."""
    return [
        list(Case.objects.order_by("pk").values_list("key", "words", "state", "opened_at", "due_at")),
        list(Entry.objects.order_by("pk").values_list("case__key", "seq", "kind", "at", "actor__username", "body")),
        list(Person.objects.order_by("pk").values_list("name", "email", "address", "created_at")),
        list(Contact.objects.order_by("pk").values_list("channel", "agent__username", "started_at", "seconds")),
        list(Callback.objects.order_by("pk").values_list("phone", "due_at", "done_at", "note")),
        list(Opinion.objects.order_by("pk").values_list("mark", "words", "given_at")),
    ]


@pytest.mark.soak("towns")
def test_the_same_seed_tells_the_same_stories(small: SmallTown) -> None:
    told = []
    for seed in (3, 3, 4):
        with transaction.atomic():
            seed_once(cases=15, seed=seed)
            told.append(_stories())
            transaction.set_rollback(True)
    assert told[0] == told[1]
    assert told[0] != told[2]


def test_a_demonstration_begins_with_examples_once(small: SmallTown, settings: Any) -> None:
    settings.PARVIS_DEMO = False
    assert seed_once(cases=20) is None
    settings.PARVIS_DEMO = True
    assert seed_once(cases=20) is not None
    assert seed_once(cases=20) is None
    assert Case.objects.count() == 20


def test_a_true_service_is_warned_of_examples(small: SmallTown, settings: Any) -> None:
    settings.PARVIS_DEMO = False
    assert not any("invented" in line for line in preparation.prepare(None))
    settings.PARVIS_DEMO = True
    seed_once(cases=5)
    settings.PARVIS_DEMO = False
    assert any("invented" in line for line in preparation.prepare(None))


def test_a_town_where_nobody_answers_is_refused_whole(db: None, settings: Any) -> None:
    load(ROOT / "tests/towns/val-des-aulnes", demo=False)
    with pytest.raises(Exception, match="Examples need"):
        seed_once(cases=9)
    assert not Person.objects.exists()


def test_a_demonstration_has_its_households_once(town: SmallTown, settings: Any) -> None:
    settings.PARVIS_DEMO, settings.PARVIS_NOW = True, MOMENT
    assert (seed_households_once(), seed_households_once()) == (3, 0)
    louise = AccountEmail.objects.get(email="louise.gagne@example.org").account
    household = household_of(louise)
    assert household and [row.age_on(today()) for row in members_of(household)][1:] == [8, 5]
    assert residence_of(household, today()).proved_until
    assert Individual.objects.get(name__startswith="Émile").links.count() == 2
    assert Individual.objects.get(name="Gilles Pelletier").account is None
