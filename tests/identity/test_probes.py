"""The probes of a service that is served under its public name alone."""

from typing import Any

import pytest
from django.test import Client

from tests.factories import SmallTown

HERE = ("127.0.0.1:8000", "127.0.0.1", "localhost:8000", "[::1]:8000")


@pytest.fixture(autouse=True)
def served(town: SmallTown, settings: Any) -> None:
    """The small town in production, behind a proxy."""
    settings.PARVIS_DEMO = False
    settings.ALLOWED_HOSTS = ["service.ville.example"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.parametrize("host", HERE)
def test_who_watches_from_the_machine_itself_is_answered(host: str) -> None:
    answer = Client().get("/readyz", headers={"host": host})
    assert answer.status_code == 200 and answer.json()["ready"] is True
    assert answer.headers["X-Request-ID"]
    assert Client().get("/healthz", headers={"host": host}).text == "ok\n"


@pytest.mark.parametrize("path", ["/", "/staff/login/", "/readyz/", "/api/v1/", "//readyz"])
@pytest.mark.parametrize("host", HERE)
def test_nothing_else_is_served_under_that_name(host: str, path: str) -> None:
    assert Client().get(path, headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["autre.example", "127.0.0.1.autre.example", "127.0.0.1@autre.example", "10.0.0.4"])
def test_another_name_is_refused_there_too(host: str) -> None:
    assert Client().get("/readyz", headers={"host": host}).status_code == 400


def test_the_public_name_is_answered_as_before() -> None:
    assert Client().get("/readyz", headers={"host": "service.ville.example"}).status_code == 200
    assert Client().post("/readyz", headers={"host": "127.0.0.1"}).status_code == 405
