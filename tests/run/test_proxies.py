"""The service behind nginx and Caddy, configured by the files of the documentation."""

import http.client
import os
import subprocess
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from PIL import Image

from tests.journeys.service import Service
from tests.run.proxies import DOCUMENTED, HOST, Proxy, program, running
from tests.run.slow import BODY, HEADERS, senders

pytestmark = pytest.mark.only("sqlite")
SOON = 5.0
CI = os.environ.get("CI") == "true"
BOUNDARY = "limit-of-the-parts"


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=pytest.mark.skipif(not (CI or program(name)), reason=f"{name} is not installed"))
        for name in ("nginx", "caddy")
    ],
)
def proxy(request: pytest.FixtureRequest, served: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with running(request.param, served.port, tmp_path_factory.mktemp(request.param)) as started:
        yield started


def ask(
    proxy: Proxy, path: str, body: bytes | None = None, seconds: float = SOON, **headers: str
) -> tuple[http.client.HTTPResponse, str]:
    """One response and its body, on a new connection, within that time; `headers` are written with _ instead of -."""
    connection = http.client.HTTPSConnection("127.0.0.1", proxy.port)
    connection.sock = proxy.connection(seconds)
    all_headers = {"Host": HOST, "Origin": f"https://{HOST}"}
    all_headers |= {name.replace("_", "-"): value for name, value in headers.items()}
    started = time.monotonic()
    try:
        connection.request("POST" if body else "GET", path, body, all_headers)
        response = connection.getresponse()
        text = response.read().decode()
    finally:
        connection.close()
    assert time.monotonic() - started < seconds
    return response, text


@pytest.mark.skipif(not (CI or program("caddy")), reason="caddy is not installed")
def test_the_caddyfile_is_taken_as_it_is_by_the_caddy_of_this_machine(tmp_path: Path) -> None:
    line = [
        program("caddy") or "caddy",
        "validate",
        "--adapter",
        "caddyfile",
        "--config",
        str(DOCUMENTED / "Caddyfile"),
    ]
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(line, env=os.environ | home, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "Valid configuration" in done.stdout, done.stderr
    assert "deprecated" not in done.stderr


@pytest.mark.parametrize("words", [HEADERS, BODY], ids=["headers", "bodies"])
def test_fifty_who_send_one_byte_at_a_time_hold_nobody_up(proxy: Proxy, words: str) -> None:
    with senders(words, 50, ("127.0.0.1", proxy.port), host=HOST, tls=proxy.tls):
        for _ in range(4):
            assert ask(proxy, "/healthz")[0].status == 200
            assert ask(proxy, "/")[0].status == 200


def test_a_head_that_never_ends_is_given_up(proxy: Proxy) -> None:
    with proxy.connection(20) as sender:
        sender.sendall(b"GET / HTTP/1.1\r\nHost: ")
        sender.settimeout(1)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                sender.sendall(b"x")
                if sender.recv(100) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return
    raise AssertionError("it still listens after 20 s")


def test_tries_are_counted_by_the_address_that_the_proxy_sees_whatever_a_caller_says(proxy: Proxy) -> None:
    tried = urlencode({"reference": "26-0001-G", "code": "ABCDE-FGHJK"}).encode()
    form = "application/x-www-form-urlencoded"
    statuses = [
        ask(proxy, "/suivi/", tried, Content_Type=form, X_Forwarded_For=f"198.51.100.{rank}")[0].status
        for rank in range(21)
    ]
    assert statuses[-1] == 429
    assert 403 not in statuses, "https, as its pages are asked for: it is no other site"


def test_two_heavy_photos_pass_at_once(proxy: Proxy) -> None:
    photo = BytesIO()
    Image.effect_noise((2500, 2500), 200).convert("RGB").save(photo, "JPEG", quality=100)
    assert 9_000_000 < photo.tell() < 12_000_000
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photos"; filename="rue.jpg"\r\n'.encode()
    part += b"Content-Type: image/jpeg\r\n\r\n" + photo.getvalue() + b"\r\n"
    page = ask(proxy, "/demande/")[1]
    subject = page.partition('href="/demande/')[2].partition("/")[0]
    form = f"multipart/form-data; boundary={BOUNDARY}"
    response, page = ask(
        proxy, f"/demande/{subject}/photos/", part * 2 + f"--{BOUNDARY}--\r\n".encode(), 60, Content_Type=form
    )
    assert response.status == 200
    assert page.count('name="kept"') == 2, page


def test_the_longest_question_is_answered_in_any_alphabet(proxy: Proxy) -> None:
    response, _page = ask(proxy, "/?q=" + quote("北" * 2000), seconds=20)
    assert response.status == 200 and response.headers["X-Request-ID"]
