"""Pages of the public leave compressed for the browsers that take it, and say the same."""

import gzip
import re
from collections.abc import Callable

import pytest
from django.test import Client

from parvis.apps.directory.models import User
from tests.blanks import compact
from tests.factories import SmallTown

TAKES = {"Accept-Encoding": "gzip, br"}


@pytest.mark.parametrize("address", ["/", "/signaler/"])
def test_a_page_of_the_public_is_sent_at_less_than_half_its_size(town: SmallTown, client: Client, address: str) -> None:
    whole = client.get(address)
    sent = client.get(address, headers=TAKES)
    assert "Content-Encoding" not in whole and sent["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in sent["Vary"] and len(sent.content) < len(whole.content) / 2
    assert without_the_moment(gzip.decompress(sent.content).decode()) == without_the_moment(whole.text)


def without_the_moment(page: str) -> str:
    """What the page says, without when it was made and what it is signed with."""
    return re.sub(r'data-now="[^"]*"|value="[^"]{40,}"', "", compact(page))


def test_a_compressed_page_that_did_not_change_is_not_sent_again(town: SmallTown, client: Client) -> None:
    first = client.get("/", headers=TAKES)
    again = client.get("/", headers=TAKES | {"If-None-Match": first["ETag"]})
    assert first["Content-Encoding"] == "gzip" and again.status_code == 304 and again.content == b""


def test_the_pages_of_the_staff_and_what_programs_read_are_left_as_they_are(
    town: SmallTown, client: Client, signed_in: Callable[[User], Client]
) -> None:
    assert "Content-Encoding" not in signed_in(town.agent).get("/desk/mine/", headers=TAKES)
    assert "Content-Encoding" not in client.get("/nouvelles/flux.rss", headers=TAKES)
