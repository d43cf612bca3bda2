"""Work shared evenly by the processes of the web server (ADR 0017)."""

import time
from threading import local
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

# How long a process waits for another to take a new connection, for each request in its hands, and at most.
GIVES_WAY_SECONDS, GIVES_WAY_AT_MOST = 0.0005, 0.002
FILES = "/static/"


class EvenWorker(ThreadWorker):
    """A process of several threads that leaves to a less busy one what it would only make wait.

    The system wakes the same process first each time, and browsers keep their connections: requests would wait behind
    each other in one process while the other has nothing to do. So a busy process lets the other take a new connection,
    and keeps none while it has another request in hand: the next one of that browser goes to whoever is free. The files
    of a page, which wait for nobody, come by the connections that a browser has.
    """

    _asked = local()

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answers, with in mind what is asked for when gunicorn decides whether the connection stays open."""
        self._asked.file = req.path.startswith(FILES)
        return super().handle_request(req, conn)

    @property
    def in_hand(self) -> int:
        """How many connections have a request that is being answered, or waits for its turn."""
        return int(self.nr_conns) - len(self.keepalived_conns) - len(self.pending_conns)

    @property
    def max_keepalived(self) -> int:
        """How many connections may stay open between two requests; gunicorn asks before each answer."""
        return 0 if self.in_hand > 1 and not getattr(self._asked, "file", False) else self._most

    @max_keepalived.setter
    def max_keepalived(self, most: int) -> None:
        self._most = most

    def accept(self, listener: Any) -> None:
        """Takes a new connection, unless another process took it meanwhile."""
        time.sleep(min(self.in_hand * GIVES_WAY_SECONDS, GIVES_WAY_AT_MOST))
        super().accept(listener)
