"""One request at a time is computed in a process; the others of that process only wait for the network, or for their
turn.

Threads of Python share one interpreter: two requests computed together each take longer than one after the other, and
whoever holds the write lock of the database makes everybody wait longer too. What may take long without computing, the
body that a phone sends slowly and the answer that it reads slowly, happens outside the turn. See ADR 0017.
"""

import threading
from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import IO, Any

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]
IN_MEMORY = 1 << 20
_PIECE = 1 << 16


class Turn:
    """A lock that its holder may give up early; taken by `with`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
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


turn = Turn()


def in_turn(application: Application) -> Application:
    """The application, computing one request at a time. A body is received first, in a temporary file when it is long.

    An application that gave up its turn goes on without it: it waited for the database meanwhile, and holds its lock.
    """

    def answer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isdigit() and int(length):
            environ["wsgi.input"] = _received(environ["wsgi.input"], int(length))
        with turn:
            return application(environ, start_response)

    return answer


def _received(source: IO[bytes], size: int) -> IO[bytes]:
    body: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed when the request is forgotten)
    while size > 0 and (piece := source.read(min(size, _PIECE))):
        body.write(piece)
        size -= len(piece)
    body.seek(0)
    return body
