"""PostgreSQL backend with cursors for constant statements, which psycopg prepares (ADR 0011)."""

from typing import Any

from django.db.backends.postgresql import base, operations


class DatabaseOperations(operations.DatabaseOperations):
    """Django's, with every statement named in the query log."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """As Django; the statement without its values when these were sent separately."""
        return str(super().last_executed_query(cursor, sql, params) or sql)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL backend, plus `prepared_cursor`."""

    connection: Any
    ops_class = DatabaseOperations

    def init_connection_state(self) -> None:
        """As Django; then disables JIT, slower than our longest query, and forces one plan per prepared statement."""
        super().init_connection_state()
        self.connection.execute("SET jit = off; SET plan_cache_mode = force_generic_plan")
        self.connection.commit()

    def prepared_cursor(self) -> Any:
        """A cursor with server-side binding, so that psycopg may prepare the statement (`prepare_threshold`)."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        default_factory = self.connection.cursor_factory
        self.connection.cursor_factory = base.ServerBindingCursor
        try:
            return self.cursor()
        finally:
            self.connection.cursor_factory = default_factory
