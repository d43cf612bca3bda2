"""A town with periods, an officer, and proofs of residence that are long over."""

from datetime import date
from pathlib import Path

import pytest
from pytest_django import Settings

from parvis.apps.directory.models import User
from parvis.apps.households.models import Household, ResidenceProof
from parvis.apps.retention.models import Period
from tests.factories import SmallTown, make_small_town
from tests.leisure.making import BEFORE, make_household

NOW = "2026-12-15T09:00:00-05:00"
RULE = "households.proofs"


@pytest.fixture(autouse=True)
def _data(settings: Settings, tmp_path: Path) -> None:
    """A folder of its own for the log of destructions, on a morning of December."""
    settings.PARVIS_DATA = tmp_path
    settings.PARVIS_NOW = NOW


@pytest.fixture
def town() -> SmallTown:
    """A town that keeps proofs of residence for three years."""
    period(RULE, 36)
    return make_small_town()


@pytest.fixture
def officer(town: SmallTown) -> User:
    """The privacy officer."""
    return town.privacy_officer


def period(rule: str, months: int) -> Period:
    """How long the town keeps what a rule is about."""
    return Period.objects.create(slug=rule, months=months, source_title="Calendrier, 12.3")


def proof(household: Household, until: date = date(2022, 7, 1)) -> ResidenceProof:
    """A lease that counted until the day before that one."""
    values = {"kind": "lease", "since": date(2021, 7, 1), "expires_on": until, "created_at": BEFORE}
    return ResidenceProof.objects.create(household=household, **values)


def family() -> Household:
    """A household without a proof."""
    return make_household(resident=False)
