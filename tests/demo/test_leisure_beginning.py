"""The leisure of a demonstration begins once, where a season has opened, and says so where none has."""

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from parvis.apps.leisure.models import Registration
from parvis.operations.demo.households import seed_households_once
from parvis.operations.demo.seasons import seed_leisure_once
from parvis.operations.town.load import load
from tests.factories import SmallTown

VILLAGE = Path(__file__).parents[2] / "tests/towns/val-des-aulnes"
BEFORE, AFTER = "2026-12-02T14:12:00-05:00", "2026-12-16T14:12:00-05:00"  # the winter of the sample town opens


def test_nothing_is_made_before_a_season_opens_and_the_start_says_so(db: None, settings: Any) -> None:
    settings.PARVIS_DEMO, settings.PARVIS_NOW = True, BEFORE
    load(VILLAGE, demo=True)
    seed_households_once()
    told = seed_leisure_once(cases=50)
    assert told and told.line() == (
        "Examples of leisure: none, as no example season has opened yet, or nobody may register people."
    )
    assert not Registration.objects.exists()
    settings.PARVIS_DEMO = False
    assert seed_leisure_once(cases=50) is None


def test_a_town_without_leisure_has_no_example_of_it(town: SmallTown, settings: Any) -> None:
    settings.PARVIS_DEMO, settings.PARVIS_NOW = True, BEFORE
    told = seed_leisure_once(cases=50)
    assert told and told.registrations == 0


@pytest.mark.soak("towns")
def test_the_small_town_has_its_families_once_its_season_is_open(db: None, settings: Any) -> None:
    settings.PARVIS_DEMO, settings.PARVIS_NOW = True, AFTER
    load(VILLAGE, demo=True)
    seed_households_once()
    told = seed_leisure_once(cases=50)
    assert told and told.registrations > 10 and told.payments > 3


@pytest.mark.soak("towns")
def test_the_same_seed_tells_the_same_leisure(db: None, settings: Any) -> None:
    settings.PARVIS_DEMO, settings.PARVIS_NOW = True, AFTER
    load(VILLAGE, demo=True)
    told = []
    for seed in (3, 3, 4):
        with transaction.atomic():
            seed_leisure_once(cases=50, seed=seed)
            rows = Registration.objects.order_by("pk")
            told.append(list(rows.values_list("group__slug", "individual__name", "state", "made_at", "channel")))
            transaction.set_rollback(True)
    assert told[0] == told[1] and told[0] != told[2]
