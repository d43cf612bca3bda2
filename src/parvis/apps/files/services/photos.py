"""Sanitises photos in a subprocess with limited time and memory, one at a time.

Hostile files are most expensive to decode: 180 KB can take twenty seconds, 130 KB a gigabyte. Headers are checked
first, and the web process never decodes.
"""

import fcntl
import json
import logging
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from parvis.apps.files.rules import decoder
from parvis.apps.files.rules.decoder import MAX_PIXELS, NOT_A_PHOTO, TOO_LARGE, Clean, TooLarge
from parvis.apps.files.rules.headers import JPEG, read_header
from parvis.apps.files.services.measured_process import Ended, run_measured

WAIT_SECONDS = 0.5
# Decoding occupies a web thread, so its CPU time is limited by a bucket of STRETCH seconds, refilled by EACH_SECOND per
# second. START, the cost of starting a decoder, is not counted.
STRETCH, EACH_SECOND, START = 2.5, 0.5, 0.2
DECODER = [sys.executable, "-I", str(Path(decoder.__file__))]
_OVER = (signal.SIGXCPU, signal.SIGKILL)  # how the system ends a process at its CPU limit

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """The limits of one photo."""

    scans: int = 100
    work: int = 1_200_000_000  # pixels times scans: 120 million in the ten scans of an ordinary progressive JPEG
    processor: int = 4  # CPU seconds
    clock: float = 8.0  # seconds of wall time
    memory: int = 1_000_000_000  # bytes of address space


class NotAPhoto(ValueError):
    """Not a complete JPEG, PNG, WebP or HEIC image."""


class TooSlow(ValueError):
    """The image takes too much work to decode."""


class Busy(Exception):
    """Other photos are being decoded, and the time limit passed before this one's turn."""


def clean_photo(raw: bytes, *, seconds: float = math.inf, limits: Limits | None = None) -> Clean:
    """Runs `decoder.clean` on a photo in a subprocess, one at a time per installation, within `seconds` in all.

    Raises NotAPhoto; TooLarge or TooSlow by its header or its decoding; Busy when its turn does not come within
    WAIT_SECONDS, or when photos used too much CPU recently.
    """
    limits, until = limits or Limits(), time.monotonic() + seconds
    if seconds <= 0:
        raise Busy
    _check(raw, limits)
    with _one_at_a_time(min(until, time.monotonic() + WAIT_SECONDS)) as charge:
        left = until - time.monotonic()
        if left <= 0:
            raise Busy
        ended = _decode(raw, limits, min(limits.clock, left))
        charge(ended.processor)
    if ended.out_of_time:
        raise Busy if left < limits.clock else TooSlow
    return _photo_of(ended)


def _check(raw: bytes, limits: Limits) -> None:
    header = read_header(raw)
    if header is None:
        return  # an HEIC, which the decoder checks itself, or not a photo
    if header.pixels > MAX_PIXELS[header.form]:
        raise TooLarge
    if header.form == JPEG and (header.scans > limits.scans or header.scans * header.pixels > limits.work):
        raise TooSlow


def _decode(raw: bytes, limits: Limits, seconds: float) -> Ended:
    command = [*DECODER, str(limits.processor), str(limits.memory)]
    return run_measured(command, raw, seconds=seconds, env={"MALLOC_ARENA_MAX": "1"})


def _photo_of(ended: Ended) -> Clean:
    if ended.code == TOO_LARGE:
        raise TooLarge
    if -ended.code in _OVER:
        raise TooSlow
    if ended.code:
        if ended.code != NOT_A_PHOTO:
            logger.warning("the decoder of photos ended with %s", ended.code)
        raise NotAPhoto
    head, _, images = ended.output.partition(b"\n")
    width, height, size = json.loads(head)
    return Clean(images[:size], width, height, images[size:])


@contextmanager
def _one_at_a_time(until: float) -> Iterator[Callable[[float], None]]:
    """Holds the decoding lock of the installation; yields what counts the CPU seconds of a decoder.

    Raises Busy, also when photos used too much CPU recently.

    A second lock, for the next in line, keeps an upload of ten photos from overtaking others.
    """
    with _lock("next", until) as queue_file, _lock("now", until) as lock_file:
        fcntl.flock(queue_file, fcntl.LOCK_UN)
        spent = _recent_cpu(lock_file)
        if spent >= STRETCH:
            raise Busy

        def charge(seconds: float) -> None:
            total = spent + max(0.0, seconds - START)
            with suppress(OSError):  # a full disk must not lose the photo
                os.pwrite(lock_file, f"{total:020.6f} {time.time():020.6f}".encode(), 0)

        yield charge


def _recent_cpu(lock_file: int) -> float:
    """The CPU seconds still counted for recent photos; 0 when the file is invalid or the clock was set back since."""
    try:
        spent, at = map(float, os.pread(lock_file, 41, 0).split())
    except ValueError:
        return 0.0
    passed = time.time() - at
    return max(0.0, spent - EACH_SECOND * passed) if passed >= 0 else 0.0


@contextmanager
def _lock(name: str, until: float) -> Iterator[int]:
    try:
        file = os.open(settings.PARVIS_DATA / f"photos-{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:  # disk full or folder not writable: refuse the photo, but keep the submission
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
