"""A stand-in for ClamAV on the loopback interface: it speaks INSTREAM, and may be infected, mute, or down."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

SIGNATURE = b"STAND-IN-VIRUS"  # a file that holds it is infected


@dataclass
class ClamAV:
    """What it was asked, and how it answers: `mute` keeps connections open without a word."""

    port: int
    path: str = ""
    seen: list[bytes] = field(default_factory=list)
    mute: bool = False
    says: str = ""
    _listener: socket.socket | None = None

    @property
    def address(self) -> str:
        return f"unix:{self.path}" if self.path else f"127.0.0.1:{self.port}"

    def start(self) -> None:
        if self.path:
            self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._listener.bind(self.path)
            self._listener.listen()
        else:
            self._listener = socket.create_server(("127.0.0.1", self.port), reuse_port=True)
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        if self._listener:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, EOFError):
            if _exactly(connection, 10) != b"nINSTREAM\n":
                connection.sendall(b"UNKNOWN COMMAND\n")
                return
            content = b"".join(_chunks(connection))
            self.seen.append(content)
            if self.mute:
                connection.settimeout(30)
                connection.recv(1)  # until the other side hangs up
                return
            found = b"stream: Parvis.Test-1 FOUND\n" if SIGNATURE in content else b"stream: OK\n"
            connection.sendall(self.says.encode() or found)


@contextmanager
def clamav(path: str = "") -> Iterator[ClamAV]:
    """A running one, on a socket of the machine when `path` is given."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        server = ClamAV(free.getsockname()[1], path)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _chunks(connection: socket.socket) -> Iterator[bytes]:
    while size := struct.unpack("!L", _exactly(connection, 4))[0]:
        yield _exactly(connection, size)


def _exactly(connection: socket.socket, size: int) -> bytes:
    result = b""
    while len(result) < size:
        received = connection.recv(size - len(result))
        if not received:
            raise EOFError
        result += received
    return result
