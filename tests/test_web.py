"""The proxies whose forwarding headers are trusted."""

from collections.abc import Iterable
from typing import Any

import pytest

from parvis.lib.errors import Refused
from parvis.runtime.web import believing, trusted_proxies

FORWARDED = {"HTTP_X_FORWARDED_FOR": "198.51.100.7", "HTTP_X_FORWARDED_PROTO": "https"}


def received(caller: str) -> dict[str, str]:
    """The headers of FORWARDED that the application receives when that address sends them."""

    def application(environ: dict[str, Any], _start: Any) -> Iterable[bytes]:
        return [f"{name}={value}".encode() for name, value in environ.items() if name in FORWARDED]

    served = believing(application, trusted_proxies())
    return dict(line.decode().split("=") for line in served({"REMOTE_ADDR": caller, **FORWARDED}, None))


@pytest.mark.parametrize(
    ("proxies", "believed", "others"),
    [
        ("", ["127.0.0.1", "::1"], ["10.0.0.4", "2001:db8::4"]),
        ("10.0.0.4, 192.168.7.0/24", ["10.0.0.4", "192.168.7.200"], ["127.0.0.1", "10.0.0.5", "::1"]),
        ("*", ["10.0.0.4", "2001:db8::4"], []),
    ],
)
def test_only_the_proxies_of_the_town_are_believed(
    monkeypatch: pytest.MonkeyPatch, proxies: str, believed: list[str], others: list[str]
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", proxies)
    assert [received(caller) for caller in believed] == [FORWARDED] * len(believed)
    assert [received(caller) for caller in others] == [{}] * len(others)


def test_a_proxy_that_is_no_address_is_said_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "proxy.ville.example")
    with pytest.raises(Refused, match=r"FORWARDED_ALLOW_IPS: 'proxy\.ville\.example'"):
        trusted_proxies()
