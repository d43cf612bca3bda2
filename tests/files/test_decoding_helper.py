"""One process decodes the photos of a service: what kills it or a photo loses nothing, and it ends with its service."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil
import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from pytest_django import Settings

from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.files.queries import digest_of
from parvis.apps.files.services import decoding, reading
from parvis.apps.files.services.attachments import erase_files, keep_file, keep_photos
from parvis.apps.files.services.decoding import Interrupted
from parvis.apps.files.services.photos import Busy, Limits, NotAPhoto, clean_photo
from parvis.apps.files.services.reading import read_waiting
from parvis.apps.files.web import respond
from parvis.lib import clock
from parvis.lib.clock import now
from parvis.lib.errors import Conflict
from tests.hostile_photos import decoders, helpers, measurers, phone_jpeg, plain, progressive_jpeg

LONG = Limits(scans=10_000, work=10**15)
Reading = Attachment.Reading
SERVICE = """
import os, sys, time
import django
django.setup()
from parvis.apps.files.rules.decoder import Request, photo_of
from parvis.apps.files.services import decoding

decoding.start()
raw = sys.stdin.buffer.read()
for _ in range(3):
    if os.fork() == 0:
        answer, output = decoding.decode(raw, Request(4, 1_000_000_000, 60.0))
        print(photo_of(output).width, flush=True)
        time.sleep(60)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _started() -> None:
    clean_photo(plain("JPEG", (60, 40)), client="first")


def until(holds: Callable[[], object], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.005)
    return bool(holds())


def while_decoding(raw: bytes, strike: Callable[[], None], **more: object) -> object:
    """What a photo becomes, or its refusal, when something happens while it is decoded."""
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(clean_photo(raw, **more))  # type: ignore[arg-type]
        except Exception as error:
            outcome.append(error)

    thread = Thread(target=run)
    thread.start()
    assert until(decoders)
    strike()
    thread.join(60)
    return outcome[0]


def upload(raw: bytes = b"", name: str = "trou.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, raw or plain("JPEG", (900, 600)), "image/jpeg")


def test_many_photos_are_decoded_by_one_process_that_goes_on() -> None:
    before = helpers()
    assert len(before) == 1
    for rank in range(4):
        assert clean_photo(plain("JPEG", (60, 40)), client=str(rank)).width == 60
    assert helpers() == before and not decoders()


def test_it_knows_nothing_of_the_service() -> None:
    [helper] = map(psutil.Process, helpers())
    assert set(helper.environ()) <= {"MALLOC_ARENA_MAX", "LC_CTYPE"} and helper.cwd() == "/"
    assert {path.name for path in Path(f"/proc/{helper.pid}/fd").iterdir()} == {"0", "1", "2"}


def test_a_photo_whose_process_is_killed_is_not_held_guilty_and_the_next_one_is_decoded() -> None:
    refusal = while_decoding(progressive_jpeg(), lambda: os.kill(decoders()[0], signal.SIGKILL), limits=LONG)
    assert isinstance(refusal, Interrupted)
    assert clean_photo(plain("JPEG", (60, 40)), client="next").width == 60


def test_a_photo_goes_on_when_the_helper_is_killed_and_another_helper_takes_the_next_one() -> None:
    [helper] = helpers()
    raw = phone_jpeg((8_064, 6_048), 9_000_000)
    photo = while_decoding(raw, lambda: os.kill(helper, signal.SIGKILL), limits=Limits(clock=60.0))
    assert photo.width == 2560  # type: ignore[attr-defined]
    assert clean_photo(plain("JPEG", (60, 40)), client="next").width == 60
    assert len(helpers()) == 1 and helpers() != [helper]


def test_a_photo_is_decoded_by_another_helper_when_everything_of_the_first_one_is_killed() -> None:
    def strike() -> None:
        for pid in (*helpers(), *measurers(), *decoders()):
            os.kill(pid, signal.SIGKILL)

    photo = while_decoding(phone_jpeg((8_064, 6_048), 9_000_000), strike, limits=Limits(clock=60.0))
    assert photo.width == 2560  # type: ignore[attr-defined]


def test_a_photo_that_makes_the_decoder_crash_is_refused_and_the_next_ones_find_another_layout_in_memory() -> None:
    def layout() -> str:
        lines = Path(f"/proc/{helpers()[0]}/maps").read_text().splitlines()
        return next(line for line in lines if "libc.so" in line)

    before, [helper] = layout(), helpers()
    refusal = while_decoding(progressive_jpeg(), lambda: os.kill(decoders()[0], signal.SIGSEGV), limits=LONG)
    assert isinstance(refusal, NotAPhoto)
    for client in ("next", "after"):
        assert clean_photo(plain("JPEG", (60, 40)), client=client).width == 60
    assert helpers() == [helper] and layout() != before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_forked_processes_share_it_and_it_ends_with_them(number: signal.Signals, tmp_path: Path) -> None:
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "parvis.config.settings", "PARVIS_DATA": str(tmp_path)}
    pipe = subprocess.PIPE
    service = subprocess.Popen([sys.executable, "-c", SERVICE], stdin=pipe, stdout=pipe, env=env)
    assert service.stdin and service.stdout
    service.stdin.write(plain("JPEG", (60, 40)))
    service.stdin.close()
    assert [service.stdout.readline() for _ in range(3)] == [b"60\n"] * 3
    family: list[Any] = psutil.Process(service.pid).children()
    [helper] = [child for child in family if "decoder.py" in " ".join(child.cmdline())]
    for process in (*family, service):
        if process.pid != helper.pid:
            process.send_signal(number)
    service.wait(10)
    assert until(lambda: not helper.is_running() or helper.status() == psutil.STATUS_ZOMBIE)


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process decodes, as on a machine that lacks memory."""
    monkeypatch.setattr(decoding, "COMMAND", ["/bin/false"])
    for helper in helpers():
        os.kill(helper, signal.SIGKILL)


@pytest.mark.django_db
def test_a_photo_that_nothing_could_decode_is_kept_served_to_nobody_and_decoded_by_a_job(
    run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch, interrupted: None
) -> None:
    result = keep_photos([upload()], by=Actor.citizen())
    [photo] = result.photos
    assert (photo.reading, photo.is_served, result.refused) == (Reading.WAITING, False, [])
    with pytest.raises(Conflict):
        respond(photo)
    run_jobs()
    photo.refresh_from_db()
    assert (photo.reading, photo.readings) == (Reading.WAITING, 1)
    sha256 = photo.sha256
    monkeypatch.undo()
    reading.read_photo(photo.pk)
    photo.refresh_from_db()
    assert (photo.reading, photo.width, photo.content_type, photo.name) == ("", 900, "image/jpeg", "trou.jpg")
    assert b"".join(respond(photo)).startswith(b"\xff\xd8") and photo.served != photo.stored
    assert photo.sha256 == sha256 == digest_of(photo), "what a journal covers"
    erase_files([photo])
    run_jobs()
    assert not any(storages["received"].exists(path) for path in photo.paths)


@pytest.mark.django_db
def test_it_is_tried_a_few_times_then_may_only_be_downloaded(interrupted: None, settings: Settings) -> None:
    photo = keep_file(name="trou.jpg", data=plain("JPEG", (60, 40)), seconds=5)
    Attachment.objects.update(added_at=now() - timedelta(days=1))
    for _ in range(reading.MOST_READINGS):
        assert read_waiting() == 1
    photo.refresh_from_db()
    assert (photo.reading, photo.is_picture, read_waiting()) == (Reading.FAILED, False, 0)
    assert b"".join(respond(photo, download=True)) == plain("JPEG", (60, 40))


@pytest.mark.django_db
def test_a_photo_that_came_while_the_disk_was_full_for_an_hour_is_decoded_afterwards(
    interrupted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo, came = keep_file(name="trou.jpg", data=plain("JPEG", (60, 40)), seconds=5), now()
    for minutes in range(60):
        with clock.at(came + timedelta(minutes=minutes)):
            read_waiting()
    monkeypatch.undo()
    with clock.at(came + timedelta(hours=5)):
        assert read_waiting() == 1
    photo.refresh_from_db()
    assert (photo.reading, photo.is_picture) == (Reading.DONE, True)


@pytest.mark.django_db
def test_a_photo_of_a_message_whose_turn_does_not_come_waits_and_what_is_no_photo_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert keep_file(name="a.txt", data=b"Bonjour", seconds=0).reading == Reading.DONE
    broken = keep_file(name="b.jpg", data=plain("JPEG", (60, 40))[:300], seconds=5)
    assert (broken.reading, broken.is_served, broken.is_picture) == (Reading.FAILED, True, False)
    waiting = keep_file(name="c.jpg", data=plain("JPEG", (60, 40)), seconds=0)
    assert (waiting.reading, waiting.is_served) == (Reading.WAITING, False)

    def busy(*_: object, **__: object) -> None:
        raise Busy

    with monkeypatch.context() as patched:
        patched.setattr(reading, "clean_photo", busy)
        assert not reading.read_photo(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.reading, waiting.readings) == (Reading.WAITING, 0)


@pytest.mark.only("postgresql")
@pytest.mark.django_db(transaction=True)
def test_a_photo_erased_while_its_decoding_is_being_recorded_leaves_no_bytes(run_jobs: Callable[[], int]) -> None:
    photo, recorded = keep_file(name="c.jpg", data=plain("JPEG", (60, 40)), seconds=0), Event()

    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
            return cursor.fetchone() is not None

    def record() -> None:
        with transaction.atomic():
            reading.read_photo(photo.pk)
            recorded.set()
            assert until(waits), "the erasure waits for the row"
        connection.close()

    with ThreadPoolExecutor(1) as hand:
        done = hand.submit(record)
        assert recorded.wait(20)
        erase_files([photo])
        done.result()
    run_jobs()
    photo.refresh_from_db()
    assert photo.picture and not any(storages["received"].exists(path) for path in photo.paths)


@pytest.mark.django_db
def test_a_photo_erased_while_it_waits_is_not_decoded_any_more(run_jobs: Callable[[], int]) -> None:
    photo = keep_file(name="c.jpg", data=plain("JPEG", (60, 40)), seconds=0)
    erase_files([photo])
    run_jobs()
    photo.refresh_from_db()
    assert (photo.picture, photo.is_served) == ("", False)
    assert not storages["received"].exists(photo.stored)
