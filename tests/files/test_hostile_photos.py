"""The cost of decoding a photo is limited, whatever its size; ordinary phone photos pass."""

import fcntl
import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings as active
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from PIL import Image
from pytest_django import Settings

from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.files.rules.decoder import TooLarge
from parvis.apps.files.rules.headers import read_header
from parvis.apps.files.rules.shares import EVERYONE, Lane
from parvis.apps.files.services import photos
from parvis.apps.files.services.attachments import MAX_BYTES, keep_photos
from parvis.apps.files.services.decoding import Interrupted
from parvis.apps.files.services.photos import Busy, Limits, NotAPhoto, TooSlow, clean_photo
from parvis.surfaces.public.request.photos import gather
from tests.counting import standing_time
from tests.hostile_photos import decoders, phone_jpeg, plain, progressive_jpeg


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


ANY = {"scans": 10_000, "work": 10**15}  # no limit by header, to test those of decoding
PATIENT = 120.0  # seconds of wall time, on a busy machine; the seconds of processor are limited as ever


def picture(name: str = "trou.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, plain("JPEG", (60, 40)), "image/jpeg")


def until(holds: Callable[[], object], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.005)
    return bool(holds())


def outcome_of(raw: bytes, into: list[object], **more: object) -> Thread:
    """Cleans a photo in a thread; appends the result or the exception to `into`."""

    def run() -> None:
        try:
            into.append(clean_photo(raw, **more))  # type: ignore[arg-type]
        except Exception as error:
            into.append(error)

    thread = Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("made", "words"),
    [
        (progressive_jpeg, "too much work"),
        (partial(progressive_jpeg, 2_000, 101), "too much work"),
        (partial(plain, "WEBP", (7_680, 7_680), quality=10, method=0), "25 million in PNG or WebP"),
        (partial(plain, "WEBP", (7_680, 7_680), lossless=True, method=0), "25 million in PNG or WebP"),
        (partial(plain, "PNG", (7_680, 7_680)), "25 million in PNG"),
    ],
    ids=["700-scans", "101-scans", "webp", "lossless-webp", "png"],
)
def test_a_photo_made_to_stop_the_site_is_refused_by_name_at_once_and_the_others_kept(
    made: Callable[[], bytes], words: str
) -> None:
    photos = [picture("a.jpg"), SimpleUploadedFile("piege.jpg", made()), picture("b.jpg")]
    begun = time.process_time()
    result = keep_photos(photos, by=Actor.citizen())
    assert time.process_time() - begun < 0.5, "seconds of this process"
    assert [photo.name for photo in result.photos] == ["a.jpg", "b.jpg"] and Attachment.objects.count() == 2
    assert [(refusal.name, words in refusal.why) for refusal in result.refused] == [("piege.jpg", True)]


@pytest.mark.parametrize(
    ("form", "size", "kept"),
    [
        ("JPEG", (8_064, 6_048), (2560, 1920)),
        ("JPEG", (12_000, 9_000), (2560, 1920)),
        ("PNG", (4_032, 3_024), (2560, 1920)),
    ],
    ids=["48-megapixels", "108-megapixels", "png"],
)
def test_what_a_phone_takes_passes(form: str, size: tuple[int, int], kept: tuple[int, int]) -> None:
    photo = clean_photo(plain(form, size), limits=Limits(clock=PATIENT))
    assert (photo.width, photo.height) == kept


def test_a_detailed_photo_of_48_megapixels_and_ten_megabytes_passes_progressive_too() -> None:
    raw = phone_jpeg((8_064, 6_048), 10_000_000)
    assert len(raw) > 9_000_000
    assert clean_photo(raw, limits=Limits(clock=PATIENT)).width == 2560
    assert clean_photo(plain("JPEG", (8_064, 6_048), progressive=True), limits=Limits(clock=PATIENT)).width == 2560


def test_decoding_that_takes_too_long_is_ended_and_only_its_work_is_held_against_the_photo() -> None:
    with pytest.raises(TooSlow):
        clean_photo(progressive_jpeg(), limits=Limits(**ANY, processor=1, clock=PATIENT))
    with pytest.raises(Interrupted):
        clean_photo(progressive_jpeg(), limits=Limits(**ANY, clock=0.5))
    assert not decoders()


def test_decoding_that_takes_too_much_memory_is_ended() -> None:
    raw = plain("WEBP", (4_000, 4_000), quality=10, method=0)
    assert clean_photo(raw, limits=Limits(clock=PATIENT)).width == 2560
    with pytest.raises(TooLarge):
        clean_photo(raw, limits=Limits(memory=300_000_000, clock=PATIENT))


def test_one_photo_at_a_time_is_decoded() -> None:
    raw, results = plain("JPEG", (4_000, 3_000)), list[object]()
    threads = [outcome_of(raw, results) for _ in range(3)]
    most = 0
    while any(thread.is_alive() for thread in threads):
        most = max(most, len(decoders()))
    assert most == 1
    assert not [result for result in results if isinstance(result, Exception) and not isinstance(result, Busy)]


def test_two_photos_at_a_time_are_decoded_whoever_sends_them() -> None:
    raw, results, most = plain("JPEG", (4_000, 3_000)), list[object](), 0
    threads = [outcome_of(raw, results, client=str(rank), limits=Limits(clock=PATIENT)) for rank in range(4)]
    while any(thread.is_alive() for thread in threads):
        most = max(most, len(decoders()))
    assert most == 2 and not [result for result in results if isinstance(result, Exception)]


@pytest.mark.django_db
def test_while_another_process_decodes_one_waits_a_little_then_is_told_to_send_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("WAIT_SECONDS", "NEWCOMER_WAIT_SECONDS"):
        monkeypatch.setattr(photos, name, 2.0)
    with ExitStack() as lanes:
        for lane in Lane:
            file = lanes.enter_context((Path(active.PARVIS_DATA) / f"photos-{lane}.lock").open("w"))
            fcntl.flock(file, fcntl.LOCK_EX)
        begun = time.monotonic()
        result = keep_photos([picture(f"{number}.jpg") for number in range(4)], by=Actor.citizen())
        assert time.monotonic() - begun < 4 * 2, "seconds: those that follow do not wait in their turn"
    assert [refusal.name for refusal in result.refused] == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    assert all("Send this one again" in refusal.why and refusal.busy for refusal in result.refused)
    assert len(keep_photos([picture()], by=Actor.citizen()).photos) == 1


@pytest.mark.django_db
def test_photos_that_cost_much_one_after_the_other_are_refused_for_a_while_and_ordinary_ones_are_not() -> None:
    heavy, refused = progressive_jpeg(), list[Exception]()
    with standing_time():  # what is allowed again with each second does not depend on how slow the machine is
        for _ in range(6):
            with pytest.raises((TooSlow, Busy)) as refusal:
                clean_photo(heavy, limits=Limits(**ANY, processor=1, clock=PATIENT))
            refused.append(refusal.value)
    assert isinstance(refused[0], TooSlow) and isinstance(refused[-1], Busy)
    (Path(active.PARVIS_DATA) / "photos-ledger.lock").unlink()
    ten = [picture(f"{number}.jpg") for number in range(10)]
    assert len(keep_photos(ten, by=Actor.citizen(), seconds=PATIENT).photos) == 10


def test_what_another_child_process_costs_is_not_the_cost_of_a_photo() -> None:
    """It ends first, and is reaped while the photo is decoded."""
    other = subprocess.Popen([sys.executable, "-c", "import time\nwhile time.process_time() < 1: pass"])
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    reaping = Thread(target=lambda: until(decoders) and other.wait())
    reaping.start()
    clean_photo(plain("JPEG", (4_000, 3_000)), limits=Limits(clock=PATIENT))
    reaping.join()
    assert other.returncode == 0, "it was reaped meanwhile"
    counted = json.loads((Path(active.PARVIS_DATA) / "photos-ledger.lock").read_text())["spent"][EVERYONE]
    assert counted < 1, "seconds of processor"


@pytest.mark.django_db
def test_photos_for_which_no_time_is_left_are_named_and_the_first_ones_kept() -> None:
    ten = [SimpleUploadedFile(f"{n}.jpg", plain("JPEG", (12_000, 9_000))) for n in range(10)]
    begun = os.times()
    result = keep_photos(ten, by=Actor.citizen(), seconds=1.5)
    assert sum(os.times()[:4]) - sum(begun[:4]) < 2.5, "seconds of this process and of its decoders"
    assert result.refused and len(result.photos) + len(result.refused) == 10


def test_scans_are_counted_as_a_decoder_meets_them() -> None:
    raw = progressive_jpeg(800, 40)
    header = read_header(raw)
    assert header and (header.form, header.pixels, header.scans) == ("JPEG", 640_000, 40)
    thumbnail = b"\xff\xe1" + (2 + len(raw[:9_000])).to_bytes(2, "big") + raw[:9_000]
    assert read_header(raw[:2] + thumbnail + raw[2:]) == header, "a thumbnail is no scan"
    assert read_header(raw + raw) == header, "nor is what stands behind the end"
    assert read_header(b"\xff\xd8\xff\xda") is None and read_header(b"") is None


def test_a_file_of_two_pictures_as_phones_make_them_passes() -> None:
    out = BytesIO()
    first, second = (Image.new("RGB", (90, 60), colour) for colour in ("red", "blue"))
    first.save(out, "MPO", save_all=True, append_images=[second])
    assert clean_photo(out.getvalue()).width == 90


@pytest.mark.parametrize(
    "unit", [b"\xff", b"\xff\xda\0\2", b"\xff\xd0", b"\xff\xe0\0\2"], ids=["fill", "scans", "restarts", "segments"]
)
def test_the_header_of_a_file_made_to_be_long_to_read_is_read_at_once(unit: bytes) -> None:
    raw = b"\xff\xd8" + unit * (12_000_000 // len(unit))
    begun = time.process_time()
    with pytest.raises((NotAPhoto, TooSlow)):
        clean_photo(raw)
    assert time.process_time() - begun < 2, "seconds of this process"


def filled(unit: bytes) -> bytes:
    """A photo as heavy as one may be, with so many of `unit` in the middle of its header."""
    raw = plain("JPEG", (60, 40))
    at = raw.index(b"\xff\xdb")
    return raw[:at] + unit * ((MAX_BYTES - len(raw)) // len(unit)) + raw[at:]


def with_metadata(form: str) -> bytes:
    """A photo whose metadata name as many values as they can, each of them long: gigabytes when they are all read."""
    entries = 60_000
    table = b"".join(struct.pack("<HHII", rank, 7, 1_000_000, 8) for rank in range(entries))
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, entries) + table + b"\0" * 1_100_000
    return plain(form, (60, 40), exif=exif)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "made",
    [
        partial(filled, b"\xff"),
        partial(filled, b"\xff\0"),
        partial(filled, b"x"),
        partial(filled, b"\xff\xfe\0\2"),
        partial(with_metadata, "PNG"),
        partial(with_metadata, "WEBP"),
    ],
    ids=["fill", "escaped", "anything", "comments", "png", "webp"],
)
def test_a_photo_made_to_be_long_to_read_costs_the_pages_nothing(made: Callable[[], bytes]) -> None:
    upload = SimpleUploadedFile("remplissage.jpg", made())
    begun = time.process_time()
    gather("form", [], [upload], client="192.0.2.1")
    assert time.process_time() - begun < 1, "seconds of this process, whose other threads wait meanwhile"


@pytest.mark.parametrize("unit", [b"\xff", b"\xff\0", b"x"], ids=["fill", "escaped", "anything"])
def test_some_filling_in_a_header_passes_and_megabytes_of_it_are_refused_undecoded(unit: bytes) -> None:
    raw = plain("JPEG", (60, 40))
    at = raw.index(b"\xff\xdb")
    assert clean_photo(raw[:at] + unit * 1_000 + raw[at:]).width == 60
    header = read_header(filled(unit))
    assert header and header.scans > Limits().scans
    with pytest.raises(TooSlow):
        clean_photo(filled(unit))


def test_citizens_pass_while_somebody_else_floods() -> None:
    """39 heavy photos of one address, whose decoding takes seconds each, and 22 citizens who send one or two."""
    heavy, light = progressive_jpeg(), phone_jpeg((2_000, 1_500), 200_000)
    flood, kept = list[object](), list[object]()
    hostile = [outcome_of(heavy, flood, client="2001:db8::/64", limits=Limits(**ANY, processor=2)) for _ in range(39)]
    assert until(decoders)
    for rank in range(22):
        for _photo in range(1 + rank % 2):
            outcome_of(light, kept, client=f"192.0.2.{rank}", limits=Limits(clock=PATIENT)).join()
    for thread in hostile:
        thread.join()
    assert [type(one).__name__ for one in kept] == ["Clean"] * 33
    assert sum(isinstance(one, Busy) for one in flood) > 30


def test_nothing_is_read_once_the_time_of_a_sending_is_over() -> None:
    with pytest.raises(Busy):
        clean_photo(plain("JPEG", (60, 40)), seconds=0)


@pytest.mark.django_db
def test_a_folder_that_cannot_be_written_refuses_the_photo_by_name(settings: Settings, tmp_path: Path) -> None:
    settings.PARVIS_DATA = tmp_path / "gone"
    result = keep_photos([picture()], by=Actor.citizen())
    assert [(refusal.name, refusal.busy) for refusal in result.refused] == [("trou.jpg", True)]


def test_a_clock_that_was_set_back_refuses_nobody() -> None:
    spent = {"at": time.time() + 3600, "spent": {EVERYONE: 90.0}, "turns": {}}
    (Path(active.PARVIS_DATA) / "photos-ledger.lock").write_text(json.dumps(spent))
    assert clean_photo(plain("JPEG", (60, 40))).width == 60


@pytest.mark.parametrize(
    "raw", [b"\xff\xd8" + b"\xff\xda\0\2" * 50, b"RIFF\0\0\0\0WEBPVP8X", b"\x89PNG\r\n\x1a\n", b"x"]
)
def test_a_header_without_sense_is_no_photo(raw: bytes) -> None:
    with pytest.raises(NotAPhoto):
        clean_photo(raw)
