"""Connections that send one byte at a time, like a bad phone line or a slowloris attack."""

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

HEADERS = "GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: " + "slow" * 1000
BODY = (
    "POST /demande/ HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    "Content-Length: 4000\r\n\r\n" + "x" * 4000
)
WHOLE_HEAD = {HEADERS: 20, BODY: BODY.index("\r\n\r\n") + 4}  # sent at once; the rest byte by byte
PACE_SECONDS = 0.1


@contextmanager
def senders(
    words: str, count: int, address: tuple[str, int], *, host: str = "", tls: ssl.SSLContext | None = None
) -> Iterator[None]:
    """While the block runs, that many connections each send these words (HEADERS, BODY) one byte every PACE_SECONDS.

    A connection closed by the server is reopened.
    """
    raw, begun = words.format(host=host or f"{address[0]}:{address[1]}").encode(), WHOLE_HEAD[words]
    begun += len(raw) - len(words.encode())
    over, moving = threading.Event(), threading.Event()

    def open_one() -> tuple[socket.socket, Iterator[int]]:
        plain = socket.create_connection(address, timeout=5)
        sender = tls.wrap_socket(plain, server_hostname=host) if tls else plain
        sender.sendall(raw[:begun])
        return sender, iter(raw[begun:])

    def send(opened: Sequence[tuple[socket.socket, Iterator[int]]]) -> None:
        held = list(opened)
        while not over.wait(PACE_SECONDS):
            for rank, (sender, rest) in enumerate(held):
                try:
                    sender.sendall(bytes([next(rest)]))
                except (OSError, StopIteration):
                    sender.close()
                    if over.is_set():
                        return
                    try:
                        held[rank] = open_one()
                    except OSError:
                        continue  # retried at the next byte
            moving.set()
        for sender, _rest in held:
            sender.close()

    with ExitStack() as stack:
        opened = [open_one() for _ in range(count)]
        thread = threading.Thread(target=send, args=(opened,))
        thread.start()
        stack.callback(thread.join, 20)
        stack.callback(over.set)
        assert moving.wait(20)
        yield
