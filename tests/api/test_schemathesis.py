"""Nothing that a program may send makes the server fail: examples drawn from the document, in a seeded town.

150 of them in each run of the tests, 20,000 in `make soak PART=api`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings
from schemathesis.core.result import Ok

from parvis.apps.directory.rules.permissions import Scope
from parvis.config.wsgi import application
from tests.api.calls import Program, new_key
from tests.factories import SmallTown
from tests.heavy import amount

EXAMPLES = amount(20_000, sample=150)
pytestmark = pytest.mark.soak("api", sampled=True)


@pytest.fixture
def secret(placed: SmallTown, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    """A key that may do everything, as often as it likes, in a town where there is something to read."""
    monkeypatch.setattr("parvis.surfaces.api.gate.WITHOUT_KEY", 10**9)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
    secret, _key = new_key(placed.key_maker, *Scope, per_minute=6_000, per_day=1_000_000)
    monkeypatch.setattr("parvis.surfaces.api.gate.count_use", _uncounted)
    return secret


def _uncounted(_key: object) -> Any:
    return type("Uses", (), {"minute": 0, "day": 0})


@pytest.fixture
def known(secret: str, placed: SmallTown) -> dict[str, str]:
    """Names of things that exist, so that examples reach beyond a 404."""
    caller = Program(secret)
    body = {"subject": placed.pothole.slug, "words": "Un trou", "place": "12 rue du Quai"}
    hook = {"url": "http://127.0.0.1:1/", "events": ["case.opened"]}
    return {
        "reference": caller.post("/cases", body).value["reference"],
        "webhook_id": caller.post("/webhooks", hook).value["id"],
        "delivery_id": "msg_0",
        "slug": placed.pothole.slug,
        "address_id": str(placed.address.pk),
    }


def _operations() -> Iterator[Any]:
    schema = schemathesis.openapi.from_dict(Client().get("/api/v1/openapi.json").json())
    schema.app = application
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        yield result.ok()


def test_no_example_makes_the_server_fail(secret: str, known: dict[str, str]) -> None:
    operations = list(_operations())
    each = -(-EXAMPLES // len(operations))
    with _one_connection():
        sent = sum(_try(operation, each, secret, known) for operation in operations)
    assert sent >= EXAMPLES * 0.8


@contextmanager
def _one_connection() -> Iterator[None]:
    """Keeps the connection of the test, which holds its transaction, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _try(operation: Any, examples: int, secret: str, known: dict[str, str]) -> int:
    """Sends so many examples of an operation, half of them to things that exist; returns how many."""
    failures: list[str] = []
    sent = 0

    @seed(20261124)
    @hypothesis_settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        nonlocal sent
        sent += 1
        if sent % 2:
            case.path_parameters = {name: known.get(name, value) for name, value in case.path_parameters.items()}
        response = case.call(headers={"Authorization": f"Bearer {secret}"})
        if response.status_code >= 500:
            failures.append(f"{operation.label}: {case.as_curl_command()}")
        elif response.status_code >= 400:
            assert response.headers["content-type"][0] == "application/problem+json", operation.label

    send()
    assert not failures, failures[:5]
    return sent
