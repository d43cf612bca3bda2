"""The morning when a season is open to everyone."""

import pytest
from pytest_django import Settings

from parvis.apps.leisure.models import Activity, Season
from tests.factories import SmallTown
from tests.leisure.making import OPENED, make_activity, make_season


@pytest.fixture
def opened(town: SmallTown, settings: Settings) -> None:
    """The moment of the opening to everyone, in the small town."""
    settings.PARVIS_NOW = OPENED


@pytest.fixture
def season(opened: None) -> Season:
    return make_season()


@pytest.fixture
def swimming(opened: None) -> Activity:
    return make_activity()
