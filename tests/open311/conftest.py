"""Fixtures of Open311: a key of a program, and calls that read both formats into the same shape."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.directory.services.keys import make_key
from parvis.apps.open311 import tasks
from parvis.apps.open311.models import OutsideServer
from parvis.apps.open311.services.forwarding.servers import (
    Mapped,
    ServerValues,
    check_server,
    map_services,
    save_server,
)
from parvis.lib import clock
from parvis.operations.fake_services.open311 import KEY, Region, running
from tests.factories import SmallTown, make_address, unique
from tests.open311.calls import Caller

Later = Callable[[timedelta], None]
MOMENT = "2026-11-24T10:00:00-05:00"


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = MOMENT


def key_of(by: User, **more: Any) -> str:
    """The secret of a new key that may send requests."""
    values: dict[str, Any] = {"name": "Application", "scopes": [Scope.OPEN311_WRITE], "last_day": date(2027, 6, 30)}
    return make_key(submission=unique(), by=by, **values | more).secret


@pytest.fixture
def placed(town: SmallTown) -> SmallTown:
    """The small town, with a point for its address and public potholes."""
    town.address.latitude, town.address.longitude = 45.42419, -73.37167
    town.address.save()
    make_address(40, latitude=45.4260, longitude=-73.3700)
    town.pothole.public = True
    town.pothole.save()
    return town


@pytest.fixture
def key(placed: SmallTown) -> str:
    return key_of(placed.key_maker)


@pytest.fixture(params=["xml", "json"])
def call(request: pytest.FixtureRequest, client: Client) -> Caller:
    """A caller of the server, in one format then in the other."""
    return Caller(client, request.param)


@pytest.fixture
def new_key() -> Callable[..., str]:
    return key_of


@pytest.fixture
def region(settings: Settings) -> Iterator[Region]:
    settings.PARVIS_OPEN311_TRUSTED_HOSTS = frozenset({"127.0.0.1"})
    settings.PARVIS_NOW = datetime.now(UTC).isoformat()  # their server has the time of the machine
    with running(Region()) as region:
        yield region


@pytest.fixture
def later(settings: Settings, run_jobs: Callable[[], int]) -> Later:
    """Lets time pass, then has the worker do what is due."""

    def pass_time(span: timedelta) -> None:
        settings.PARVIS_NOW = (clock.now() + span).isoformat()
        tasks.follow_forwardings()
        run_jobs()

    return pass_time


@pytest.fixture
def server(placed: SmallTown, region: Region) -> OutsideServer:
    """The server of the region, tested, for potholes."""
    values = ServerValues("Région", placed.police, f"http://127.0.0.1:{region.port}/discovery.xml", key=KEY)
    made = save_server(values=values, by=placed.key_maker)
    made = check_server(server_id=made.pk, by=placed.key_maker)
    mapped = {placed.pothole.pk: Mapped("potholes", {"SIZE": "1"})}
    map_services(server_id=made.pk, mapped=mapped, by=placed.key_maker)
    return made
