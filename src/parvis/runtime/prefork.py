"""Runs waitress in several processes forked after the application is loaded, all accepting on one socket.

waitress buffers whole requests and responses, so slow clients hold no thread. This module only starts, monitors and
stops it. See ADR 0033.
"""

import logging
import multiprocessing
import signal
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from typing import Any, NamedTuple

from waitress import create_server, wasyncore
from waitress.task import ThreadedTaskDispatcher

from parvis.runtime import parent

LONGEST_HEAD = 64 << 10  # URL and headers; percent-encoding makes up to 18,000 bytes of a question of 2,000 letters
LONGEST_BODY = 130 << 20  # ten photos of 12 MB, and the text with them
MOST_CONNECTIONS = 500  # per process: with a temporary file each, still under the usual limit of 1,024 descriptors
IDLE_SECONDS = 60  # after which an idle connection is closed
GRACE_SECONDS = 30.0  # for requests in progress at shutdown
KILL_SECONDS = 5.0  # more, before remaining processes are killed
RESTART_SECONDS = 1.0  # before a dead process is replaced
MOST_APART = 8  # requests of a process that wait to be computed apart, of each kind
POLL_SECONDS, SHORT_POLL_SECONDS = 0.5, 0.05

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


class Head(NamedTuple):
    """What tells whether a request is computed apart; `length` is that of its body, in bytes."""

    method: str
    path: str
    content_type: str
    length: int


Apart = Callable[[Head], bool]
logger = logging.getLogger(__name__)


class _Shutdown:
    """Whether a signal requested the shutdown; `wake` interrupts the wait of the process."""

    def __init__(self) -> None:
        self.requested = False
        self.wake: Callable[[], object] = bool
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._handle)

    def _handle(self, _number: int, _frame: object) -> None:
        self.requested = True
        self.wake()


def listen(host: str, port: int) -> socket.socket:
    """Opens a listening socket. OSError when the address is in use, or is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


def serve(
    application: Application,
    listener: socket.socket,
    *,
    processes: int,
    threads: int,
    host: str = "127.0.0.1",
    apart: Sequence[Apart] = (),
) -> None:
    """Serves until SIGTERM, SIGINT or SIGHUP, or until the supervisor is gone, then returns.

    Requests already arriving are answered first.

    A process that dies is replaced. The caller closes anything that must not cross a fork, such as database
    connections. `host` is the server name for requests without a Host header. Those that one of `apart` picks (the
    first one that does) have a thread of their own, one at a time, so that the others do not wait for them; beyond
    MOST_APART, they go with the others.
    """
    shutdown = _Shutdown()

    def start() -> ForkProcess:
        arguments = (application, listener, threads, host, shutdown, apart)
        process = multiprocessing.get_context("fork").Process(target=_run, args=arguments, daemon=True)
        process.start()
        return process

    running = [start() for _ in range(processes)]
    while not (shutdown.requested or parent.is_gone()):
        wait([process.sentinel for process in running], POLL_SECONDS)
        for rank, process in enumerate(running):
            if not process.is_alive() and not shutdown.requested:
                logger.error("a web process ended by itself (exit code %s); another takes its place", process.exitcode)
                time.sleep(RESTART_SECONDS)
                running[rank] = start()
    listener.close()
    for process in running:
        process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS + KILL_SECONDS
    for process in running:
        process.join(max(0.1, deadline - time.monotonic()))
        process.kill()


class _Lanes:
    """A dispatcher of waitress, with others beside it, each for one kind of requests to compute apart."""

    def __init__(self, main: ThreadedTaskDispatcher, apart: Sequence[Apart]) -> None:
        self.main, self.beside = main, [(picks, ThreadedTaskDispatcher()) for picks in apart]
        for _picks, lane in self.beside:
            lane.set_thread_count(1)

    def add_task(self, channel: Any) -> None:
        """Queues a connection whose next request was received whole."""
        self._lane(channel.requests[0]).add_task(channel)

    def _lane(self, request: Any) -> ThreadedTaskDispatcher:
        if request.error:
            return self.main
        headers = request.headers
        length = int(headers.get("CONTENT_LENGTH") or 0)
        head = Head(request.command, request.path, headers.get("CONTENT_TYPE", ""), length)
        lane = next((lane for picks, lane in self.beside if picks(head)), self.main)
        return lane if lane is self.main or len(lane.queue) < MOST_APART else self.main


def _run(
    application: Application,
    listener: socket.socket,
    threads: int,
    host: str,
    shutdown: _Shutdown,
    apart: Sequence[Apart],
) -> None:
    """Runs one server process until shutdown is requested, or its parent is gone."""
    connections: dict[int, Any] = {}
    server = create_server(
        _without_head_bodies(application),
        map=connections,
        sockets=[listener],
        threads=threads,
        server_name=host,
        ident=None,
        clear_untrusted_proxy_headers=False,  # the application decides which proxies to trust
        max_request_header_size=LONGEST_HEAD,
        max_request_body_size=LONGEST_BODY + 1,
        outbuf_high_watermark=1 << 40,  # buffer responses in a file, however long, rather than hold a thread
        connection_limit=MOST_CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=5,
        log_socket_errors=False,
    )
    server.task_dispatcher = _Lanes(server.task_dispatcher, apart)
    shutdown.wake = server.pull_trigger
    while not (shutdown.requested or parent.is_gone()):
        wasyncore.loop(POLL_SECONDS, use_poll=True, map=connections, count=1)
    _finish(server, connections)


def _finish(server: Any, connections: dict[int, Any]) -> None:
    """Stops accepting connections, and returns once every request is answered, or after GRACE_SECONDS."""
    server.del_channel()
    server.socket.close()
    deadline = time.monotonic() + GRACE_SECONDS
    while server.active_channels and time.monotonic() < deadline:
        for channel in server.active_channels.values():
            busy = channel.requests or channel.request or channel.total_outbufs_len
            channel.will_close = channel.will_close or not busy
        wasyncore.loop(SHORT_POLL_SECONDS, use_poll=True, map=connections, count=1)


def _without_head_bodies(application: Application) -> Application:
    """Drops the body of responses to HEAD, which waitress would send."""

    def answer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        body = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        close = getattr(body, "close", None)
        if close:
            close()
        return []

    return answer
