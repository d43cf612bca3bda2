"""Slow connections that send one byte at a time, as on a bad line or in a slowloris attack."""

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
WHOLE_HEAD = {HEADERS: 20, BODY: BODY.index("\r\n\r\n") + 4}  # bytes sent at once; the rest goes byte by byte
PACE_SECONDS = 0.1


@contextmanager
def senders(
    words: str, count: int, address: tuple[str, int], *, host: str = "", tls: ssl.SSLContext | None = None
) -> Iterator[None]:
    """During the block, `count` connections each send `words` (HEADERS or BODY), one byte every PACE_SECONDS.

    A connection closed by the server is opened again.
    """
    raw, sent_at_once = words.format(host=host or f"{address[0]}:{address[1]}").encode(), WHOLE_HEAD[words]
    sent_at_once += len(raw) - len(words.encode())
    stopped, started = threading.Event(), threading.Event()

    def open_connection() -> tuple[socket.socket, Iterator[int]]:
        plain = socket.create_connection(address, timeout=5)
        sender = tls.wrap_socket(plain, server_hostname=host) if tls else plain
        sender.sendall(raw[:sent_at_once])
        return sender, iter(raw[sent_at_once:])

    def send(opened: Sequence[tuple[socket.socket, Iterator[int]]]) -> None:
        connections = list(opened)
        while not stopped.wait(PACE_SECONDS):
            for rank, (sender, rest) in enumerate(connections):
                try:
                    sender.sendall(bytes([next(rest)]))
                except (OSError, StopIteration):
                    sender.close()
                    if stopped.is_set():
                        return
                    try:
                        connections[rank] = open_connection()
                    except OSError:
                        continue  # retried at the next byte
            started.set()
        for sender, _rest in connections:
            sender.close()

    with ExitStack() as stack:
        opened = [open_connection() for _ in range(count)]
        thread = threading.Thread(target=send, args=(opened,))
        thread.start()
        stack.callback(thread.join, 20)
        stack.callback(stopped.set)
        assert started.wait(20)
        yield
