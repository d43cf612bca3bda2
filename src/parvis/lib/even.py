"""Work shared evenly by the processes of the web server (ADR 0017)."""

import time
from concurrent.futures import Future
from mmap import mmap
from socket import MSG_DONTWAIT, MSG_PEEK
from threading import local
from typing import Any

from gunicorn.workers.gthread import _DEFER, ThreadWorker

from parvis.lib.turn_pool import TurnPool
from parvis.lib.turns import PATIENCE_SECONDS, turn

# How long a process waits for another to take a new connection, for each request that it has more, and at most.
GIVES_WAY_SECONDS, GIVES_WAY_AT_MOST = 0.0005, 0.002
BUSY = 3  # a process with that many requests in hand answers a fourth no sooner than any other
FILES = "/static/"
_PLACES, _MOST = 64, 254

# Seen by all the processes, forked from the one that made it: at the place of each, 1 and its requests in hand; else 0.
_hands = mmap(-1, _PLACES)


def gone(_server: Any, worker: Any) -> None:
    """A process ended, however it ended: nobody leaves it anything any more. For gunicorn's `child_exit`."""
    _hands[worker.age % _PLACES] = 0


def _has_sent(conn: Any) -> bool:
    """Whether a new connection has something for a thread: what was sent, or its end, hung up or broken."""
    try:
        conn.data_ready or conn.sock.recv(1, MSG_PEEK | MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        pass  # the thread meets it again, and closes the connection
    conn.data_ready = True  # gunicorn does not wait for it any more
    return True


class EvenWorker(ThreadWorker):
    """A process of several threads that leaves to a less busy one what it would only make wait.

    The system wakes the same process first each time, and browsers keep their connections: requests would wait behind
    each other in one process while the other has nothing to do. So a process lets one that has fewer requests in hand
    take a new connection. One with another request in hand keeps no connection that it answers, unless all are busy:
    the next request of that browser goes to whoever is free then. The files of a page, which wait for nobody, come by
    the connections that a browser has.
    """

    _asked = local()

    def init_process(self) -> None:
        """Takes its place among the processes, then serves until it ends."""
        self._tell()
        super().init_process()

    def get_thread_pool(self) -> TurnPool:
        """Threads that begin what can be computed."""
        return TurnPool(self.cfg.threads, turn)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """As gunicorn, which looks again soon while something is in line behind whoever may only be waiting."""
        super().wait_for_and_dispatch_events(min(timeout, PATIENCE_SECONDS) if self.tpool.in_line else timeout)
        self.tpool.make_room()

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answers, with in mind what is asked for when gunicorn decides whether the connection stays open."""
        self._asked.file = req.path.startswith(FILES)
        return super().handle_request(req, conn)

    def enqueue_req(self, conn: Any) -> None:
        """One more request in hand; a browser that has said nothing yet is waited for without a thread."""
        if not conn.initialized and not _has_sent(conn):
            silent: Future[object] = Future()
            silent.set_result(_DEFER)
            self.finish_request(conn, silent)
            return
        self._tell()
        super().enqueue_req(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """One less."""
        super().finish_request(conn, fs)
        self._tell()

    @property
    def in_hand(self) -> int:
        """How many connections have a request that is being answered, or waits for its turn."""
        return int(self.nr_conns) - len(self.keepalived_conns) - len(self.pending_conns)

    @property
    def elsewhere(self) -> int:
        """How many requests the least busy of the other processes has in hand; _MOST when there is no other."""
        place = self.age % _PLACES
        return min(filter(None, _hands[:place] + _hands[place + 1 :]), default=_MOST + 1) - 1

    @property
    def max_keepalived(self) -> int:
        """How many connections may stay open between two requests; gunicorn asks before each answer."""
        better = self.in_hand > 1 and self.elsewhere < BUSY and not getattr(self._asked, "file", False)
        return 0 if better else self._most

    @max_keepalived.setter
    def max_keepalived(self, most: int) -> None:
        self._most = most

    def accept(self, listener: Any) -> None:
        """Takes a new connection, unless another process took it meanwhile."""
        more = max(0, self.in_hand - self.elsewhere)
        time.sleep(min(more * GIVES_WAY_SECONDS, GIVES_WAY_AT_MOST))
        super().accept(listener)

    def _tell(self) -> None:
        _hands[self.age % _PLACES] = 1 + min(self.in_hand, _MOST)
