"""A photo made harmless, by a process of its own that may take little time and memory, one photo at a time.

Decoding is where hostile bytes cost most: a file of 180 KB can ask for twenty seconds, one of 130 KB for a gigabyte.
What its header says is read first; the web process itself never decodes.
"""

import fcntl
import json
import logging
import math
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from PIL import Image

from parvis.apps.files.decoder import MAX_PIXELS, NOT_A_PHOTO, TOO_LARGE, Clean, TooLarge, opened
from parvis.apps.files.headers import JPEG, read_header

WAIT_SECONDS = 0.5
# Whoever sends photos holds a thread of the web meanwhile. All together may take so many seconds of processor at a
# stretch, beyond what the start of a decoder costs, and so many more for each second that passes.
STRETCH, EACH_SECOND, START = 2.5, 0.5, 0.2
DECODER = [sys.executable, "-I", str(Path(__file__).with_name("decoder.py"))]
GPS = 0x8825
_OVER = (signal.SIGXCPU, signal.SIGKILL)  # the seconds of processor are over: the system says so in one way or another
LATITUDE, LONGITUDE = (1, 2), (3, 4)  # the tags of the hemisphere and of the degrees, minutes, seconds

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What one photo may take: scans, and pixels times scans, by its header; seconds of processor, seconds on the clock
    and bytes of address space for its decoding.
    """

    scans: int = 100
    work: int = 1_200_000_000  # 120 million pixels in the ten scans of an ordinary progressive JPEG
    processor: int = 4
    clock: float = 8.0
    memory: int = 1_000_000_000


class NotAPhoto(ValueError):
    """These bytes are no JPEG, PNG, WebP or HEIC image that can be read whole."""


class TooSlow(ValueError):
    """The image would take, or took, more work to decode than a photo may ask."""


class Busy(Exception):
    """Other photos are being decoded, and the time for this one is over before its turn came."""


def clean_photo(raw: bytes, *, seconds: float = math.inf, limits: Limits | None = None) -> Clean:
    """The photo as `decoder.clean` makes it, in a process of its own, one at a time in an installation.

    TooLarge or TooSlow when its header, or its decoding, asks for too much; NotAPhoto; Busy when its turn does not
    come within WAIT_SECONDS, nor within `seconds`, which the whole never exceeds, or when photos took too much of the
    processor lately.
    """
    limits, until = limits or Limits(), time.monotonic() + seconds
    if seconds <= 0:
        raise Busy
    _check(raw, limits)
    with _one_at_a_time(min(until, time.monotonic() + WAIT_SECONDS)):
        left = until - time.monotonic()
        if left <= 0:
            raise Busy
        try:
            return _decoded(raw, limits, min(limits.clock, left))
        except subprocess.TimeoutExpired as error:
            raise (Busy if left < limits.clock else TooSlow) from error


def position_of(raw: bytes) -> tuple[float, float] | None:
    """Latitude and longitude (WGS 84) that the camera wrote in the file; None when it wrote none that makes sense.

    Nothing is decoded, however large the picture says it is.
    """
    try:
        with opened(raw) as image:
            # That of a PNG decodes the whole picture, to look for what may stand behind it.
            written = Image.Image.getexif(image).get_ifd(GPS)
            latitude, longitude = _degrees(written, LATITUDE, "S"), _degrees(written, LONGITUDE, "W")
    except Exception:  # whatever fails in hostile bytes, there is no position
        return None
    sensible = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    return (latitude, longitude) if sensible else None


def _degrees(written: dict[int, Any], tags: tuple[int, int], negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in written[tags[1]])
    result = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(result):
        raise ValueError("no position")
    return round(-result if str(written.get(tags[0], "")).strip("\0 ").upper() == negative else result, 6)


def _check(raw: bytes, limits: Limits) -> None:
    header = read_header(raw)
    if header is None:
        return  # an HEIC, which the decoder measures itself, or no photo
    if header.pixels > MAX_PIXELS[header.form]:
        raise TooLarge
    if header.form == JPEG and (header.scans > limits.scans or header.scans * header.pixels > limits.work):
        raise TooSlow


def _decoded(raw: bytes, limits: Limits, seconds: float) -> Clean:
    line = [*DECODER, str(limits.processor), str(limits.memory)]
    done = subprocess.run(
        line, input=raw, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, timeout=seconds,
        cwd="/", env={"MALLOC_ARENA_MAX": "1"},
    )  # fmt: skip
    if done.returncode == TOO_LARGE:
        raise TooLarge
    if -done.returncode in _OVER:
        raise TooSlow
    if done.returncode:
        if done.returncode != NOT_A_PHOTO:
            logger.warning("the decoder of photos ended with %s", done.returncode)
        raise NotAPhoto
    head, _, pictures = done.stdout.partition(b"\n")
    width, height, size = json.loads(head)
    return Clean(pictures[:size], width, height, pictures[size:])


@contextmanager
def _one_at_a_time(until: float) -> Iterator[None]:
    """Nobody else decodes meanwhile. Who comes takes the next place, then the only one: no one is passed over by
    somebody with ten photos. Busy, at once, when photos took more of the processor lately than they may.
    """
    with _lock("next", until) as next_place, _lock("now", until) as place:
        fcntl.flock(next_place, fcntl.LOCK_UN)
        spent = _spent(place)
        if spent >= STRETCH:
            raise Busy
        before = _processor()
        try:
            yield
        finally:
            spent += max(0.0, _processor() - before - START)
            with suppress(OSError):  # a full disk: the photo is what matters
                os.pwrite(place, f"{spent:020.6f} {time.time():020.6f}".encode(), 0)


def _spent(place: int) -> float:
    """The seconds of processor that the photos of late still count for; none when the file says nothing sensible, or
    was written by a clock that was set back since.
    """
    try:
        spent, at = map(float, os.pread(place, 41, 0).split())
    except ValueError:
        return 0.0
    passed = time.time() - at
    return max(0.0, spent - EACH_SECOND * passed) if passed >= 0 else 0.0


def _processor() -> float:
    """The seconds of processor of the decoders that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _lock(name: str, until: float) -> Iterator[int]:
    try:
        file = os.open(settings.PARVIS_DATA / f"photos-{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:  # no room left, or a folder that cannot be written: the words are kept, and this is told
        logger.exception("photos cannot be put in line")
        raise Busy from error
    try:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise Busy from None
                time.sleep(0.01)
        yield file
    finally:
        os.close(file)
