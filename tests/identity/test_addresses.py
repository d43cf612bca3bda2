"""No URL fails, whatever number it contains."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from parvis.apps.directory.models import User
from tests.factories import SmallTown

NUMBER = "99999999999999999999"


def routes(urlresolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in urlresolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from routes(entry, route)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_number_larger_than_any_row_leads_nowhere(
    town: SmallTown, signed_in: Callable[[User], Client], method: str
) -> None:
    numbered = [route for route in routes(get_resolver()) if "<int:" in route and "^" not in route]
    assert len(numbered) > 100
    for user in (town.agent, town.manager):
        client = signed_in(user)
        client.raise_request_exception = False
        for route in numbered:
            address = "/" + re.sub(r"<\w+:\w+>", "x", re.sub(r"<int:\w+>", NUMBER, route))
            assert getattr(client, method)(address).status_code < 500, address
