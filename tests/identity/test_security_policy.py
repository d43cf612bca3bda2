"""Every page says what it may load; the editor's space, made by Wagtail, is allowed a little more."""

from collections.abc import Callable

import pytest
from django.test import Client

from parvis.directory.models import User
from tests.factories import SmallTown


def policy(client: Client, path: str) -> dict[str, str]:
    said = client.get(path)["Content-Security-Policy"]
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in said.split(";"))}


@pytest.mark.parametrize("path", ["/", "/suivi/", "/staff/login/", "/desk/", "/dev/ui/"])
def test_pages_of_the_product_run_nothing_written_in_them(
    town: SmallTown, signed_in: Callable[[User], Client], path: str
) -> None:
    client = Client() if path == "/staff/login/" else signed_in(town.agent)
    found = policy(client, path)
    assert found["script-src"] == found["style-src"] == "'self'"
    assert found["frame-ancestors"] == found["object-src"] == "'none'"


@pytest.mark.parametrize("path", ["/edition/", "/edition/answers/", "/edition/facts/", "/edition/nowhere/"])
def test_the_editor_space_has_a_policy_too(town: SmallTown, signed_in: Callable[[User], Client], path: str) -> None:
    found = policy(signed_in(town.editor), path)
    assert found["default-src"] == "'self'" and "unsafe-eval" not in found["script-src"]
    assert found["script-src"].split()[0] == found["frame-ancestors"] == "'self'"
    assert found["object-src"] == found["base-uri"] == "'none'"
    assert "blob:" in found["img-src"] and "http" not in str(found)
