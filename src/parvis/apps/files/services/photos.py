"""Sanitises photos in a process with limited time and memory, one at a time for each client, two in all.

Hostile files are most expensive to decode: 180 KB can take twenty seconds, 130 KB a gigabyte. Headers are checked
first, and the web process never decodes. What each client spends is counted (`rules.shares`).
"""

import fcntl
import json
import logging
import math
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field

from django.conf import settings
from django.utils.crypto import salted_hmac

from parvis.apps.files.rules.decoder import (
    MAX_PIXELS,
    NOT_A_PHOTO,
    TOO_LARGE,
    Answer,
    Clean,
    Rectangle,
    Request,
    TooLarge,
    photo_of,
)
from parvis.apps.files.rules.headers import JPEG, read_header
from parvis.apps.files.rules.shares import EVERYONE, Lane, lanes_for, remembered
from parvis.apps.files.services.decoding import Interrupted, decode

# Waiting occupies a web thread. A newcomer may have to let another one pass whose photo takes as long as it may.
WAIT_SECONDS, NEWCOMER_WAIT_SECONDS = 0.5, 8.0
POLL_SECONDS = 0.01
TURN_SECONDS = 20.0  # more than a newcomer may wait, then decode
FREE = 0.2  # CPU seconds of each photo that are not counted

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
    """Other photos are being decoded, or its client sent too many: the same photo may be accepted later."""


def clean_photo(
    raw: bytes,
    *,
    client: str = "",
    seconds: float = math.inf,
    limits: Limits | None = None,
    rectangles: Sequence[Rectangle] | None = None,
) -> Clean:
    """Runs `decoder.clean` on a photo in a process of its own, within `seconds` in all; `decoder.masked` with
    `rectangles`.

    `client` is whose share of the processor it takes. Raises NotAPhoto; TooLarge or TooSlow by its header or its
    decoding; Busy when its turn does not come within WAIT_SECONDS (NEWCOMER_WAIT_SECONDS for a client that sent little
    lately), or when the client, or everyone together, used too much CPU recently; Interrupted when it was not decoded
    for another reason that is not the photo's: killed, or out of time on a busy machine.
    """
    limits, until = limits or Limits(), time.monotonic() + seconds
    if seconds <= 0:
        raise Busy
    _check(raw, limits)
    with _turn(client, until) as charge:
        left = until - time.monotonic()
        if left <= 0:
            raise Busy
        request = Request(limits.processor, limits.memory, min(limits.clock, left), rectangles=rectangles)
        answer, output = decode(raw, request)
        charge(answer.processor)
    if answer.code:
        raise _reason(answer, request, in_short=left < limits.clock)
    return photo_of(output)


def _check(raw: bytes, limits: Limits) -> None:
    header = read_header(raw)
    if header is None:
        return  # an HEIC, which the decoder checks itself, or not a photo
    if header.pixels > MAX_PIXELS[header.form]:
        raise TooLarge
    if header.form == JPEG and (header.scans > limits.scans or header.scans * header.pixels > limits.work):
        raise TooSlow


def _reason(answer: Answer, request: Request, *, in_short: bool) -> Exception:
    """Why a photo was not decoded: only its CPU seconds tell that it takes too much work. `in_short`: it had less time
    than a photo may take.
    """
    if answer.code == -signal.SIGXCPU or answer.processor >= request.processor:
        return TooSlow()
    if answer.out_of_time or answer.code == -signal.SIGKILL:
        return Busy() if in_short else Interrupted("the process of a photo was killed, or out of time")
    if answer.code == TOO_LARGE:
        return TooLarge()
    if answer.code != NOT_A_PHOTO:
        logger.warning("the decoder of photos ended with %s", answer.code)
    return NotAPhoto()


@contextmanager
def _turn(client: str, until: float) -> Iterator[Callable[[float], None]]:
    """Holds the client's turn and a decoding lane of the installation; yields what counts the CPU seconds of a decoder.

    Raises Busy when they do not come in time, at once when the client's share or everyone's is spent.
    """
    who, cost = salted_hmac("parvis.photos", client).hexdigest()[:24], 0.0

    def charge(seconds: float) -> None:
        nonlocal cost
        cost = max(0.0, seconds - FREE)

    lanes = _take_turn(who, min(until, time.monotonic() + WAIT_SECONDS))
    patience = NEWCOMER_WAIT_SECONDS if Lane.KEPT in lanes else WAIT_SECONDS
    try:
        with _lane(lanes, min(until, time.monotonic() + patience)):
            yield charge
    finally:
        with suppress(Busy), _ledger() as ledger:
            ledger.turns.pop(who, None)
            for name in (who, EVERYONE):
                ledger.spent[name] = ledger.spent.get(name, 0.0) + cost


def _take_turn(who: str, until: float) -> tuple[Lane, ...]:
    """Waits until no other photo of the client is decoded or waits for a lane; returns the lanes that it may take.

    A turn that its process did not live to give back is over after TURN_SECONDS.
    """
    while True:
        with _ledger() as ledger:
            if not (lanes := lanes_for(who, ledger.spent)):
                raise Busy
            if ledger.turns.get(who, 0.0) < time.time():
                ledger.turns[who] = time.time() + TURN_SECONDS
                return lanes
        if time.monotonic() > until:
            raise Busy
        time.sleep(POLL_SECONDS)


@dataclass
class _Ledger:
    """The CPU seconds still counted of each client and of EVERYONE, and when the turn of a client ends at the latest.

    Clients are named by a keyed hash.
    """

    spent: dict[str, float] = field(default_factory=dict)
    turns: dict[str, float] = field(default_factory=dict)


@contextmanager
def _ledger() -> Iterator[_Ledger]:
    """The ledger of the installation, to read and change by one at a time; what an exception interrupts is not kept."""
    with _file("ledger") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        ledger = _read(file)
        yield ledger
        raw = json.dumps({"at": time.time(), **asdict(ledger)}).encode()
        with suppress(OSError):  # a full disk must not lose the photo
            os.pwrite(file, raw, 0)
            os.ftruncate(file, len(raw))


def _read(file: int) -> _Ledger:
    now = time.time()
    try:
        kept = json.loads(os.pread(file, os.fstat(file).st_size, 0))
        turns = {who: until for who, until in kept["turns"].items() if now < until <= now + TURN_SECONDS}
        return _Ledger(remembered(kept["spent"], now - kept["at"]), turns)
    except (ValueError, KeyError, TypeError, AttributeError):  # new, or cut short
        return _Ledger()


@contextmanager
def _lane(lanes: Sequence[Lane], until: float) -> Iterator[None]:
    """Holds one of these lanes, the first that is free."""
    with ExitStack() as stack:
        files = [stack.enter_context(_file(lane)) for lane in lanes]
        while not any(_locked(file) for file in files):
            if time.monotonic() > until:
                raise Busy
            time.sleep(POLL_SECONDS)
        yield


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _file(name: str) -> Iterator[int]:
    try:
        file = os.open(settings.PARVIS_DATA / f"photos-{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:  # disk full or folder not writable: refuse the photo, but keep the submission
        logger.exception("photos cannot be put in line")
        raise Busy from error
    try:
        yield file
    finally:
        os.close(file)
