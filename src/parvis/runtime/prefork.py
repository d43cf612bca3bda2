"""waitress in several processes that accept on one socket, forked after the application is loaded, which they share.

waitress reads each request whole before a thread takes it, and sends what a thread wrote: whoever sends or reads slowly
holds no thread. Here it is only started, watched and stopped. See ADR 0033.
"""

import logging
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable, Iterable
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from typing import Any

from waitress import create_server, wasyncore

LONGEST_HEAD = 64 << 10  # address and headers; a question of 2,000 letters takes 18,000 in the alphabets that cost most
LONGEST_BODY = 130 << 20  # ten photos of 12 MB, and the words with them
MOST_CONNECTIONS = 500  # in each process: with a temporary file for each, still under the usual 1,024 of the system
RESTING_SECONDS = 60  # how long a connection on which nothing moves stays open
FINISHING_SECONDS = 30.0  # for the requests in hand, once the end is asked for
KILLING_SECONDS = 5.0  # more, before what still runs is killed
PAUSE_SECONDS = 1.0  # before a process that died is replaced
LOOK_SECONDS, SHORT_LOOK_SECONDS = 0.5, 0.05

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]
logger = logging.getLogger(__name__)


class _End:
    """Whether a signal asked for the end; `wake` interrupts whatever the process waits for."""

    def __init__(self) -> None:
        self.asked = False
        self.wake: Callable[[], object] = bool
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: object) -> None:
        self.asked = True
        self.wake()


def listen(host: str, port: int) -> socket.socket:
    """A socket on which connections wait from now on. OSError when the address is taken, or is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


def serve(
    application: Application, listener: socket.socket, *, processes: int, threads: int, host: str = "127.0.0.1"
) -> None:
    """Serves until SIGTERM, SIGINT or SIGHUP, then returns; requests that have begun to arrive are answered first.

    A process that dies is replaced. Whatever must not cross a fork (a connection to a database) is closed before.
    `host` is the name of this server for a request that bears none.
    """
    end, parent = _End(), os.getpid()

    def start() -> ForkProcess:
        arguments = (application, listener, threads, host, end, parent)
        process = multiprocessing.get_context("fork").Process(target=_answer, args=arguments, daemon=True)
        process.start()
        return process

    running = [start() for _ in range(processes)]
    while not end.asked:
        wait([process.sentinel for process in running], LOOK_SECONDS)
        for rank, process in enumerate(running):
            if not process.is_alive() and not end.asked:
                logger.error("a web process ended by itself (exit code %s); another takes its place", process.exitcode)
                time.sleep(PAUSE_SECONDS)
                running[rank] = start()
    listener.close()
    for process in running:
        process.terminate()
    until = time.monotonic() + FINISHING_SECONDS + KILLING_SECONDS
    for process in running:
        process.join(max(0.1, until - time.monotonic()))
        process.kill()


def _answer(application: Application, listener: socket.socket, threads: int, host: str, end: _End, parent: int) -> None:
    """One process: answers until the end is asked for, or its parent is gone."""
    connections: dict[int, Any] = {}
    server = create_server(
        _without_body_of_head(application),
        map=connections,
        sockets=[listener],
        threads=threads,
        server_name=host,
        ident=None,
        clear_untrusted_proxy_headers=False,  # whom to trust is for the application to say
        max_request_header_size=LONGEST_HEAD,
        max_request_body_size=LONGEST_BODY + 1,
        outbuf_high_watermark=1 << 40,  # an answer is kept in a file, however long, rather than hold a thread
        connection_limit=MOST_CONNECTIONS,
        channel_timeout=RESTING_SECONDS,
        cleanup_interval=5,
        log_socket_errors=False,
    )
    end.wake = server.pull_trigger
    while not end.asked and os.getppid() == parent:
        wasyncore.loop(LOOK_SECONDS, use_poll=True, map=connections, count=1)
    _finish(server, connections)


def _finish(server: Any, connections: dict[int, Any]) -> None:
    """Takes no new connection, and returns once every request is answered, or after FINISHING_SECONDS."""
    server.del_channel()
    server.socket.close()
    until = time.monotonic() + FINISHING_SECONDS
    while server.active_channels and time.monotonic() < until:
        for channel in server.active_channels.values():
            in_hand = channel.requests or channel.request or channel.total_outbufs_len
            channel.will_close = channel.will_close or not in_hand
        wasyncore.loop(SHORT_LOOK_SECONDS, use_poll=True, map=connections, count=1)


def _without_body_of_head(application: Application) -> Application:
    """The application, whose answer to HEAD has no body: waitress would send what the application gives."""

    def answer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        body = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        close = getattr(body, "close", None)
        if close:
            close()
        return []

    return answer
