"""Few requests at a time are computed in a process, one on SQLite; the others of that process only wait for the
network, or for their turn.

Threads of Python share one interpreter: two requests computed together each take longer than one after the other, and
whoever holds the write lock of the database makes everybody wait longer too. What may take long without computing, the
body that a phone sends slowly and the answer that it reads slowly, happens outside the turn. See ADR 0017.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]
IN_MEMORY = 1 << 20
LONGEST = 160 << 20  # ten photos of 12 MB, and words
FULL = (
    "Le service ne peut rien recevoir de si long en ce moment. Gardez votre texte, puis réessayez bientôt.\n"
    "The service cannot receive anything that long at the moment. Keep your text, then try again soon.\n"
)
_PIECE = 1 << 16
logger = logging.getLogger(__name__)


class Turn:
    """A lock for `places` holders at a time, which each may give up early; taken by `with`."""

    def __init__(self, places: int = 1) -> None:
        self._lock = threading.Semaphore(places)
        self._mine = threading.local()

    def __enter__(self) -> None:
        self._lock.acquire()
        self._mine.held = True

    def __exit__(self, *_error: object) -> None:
        self.give_up()

    def give_up(self) -> None:
        """Lets the next one compute; does nothing for a thread whose turn it is not."""
        if getattr(self._mine, "held", False):
            self._mine.held = False
            self._lock.release()


# A server of databases computes while we wait for it: with a second place, one computes here meanwhile.
turn = Turn(2 if "postgresql" in settings.DATABASES["default"]["ENGINE"] else 1)


def in_turn(application: Application) -> Application:
    """The application, computing one request at a time. A body is received first, in a temporary file when it is long.

    An application that gave up its turn goes on without it: it waited for the database meanwhile, and holds its lock.
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
