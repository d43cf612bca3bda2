"""PostgreSQL without a question before each request: whether the connection still lives is read off its socket.

A server that stops, or that ends the session, closes the connection, and the socket has something to read at once. One
that vanished without a word (its machine fell) leaves it silent; a connection that rested for a while is therefore
asked, as Django asks each time (CONN_HEALTH_CHECKS).
"""

import select
import time
from typing import Any

from django.db.backends.postgresql import base

RESTED_SECONDS = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL backend, which trusts a silent connection that was in use a moment ago."""

    connection: Any
    health_check_enabled: bool
    health_check_done: bool
    _checked_at = 0.0  # of time.monotonic

    def init_connection_state(self) -> None:
        """As Django, then no compiling of statements: it takes 25 ms, where the longest of ours takes less to answer.

        PostgreSQL compiles what it believes to be long (jit_above_cost): a search among a million requests.
        """
        super().init_connection_state()
        self.connection.execute("SET jit = off")
        self.connection.commit()

    def close_if_health_check_failed(self) -> None:
        """At the first use in a request: closes the connection that no longer works, so that a new one is opened."""
        if self.connection is None or not self.health_check_enabled or self.health_check_done:
            return
        before, self._checked_at = self._checked_at, time.monotonic()
        if self._checked_at - before < RESTED_SECONDS and _silent(self.connection):
            self.health_check_done = True
        else:
            super().close_if_health_check_failed()


def _silent(connection: Any) -> bool:
    """Whether the server has said nothing since the last answer; a closed connection says so."""
    if connection.closed:
        return False
    watched = select.poll()
    watched.register(connection.fileno(), select.POLLIN)
    return not watched.poll(0)
