"""The TXT records of a name, asked of a name server that has the faults of real ones."""

import time
from collections.abc import Iterator

import pytest

from parvis.lib.dns_text import NoAnswer, txt
from tests.name_server import NameServer

NAME, LONG = "anse.exemple.ca", "v=DKIM1; p=" + "A" * 700


@pytest.fixture
def server() -> Iterator[NameServer]:
    server = NameServer(records={NAME: ["v=spf1 -all", "été"], "empty.exemple.ca": [], "long.exemple.ca": [LONG]})
    yield server
    server.close()


def test_every_record_of_a_name_is_given(server: NameServer) -> None:
    assert sorted(txt(NAME, server.setting)) == ["v=spf1 -all", "été"]
    assert txt(NAME.upper() + ".", f"localhost:{server.port}")
    assert server.questions == [NAME, NAME]


def test_a_name_that_holds_no_text_or_does_not_exist_has_none(server: NameServer) -> None:
    assert txt("empty.exemple.ca", server.setting) == txt("nowhere.exemple.ca", server.setting) == []


def test_a_record_in_several_strings_cut_short_by_udp_is_whole(server: NameServer) -> None:
    server.largest = 512
    assert txt("long.exemple.ca", server.setting) == [LONG]


def test_an_alias_is_followed(server: NameServer) -> None:
    server.aliases["k1._domainkey.exemple.ca"] = "long.exemple.ca"
    assert txt("k1._domainkey.exemple.ca", server.setting) == [LONG]


def test_a_question_that_is_lost_is_asked_again(server: NameServer) -> None:
    server.silent = 1
    start = time.monotonic()
    assert len(txt(NAME, server.setting)) == 2
    assert time.monotonic() - start < 6


def test_what_answers_another_question_or_means_nothing_is_not_taken_for_an_answer(server: NameServer) -> None:
    server.garbled = True
    assert len(txt(NAME, server.setting)) == 2


def test_a_server_that_refuses_or_is_not_known_gives_no_answer(server: NameServer) -> None:
    server.refuses = True
    with pytest.raises(NoAnswer, match="REFUSED"):
        txt(NAME, server.setting)
    with pytest.raises(NoAnswer):
        txt(NAME, "nobody.invalid")


@pytest.mark.parametrize("name", ["a..exemple.ca", f"{'a' * 64}.exemple.ca", f"{'é' * 64}.exemple.ca"])
def test_what_is_no_domain_name_is_not_asked(server: NameServer, name: str) -> None:
    with pytest.raises(NoAnswer):
        txt(name, server.setting)
    assert server.questions == []
