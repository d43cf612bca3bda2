"""Photos that are expensive to decode do not block other requests."""

import http.client
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from html import unescape
from threading import Thread
from urllib.parse import urlsplit

import psutil
import pytest
from urllib3.filepost import encode_multipart_formdata

from tests.hostile_photos import phone_jpeg, plain, progressive_jpeg
from tests.journeys.service import Service

pytestmark = pytest.mark.only("sqlite")
PATH = "/demande/nid-de-poule/"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A web server of its own, for the second town."""
    service = Service("val-des-aulnes", tmp_path_factory.mktemp("site"))
    service.prepare()
    service.extra["PARVIS_PROXY"] = "1"  # so that requests may come from several addresses
    service.start("web")
    yield service
    service.stop()


def used(site: Service) -> float:
    """The seconds of processor that the server and its decoders have used."""
    web = psutil.Process(site.processes["web"].pid)
    total = 0.0
    for process in (web, *web.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def get(site: Service, path: str) -> tuple[int, str, float]:
    """The status, the page, and what the server used meanwhile: the seconds that it takes on a machine of its own."""
    started = used(site)
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=90)
    connection.request("GET", path)
    response = connection.getresponse()
    page = response.read().decode()
    connection.close()
    return response.status, page, used(site) - started


def send(site: Service, path: str, fields: dict[str, str], photo: bytes, address: str = "") -> tuple[int, str]:
    """Posts a form with one photo, from that address when there is one: the status and the page."""
    body, content_type = encode_multipart_formdata({**fields, "photos": ("trou.jpg", photo, "image/jpeg")})
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=120)
    headers = {"Content-Type": content_type, "Origin": site.url}
    headers |= {"X-Forwarded-For": address} if address else {}
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    page = response.read().decode()
    connection.close()
    return response.status, page


@pytest.mark.parametrize(
    "photo",
    [
        progressive_jpeg,
        pytest.param(partial(plain, "WEBP", (7_680, 7_680), quality=10, method=0), marks=pytest.mark.soak("photos")),
        pytest.param(partial(plain, "PNG", (5_000, 5_000)), marks=pytest.mark.soak("photos")),
    ],
    ids=["scans", "webp", "png"],
)
def test_eight_photos_made_to_stop_the_site_leave_it_answering(site: Service, photo: Callable[[], bytes]) -> None:
    _, page, _ = get(site, PATH)
    match = re.search(r'name="key" value="([^"]+)"', page)
    assert match
    fields = {"key": unescape(match[1]), "words": "Un trou profond."}
    answers: list[tuple[int, str]] = []
    senders = [Thread(target=lambda: answers.append(send(site, PATH, fields, photo()))) for _ in range(8)]
    for sender in senders:
        sender.start()
    waits = []
    while any(sender.is_alive() for sender in senders):
        waits.append(get(site, "/healthz")[2])
        time.sleep(0.1)
    assert max(waits) < 10, "seconds of the server, whatever else keeps the machine busy; it was 70"
    assert [status for status, _ in answers] == [422] * 8
    assert all("Un trou profond." in page for _, page in answers), "the words typed come back"


@pytest.mark.soak("photos")
def test_the_photos_of_twenty_two_citizens_are_kept_while_thirty_nine_flood_from_one_address(site: Service) -> None:
    _, page, _ = get(site, PATH)
    match = re.search(r'name="key" value="([^"]+)"', page)
    assert match
    fields, path = {"key": unescape(match[1])}, f"{PATH}photos/"
    heavy, light = progressive_jpeg(7_000, 24), phone_jpeg((4_000, 3_000), 2_000_000)

    def flood(rank: int) -> str:
        return send(site, path, fields, heavy, f"2001:db8::{rank:x}")[1]  # one subscriber, who changes address

    def citizen(rank: int) -> str:
        return send(site, path, fields, light, f"192.0.2.{rank}")[1]

    with ThreadPoolExecutor(8) as attackers, ThreadPoolExecutor(3) as citizens:
        flooding = [attackers.submit(flood, rank) for rank in range(39)]
        kept = [citizens.submit(citizen, rank) for rank in range(22)]
    assert ['name="kept"' in each.result() for each in kept] == [True] * 22
    assert any("en cours de réception" in each.result() for each in flooding)
