"""PostgreSQL without a question before each request: whether the connection still lives is read off its socket.

A server that stops, or that ends the session, closes the connection, and the socket has something to read at once. One
that vanished without a word (its machine fell) leaves it silent; a connection that rested for a while is therefore
asked, as Django asks each time (CONN_HEALTH_CHECKS).
"""

import select
import time
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations as DjangoOperations

from parvis.lib.postgresql.direct import Cursor, Statements

RESTED_SECONDS = 5.0
ONCE = "statements written once"


class DatabaseOperations(DjangoOperations):
    """Django's own, which cannot tell what a statement was whose values were sent apart."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """The statement with its values, for logs and tests."""
        apart = isinstance(cursor, base.ServerBindingCursor)
        return str(self.compose_sql(sql, params) if apart else super().last_executed_query(cursor, sql, params))


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL backend, which trusts a silent connection that was in use a moment ago."""

    ops_class = DatabaseOperations
    connection: Any
    health_check_enabled: bool
    health_check_done: bool
    _checked_at = 0.0  # of time.monotonic
    _statements: Statements | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """As Django, but for what is ours: `prepare`, "off" behind a pooler that knows nothing of what is prepared."""
        params: dict[str, Any] = super().get_connection_params()
        return {name: value for name, value in params.items() if name != "prepare"}

    def init_connection_state(self) -> None:
        """As Django, then no compiling of statements: it takes 25 ms, where the longest of ours takes less to answer.

        PostgreSQL compiles what it believes to be long (jit_above_cost): a search among a million requests.
        What is prepared (`once`) is planned once, and not anew for the values of each call.
        """
        super().init_connection_state()
        self.connection.execute("SET jit = off; SET plan_cache_mode = force_generic_plan")
        self.connection.commit()

    def once(self) -> Any:
        """A cursor for statements that are written once, whose plan is good for any values: they are prepared.

        Planning the page of a queue takes longer than reading it. Any other statement is sent whole, with its values.
        Where statements are counted or shown (tests, `execute_wrapper`), and behind a pooler that knows nothing of what
        is prepared, a cursor of Django's sends the same words and values.
        """
        prepares = self.settings_dict["OPTIONS"].get("prepare") != "off"
        if not prepares or self.execute_wrappers or self.queries_logged:
            return self._cursor(ONCE)  # type: ignore[attr-defined]
        self.validate_thread_sharing()
        self.close_if_health_check_failed()
        self.ensure_connection()
        if self._statements is None or self._statements.connection is not self.connection:
            self._statements = Statements(self.connection)
        return Cursor(self, self._statements)

    def create_cursor(self, name: str | None = None) -> Any:
        """As Django; ONCE is the name of those whose values are sent apart."""
        if name is not ONCE:
            return super().create_cursor(name)
        usual = self.connection.cursor_factory
        self.connection.cursor_factory = base.ServerBindingCursor
        try:
            return super().create_cursor()
        finally:
            self.connection.cursor_factory = usual

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
