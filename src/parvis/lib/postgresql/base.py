"""PostgreSQL, with cursors for statements whose text never changes: psycopg prepares those (ADR 0011)."""

from typing import Any

from django.db.backends.postgresql import base, operations


class DatabaseOperations(operations.DatabaseOperations):
    """Django's, which names every statement in its log of queries."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """As Django; the statement without its values when they were sent apart."""
        return str(super().last_executed_query(cursor, sql, params) or sql)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL backend, whose usual cursors send each statement whole, with its values."""

    connection: Any
    ops_class = DatabaseOperations

    def init_connection_state(self) -> None:
        """As Django; then no JIT, which takes longer than our longest query, and one plan for a prepared statement."""
        super().init_connection_state()
        self.connection.execute("SET jit = off; SET plan_cache_mode = force_generic_plan")
        self.connection.commit()

    def prepared_cursor(self) -> Any:
        """A cursor that sends values apart from the statement, so that psycopg may prepare it (`prepare_threshold`)."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        usual = self.connection.cursor_factory
        self.connection.cursor_factory = base.ServerBindingCursor
        try:
            return self.cursor()
        finally:
            self.connection.cursor_factory = usual
