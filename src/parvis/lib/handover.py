"""A message handed by `parvis receive-mail` to the service on this machine, over a socket in its data folder.

Without Django, whose start takes seconds. Only the user of the service may open the socket.
"""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from parvis.lib.time_limit import time_limit

NAME = "receive-mail.sock"
PATIENCE = 60.0  # seconds until the service answers
STALLED = 10.0  # seconds in which whoever hands a message over sends it whole
QUEUE = 64  # messages that wait for their turn


def hand_over(folder: Path, message: bytes, size: int) -> bytes:
    """Hands over a message, or the header of one that is too large, with the size of the whole; the answer, one line.

    b"" when no service answers: the message is stored, or it is not.
    """
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            if client.connect_ex(str(folder / NAME)):
                return b""
            client.sendall(b"%d %d\n" % (len(message), size))
            client.sendall(message)
            with client.makefile("rb") as stream:
                answer = stream.read()
    except OSError:
        return b""
    return answer if answer.endswith(b"\n") else b""


def listen(folder: Path) -> socket.socket | None:
    """The socket on which messages are handed over; None when another process listens. Raises OSError."""
    path, server = str(folder / NAME), socket.socket(socket.AF_UNIX)
    with socket.socket(socket.AF_UNIX) as other:
        if other.connect_ex(path) == 0:
            server.close()
            return None
    with suppress(FileNotFoundError):  # of one that was killed
        os.unlink(path)
    mask = os.umask(0o177)
    try:
        server.bind(path)
    finally:
        os.umask(mask)
    server.listen(QUEUE)
    return server


def answer_one(server: socket.socket, seconds: float, receive: Callable[[bytes, int], bytes], *, most: int) -> None:
    """Waits `seconds` for a message, and sends what `receive` makes of it and of the size of the whole.

    One that is cut short, slow, or longer than `most` bytes, is not received; its sender is told nothing, as when
    `receive` gives b"".
    """
    server.settimeout(seconds)
    try:
        connection, _address = server.accept()
        with connection, connection.makefile("rb") as stream:
            connection.settimeout(STALLED)
            with time_limit(STALLED):  # in all: others wait
                length, size = map(int, stream.readline(64).split())
                message = stream.read(length) if length <= most else b""
            if message and len(message) == length:
                connection.sendall(receive(message, size))
    except (OSError, ValueError):  # nobody came, or whoever came is gone
        return
