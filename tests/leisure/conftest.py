"""The morning when a season is open to everyone."""

import pytest
from pytest_django import Settings

from parvis.apps.leisure.models import Activity, Season
from tests.factories import SmallTown
from tests.leisure.making import OPENED, make_activity, make_season


@pytest.fixture
def opened(town: SmallTown, settings: Settings) -> None:
    """The moment of the opening to everyone, in the small town; one may pay at the counter from the first hour."""
    settings.PARVIS_NOW = OPENED
    settings.PARVIS_COUNTER_AFTER_HOURS = 0


@pytest.fixture
def season(opened: None) -> Season:
    return make_season()


@pytest.fixture
def swimming(opened: None) -> Activity:
    return make_activity()
