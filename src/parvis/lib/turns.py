"""Few requests at a time are computed in a process, one on SQLite; the others of that process only wait for the
network, or for their turn.

Threads of Python share one interpreter: two requests computed together each take longer than one after the other, and
whoever holds the write lock of the database makes everybody wait longer too. What may take long without computing, the
body that a phone sends slowly and the answer that it reads slowly, happens outside the turn. See ADR 0017.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]
PATIENCE_SECONDS = 0.01  # longer than a case takes to be written, shorter than a reader notices
IN_MEMORY = 1 << 20
LONGEST = 160 << 20  # ten photos of 12 MB, and words
FULL = (
    "Le service ne peut rien recevoir de si long en ce moment. Gardez votre texte, puis réessayez bientôt.\n"
    "The service cannot receive anything that long at the moment. Keep your text, then try again soon.\n"
)
_PIECE = 1 << 16
logger = logging.getLogger(__name__)


class Turn:
    """So many compute at a time, `places`; the others are let in as they came. Taken by `with`, not twice by a thread.

    Whoever waits for something meanwhile lends its turn: it keeps it through a short wait, when to let another compute
    would only slow it down, and loses it in a longer one.
    """

    def __init__(self, places: int = 1) -> None:
        self.places = places
        self._guard = threading.Lock()
        self._free = places
        self._holders: dict[int, float | None] = {}  # by thread, since when its turn is lent, None while it computes
        self._waiting: deque[tuple[int, threading.Lock]] = deque()  # each with the gate that it stands at

    def __enter__(self) -> None:
        gate = threading.Lock()
        gate.acquire()
        with self._guard:
            self._waiting.append((threading.get_ident(), gate))
            if self._free:
                self._free -= 1
                self._pass_on()
        while not gate.acquire(timeout=PATIENCE_SECONDS):
            self._take_over()

    def __exit__(self, *_error: object) -> None:
        with self._guard:
            self._take(threading.get_ident())

    @contextmanager
    def lent(self) -> Iterator[None]:
        """After PATIENCE_SECONDS, another may take over the turn of this thread; without one, nothing is lent."""
        self._mark(time.monotonic())
        try:
            yield
        finally:
            self._mark(None)

    def computes(self, thread: int) -> bool:
        """Whether that thread has a turn, of which it makes use, or did a short while ago."""
        since = self._holders.get(thread, 0.0)
        return since is None or since > time.monotonic() - PATIENCE_SECONDS

    def _mark(self, since: float | None) -> None:
        with self._guard:
            if threading.get_ident() in self._holders:
                self._holders[threading.get_ident()] = since

    def _take_over(self) -> None:
        long_ago = time.monotonic() - PATIENCE_SECONDS
        with self._guard:
            late = (holder for holder, since in self._holders.items() if since is not None and since <= long_ago)
            self._take(next(late, None))

    def _take(self, holder: int | None) -> None:
        if holder in self._holders:
            del self._holders[holder]
            self._pass_on()

    def _pass_on(self) -> None:
        if self._waiting:
            thread, gate = self._waiting.popleft()
            self._holders[thread] = None
            gate.release()
        else:
            self._free += 1


# A server of databases computes while we wait for it: with a second place, one computes here meanwhile.
turn = Turn(2 if "postgresql" in settings.DATABASES["default"]["ENGINE"] else 1)


def in_turn(application: Application) -> Application:
    """The application, computing one request at a time. A body is received first, in a temporary file when it is long.

    An application whose lent turn was taken over goes on without it: it holds the lock of the database by then.
    A body that says it is over LONGEST bytes is not received here, so that nobody fills the disk with what no page
    wants: the application reads what it likes of it, without a turn. When the disk is full, the sender is told (507).
    """

    def answer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or ""
        size = int(length) if length.isdecimal() else 0
        if size > LONGEST:
            return application(environ, start_response)
        try:
            body = _received(environ["wsgi.input"], size)
        except OSError:
            logger.exception("a body of %d bytes could not be received", size)
            start_response("507 Insufficient Storage", [("Content-Type", "text/plain; charset=utf-8")])
            return [FULL.encode()]
        with body:
            environ["wsgi.input"] = body
            with turn:
                return application(environ, start_response)

    return answer


def _received(source: IO[bytes], size: int) -> IO[bytes]:
    body: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed by whoever asks)
    while size > 0 and (piece := source.read(min(size, _PIECE))):
        body.write(piece)
        size -= len(piece)
    body.seek(0)
    return body
