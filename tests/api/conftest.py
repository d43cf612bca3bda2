"""Fixtures of the API: a small town with a point, and programs with keys."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from parvis.apps.directory.rules.permissions import Scope
from tests.api.calls import Program, new_key
from tests.factories import SmallTown

MOMENT = "2026-11-24T10:00:00-05:00"


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = MOMENT


@pytest.fixture
def placed(town: SmallTown) -> SmallTown:
    """The small town, with a point for its address."""
    town.address.latitude, town.address.longitude = 45.42419, -73.37167
    town.address.save()
    return town


@pytest.fixture
def program(placed: SmallTown) -> Callable[..., Program]:
    """program(*scopes): a program with a key that has them."""

    def make(*scopes: Scope, **more: object) -> Program:
        return Program(new_key(placed.key_maker, *scopes, **more)[0])

    return make
