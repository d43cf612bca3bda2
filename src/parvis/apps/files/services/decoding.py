"""The process that decodes photos: one for all the processes of a service, which inherit a socket to it (ADR 0062).

It is started before they part, or when a process first needs it, and ends when the last of them does. A process that
finds it gone starts one of its own.
"""

import json
import logging
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

from parvis.apps.files.rules import decoder
from parvis.apps.files.rules.decoder import Answer, Request

COMMAND = [sys.executable, "-I", str(Path(decoder.__file__))]
ENVIRONMENT = {"MALLOC_ARENA_MAX": "1"}  # each arena takes address space, which is limited
GRACE = 3.0  # seconds for an answer beyond the time of a photo: a helper may have to start first
ATTEMPTS = 3  # a helper that ends just then may still take a photo with it
SEND_SECONDS = 2.0  # for a helper that takes nothing

logger = logging.getLogger(__name__)


class Interrupted(Exception):
    """Decoding ended for a reason that is not the photo's: the same photo may be decoded later."""


@dataclass(frozen=True)
class _Helper:
    process: "subprocess.Popen[bytes]"
    service: socket.socket


_starting = Lock()
_helper: _Helper | None = None


def start() -> None:
    """Starts the helper of this process and of those that it forks, unless there is one. OSError when it cannot."""
    _current()


def stop() -> None:
    """Ends the helper, once no other process shares it."""
    global _helper  # noqa: PLW0603
    with _starting:
        if _helper:
            _close(_helper)
            _helper = None


def decode(raw: bytes, request: Request) -> tuple[Answer, bytes]:
    """Has a photo decoded; how that ended, and what came out of it (`decoder.photo_of`), within `request.clock`.

    A helper that is gone is replaced. Raises Interrupted when no answer comes.
    """
    until = time.monotonic() + request.clock
    for _attempt in range(ATTEMPTS):
        left = until - time.monotonic()
        with suppress(OSError, ValueError):  # it ended while it answered
            if left > 0 and (answered := _ask(raw, request, left)):
                return answered
    raise Interrupted("no answer comes from the process that decodes photos")


def _ask(raw: bytes, request: Request, seconds: float) -> tuple[Answer, bytes] | None:
    """The answer of the helper about a photo; None, OSError or ValueError when there is none, or not all of it."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            _hand_over(theirs)
        ours.settimeout(seconds + GRACE)
        asked = asdict(request) | {"clock": seconds, "niceness": os.nice(0)}
        ours.sendall(b"".join([json.dumps(asked).encode(), b"\n", raw]))
        ours.shutdown(socket.SHUT_WR)
        with ours.makefile("rb") as stream:
            head, output = stream.readline(), stream.read()
    answer = Answer(**json.loads(head))
    return (answer, output) if len(output) == answer.size else None


def _hand_over(client: socket.socket) -> None:
    helper = _current()
    try:
        socket.send_fds(helper.service, [b"+"], [client.fileno()])
    except OSError:
        helper = _current(gone=helper)
        socket.send_fds(helper.service, [b"+"], [client.fileno()])


def _current(gone: _Helper | None = None) -> _Helper:
    """The helper, started when there is none but the one that is `gone`."""
    global _helper  # noqa: PLW0603
    with _starting:
        if _helper is None or _helper is gone:
            if gone:
                logger.warning("the process that decodes photos is gone: another takes its place")
                _close(gone)
            _helper = _started()
        return _helper


def _close(helper: _Helper) -> None:
    helper.service.close()
    with suppress(subprocess.TimeoutExpired):
        helper.process.wait(1)


def _started() -> _Helper:
    ours, theirs = socket.socketpair()
    ours.settimeout(SEND_SECONDS)
    nothing = subprocess.DEVNULL
    with theirs:
        process = subprocess.Popen(
            COMMAND,
            stdin=theirs.fileno(),
            stdout=nothing,
            stderr=nothing,
            cwd="/",
            env=ENVIRONMENT,
            start_new_session=True,  # Ctrl+C reaches only the service, which finishes its requests
        )
    return _Helper(process, ours)
