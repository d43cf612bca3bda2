"""The picture behind a `media_url`: fetched later by a job, from public hosts only; a failure loses nothing."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_django import Settings

from parvis.apps.cases.models import Case, EntryFile
from parvis.apps.cases.services.handling import close, take
from parvis.apps.cases.services.journal import verify
from parvis.apps.open311.models import Submission
from parvis.lib.hosts import is_public
from tests.factories import SmallTown
from tests.open311.calls import Caller
from tests.open311.test_public import picture

POTHOLE = {"service_code": "nid-de-poule", "lat": "45.42419", "long": "-73.37167", "description": "Trou"}
RunJobs = Callable[[], int]


class Pictures(BaseHTTPRequestHandler):
    """Serves a picture, and what a bad server serves instead."""

    def do_GET(self) -> None:
        content = picture().read()
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/rue.jpg")
            self.end_headers()
            return
        if self.path == "/inside":
            self.send_response(302)
            self.send_header("Location", "http://localhost:1/rue.jpg")
            self.end_headers()
            return
        if self.path == "/round":
            self.send_response(302)
            self.send_header("Location", "/round")
            self.end_headers()
            return
        bodies = {"/rue.jpg": content, "/page": b"<html></html>", "/huge": b"x" * 12_000_001, "/cut": content[:200]}
        self.send_response(200 if self.path in bodies else 404)
        self.end_headers()
        self.wfile.write(bodies.get(self.path, b""))

    def log_message(self, *_words: object) -> None:
        """Silent."""


@pytest.fixture
def server(settings: Settings) -> Iterator[str]:
    """The address of a server of pictures, which the settings of the test trust."""
    settings.PARVIS_MEDIA_TRUSTED_HOSTS = frozenset({"127.0.0.1"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def send(call: Caller, key: str, url: str) -> Case:
    assert call.post(api_key=key, **POTHOLE, media_url=url).status == 201
    return Case.objects.get()


@pytest.mark.parametrize("path", ["/rue.jpg", "/moved"])
def test_the_picture_joins_the_request(
    call: Caller, placed: SmallTown, key: str, server: str, run_jobs: RunJobs, path: str
) -> None:
    case = send(call, key, server + path)
    assert not EntryFile.objects.exists()  # not while the program waits
    run_jobs()
    assert EntryFile.objects.filter(entry__case=case).count() == 1
    assert Submission.objects.get().media == "kept" and server + path in case.words
    assert all(not wrong for _reference, wrong in verify())


@pytest.mark.parametrize("path", ["/page", "/huge", "/cut", "/nothing", "/inside", "/round"])
def test_a_picture_that_cannot_be_had_leaves_the_request_and_its_address(
    call: Caller, placed: SmallTown, key: str, server: str, run_jobs: RunJobs, path: str
) -> None:
    case = send(call, key, server + path)
    run_jobs()
    submission = Submission.objects.get()
    assert not EntryFile.objects.exists() and submission.media == "failed" and submission.media_error
    assert server + path in case.words


def test_a_request_closed_meanwhile_stays_closed(
    call: Caller, placed: SmallTown, key: str, server: str, run_jobs: RunJobs
) -> None:
    case = send(call, key, f"{server}/rue.jpg")
    take(case_id=case.pk, by=placed.technician)
    close(case_id=case.pk, reason="done", words="Bouché", proof="Bon 12", by=placed.technician)
    run_jobs()
    case.refresh_from_db()
    assert case.state == "closed" and Submission.objects.get().media == "failed"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/a.jpg", "http://localhost/a.jpg", "http://[::1]/a.jpg", "http://169.254.169.254/meta",
        "http://10.0.0.1/a.jpg", "http://0x7f000001/a.jpg", "http://2130706433/a.jpg", "http://[::ffff:127.0.0.1]/a",
        "http://user:pass@example.com/a.jpg", "http://example.invalid/a.jpg", "http://127.1/a.jpg",
    ],
)  # fmt: skip
def test_no_private_host_is_ever_asked(call: Caller, placed: SmallTown, key: str, run_jobs: RunJobs, url: str) -> None:
    send(call, key, url)
    run_jobs()
    assert Submission.objects.get().media == "failed" and not EntryFile.objects.exists()


@pytest.mark.parametrize(
    "url", ["ftp://a.example/a.jpg", "file:///etc/passwd", "a.jpg", "http://", "http://[", "x" * 9]
)
def test_an_address_that_is_none_is_refused_at_once(call: Caller, placed: SmallTown, key: str, url: str) -> None:
    assert call.post(api_key=key, **POTHOLE, media_url=url).status == 400


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.2.3", False), ("100.64.0.1", False),
        ("169.254.169.254", False), ("192.168.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False), ("::1", False),
        ("fe80::1%eth0", False), ("fc00::1", False), ("::ffff:10.0.0.1", False), ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("255.255.255.255", False), ("rien", False), ("", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public
