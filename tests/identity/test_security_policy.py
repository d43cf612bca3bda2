"""The content security policy of every page, relaxed for the Wagtail editor."""

from collections.abc import Callable

import pytest
from django.test import Client

from parvis.apps.directory.models import User
from tests.factories import SmallTown


def policy(client: Client, path: str) -> dict[str, str]:
    said = client.get(path)["Content-Security-Policy"]
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in said.split(";"))}


@pytest.mark.parametrize("path", ["/", "/suivi/", "/staff/login/", "/desk/", "/dev/mail/"])
def test_pages_of_the_product_run_nothing_written_in_them(
    town: SmallTown, signed_in: Callable[[User], Client], path: str
) -> None:
    client = Client() if path == "/staff/login/" else signed_in(town.agent)
    result = policy(client, path)
    assert result["script-src"] == result["style-src"] == "'self'"
    assert result["frame-ancestors"] == result["object-src"] == "'none'"


@pytest.mark.parametrize("path", ["/edition/", "/edition/answers/", "/edition/facts/", "/edition/nowhere/"])
def test_the_editor_space_has_a_policy_too(town: SmallTown, signed_in: Callable[[User], Client], path: str) -> None:
    result = policy(signed_in(town.editor), path)
    assert result["default-src"] == "'self'" and "unsafe-eval" not in result["script-src"]
    assert result["script-src"].split()[0] == result["frame-ancestors"] == "'self'"
    assert result["object-src"] == result["base-uri"] == "'none'"
    assert "blob:" in result["img-src"] and "http" not in str(result)
