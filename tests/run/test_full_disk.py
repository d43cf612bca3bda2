"""A disk that is full: people are told, keep what they wrote, and send it once there is room; nothing is half kept.

A limit on the size of files, lifted afterwards, stands for it: the system refuses every write, to the database, to the
photos and to the log.
"""

import http.client
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from urllib.parse import urlencode

import psutil
import pytest

from tests.hostile_photos import plain
from tests.journeys.service import Service
from tests.run.test_photos_under_load import send

pytestmark = pytest.mark.only("sqlite")
PATH, WORDS = "/demande/lampadaire/", "Il fait noir devant l’école. Un vélo y a heurté une borne."
WITHIN = 30.0  # seconds


@contextmanager
def full_disk(site: Service) -> Iterator[None]:
    """Nothing can be written by the web server during the block."""
    processes = psutil.Process(site.processes["web"].pid).children(recursive=True)
    before = {process: process.rlimit(psutil.RLIMIT_FSIZE) for process in processes}
    for process, (_soft, hard) in before.items():
        process.rlimit(psutil.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        for process, limits in before.items():
            process.rlimit(psutil.RLIMIT_FSIZE, limits)


def ask(site: Service, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
    """The status, the page, and where it leads."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": site.url}
    connection.request(method, path, urlencode(fields) if fields else None, headers)
    response = connection.getresponse()
    page = response.read().decode()
    connection.close()
    return response.status, page, response.headers.get("Location", "")


def filled(site: Service, place: str) -> dict[str, str]:
    """The fields of a request that can be sent."""
    page = ask(site, "GET", PATH)[1]
    hidden = re.findall(r'<input type="hidden" name="([^"]+)"[^>]*value="([^"]*)"', page)
    fields = {name: unescape(value) for name, value in hidden}
    fields |= {"words": WORDS, "nature": "request", "place": place, "language": "fr"}
    return fields | {"who": "me", "name": "Rose Aubé", "email": "rose@citoyens.example", "reach": "email"}


def hidden_fields(page: str) -> dict[str, str]:
    return {unescape(name): unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', page)}


@pytest.mark.parametrize(
    ("language", "place", "says", "phone"),
    [
        ("fr", "12, place du Moulin", "Le disque de notre service est plein", "téléphonez"),
        ("en", "585, rang du Lac", "The disk of our service is full", "phone us"),
    ],
)
def test_what_was_written_comes_back_with_the_phone_and_leaves_once_there_is_room(
    served: Service, language: str, place: str, says: str, phone: str
) -> None:
    path, fields = f"{PATH}?langue={language}", filled(served, place)
    with full_disk(served):
        status, page, _ = ask(served, "POST", path, fields)
        assert status == 503, page
        assert says in unescape(page) and phone in unescape(page) and 'href="tel:+1' in page
        assert WORDS in unescape(page)
    again = hidden_fields(page)
    assert again == fields
    status, page, receipt = ask(served, "POST", path, again)
    assert status == 302, page
    assert ask(served, "POST", path, again)[2] == receipt, "one request, however many times it was sent"


def test_a_photo_is_refused_by_name_and_taken_once_there_is_room(served: Service) -> None:
    photo, fields = plain("JPEG", (900, 600)), filled(served, "")
    with full_disk(served):
        status, page = send(served, f"{PATH}photos/", fields, photo)
        assert status == 503 or "trou.jpg" in page
        assert 'name="kept"' not in page
    assert 'name="kept"' in send(served, f"{PATH}photos/", fields, photo)[1]


def test_the_technician_is_told_which_disk_is_full(served: Service) -> None:
    def ready() -> tuple[int, dict[str, object]]:
        status, body, _ = ask(served, "GET", "/readyz")
        return status, dict(json.loads(body))

    with full_disk(served):
        deadline = time.monotonic() + WITHIN  # the answers of the last ten seconds are repeated
        while (told := ready())[0] == 200:
            assert time.monotonic() < deadline, told
            time.sleep(0.5)
        assert str(served.data) in str(told[1]["reasons"])
    while (told := ready())[0] != 200:
        assert time.monotonic() < deadline + WITHIN, told
        time.sleep(0.5)
