"""Statements that are written once, sent to PostgreSQL as libpq sends a prepared one (ADR 0011).

psycopg gives the values their forms and makes the rows, as always. What is left out is what it does for statements of
any kind: it reads their words again for the marks of values, keeps count of which are worth preparing, forgets them all
after each ROLLBACK, and waits in a way that other code could drive.
"""

from collections.abc import Sequence
from typing import Any

from psycopg import capabilities, errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

Row = tuple[Any, ...]
Types = tuple[int, ...]
_SMALLINT, _INTEGER = 21, 23  # psycopg calls a small number by the first, and a statement would be prepared for each
_WELL = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class Statements:
    """What one connection of psycopg has prepared: a statement for each text, more only when its values change type."""

    def __init__(self, connection: Any) -> None:
        self.connection, self._server = connection, connection.pgconn
        self.transformer = Transformer(connection)
        self._plans: dict[str, list[tuple[bytes, Types]]] = {}
        self._names: dict[tuple[str, Types], bytes] = {}
        self._made = 0

    def run(self, sql: str, values: Sequence[Any]) -> Any:
        """The result of a statement (psycopg's `PGresult`), in the transaction that is begun or begins with it.

        Raises what a cursor of psycopg raises.
        """
        self._begun()
        types, given, formats = self._dumped(values)
        return self._checked(self._server.exec_prepared(self._name(sql, types), given, formats, 0))

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Runs a statement for each of these, in one journey to the server; raises what the first refusal raises."""
        self._begun()
        server, ready = self._server, [self._dumped(values) for values in rows]
        for types, _given, _formats in ready:
            self._name(sql, types)  # what one row teaches of the types may replace what another would have used
        named = [(self._name(sql, types), given, formats) for types, given, formats in ready]
        server.enter_pipeline_mode()
        try:
            for name, given, formats in named:
                server.send_query_prepared(name, given, formats, 0)
            server.pipeline_sync()
            answers = self._until_sync()
        finally:
            if server.status == ConnStatus.OK:
                server.exit_pipeline_mode()
        for answer in answers:
            self._checked(answer)

    def _until_sync(self) -> list[Any]:
        """What the server answers to all that was sent, nothing of it left behind."""
        answers: list[Any] = []
        while not answers or answers[-1].status != ExecStatus.PIPELINE_SYNC:
            answer = self._server.get_result()
            if answer is not None:  # None ends the answer to each statement
                answers.append(answer)
            elif self._server.status != ConnStatus.OK:
                raise errors.OperationalError(self._server.get_error_message())
        return answers[:-1]

    def _begun(self) -> None:
        if self._server.transaction_status == TransactionStatus.IDLE and not self.connection.autocommit:
            self._checked(self._server.exec_(b"BEGIN"))

    def _dumped(self, values: Sequence[Any]) -> tuple[Types, Any, Any]:
        """The types of these values as far as they are known, what is sent of them, in which formats."""
        put = self.transformer
        given = put.dump_sequence(values, [PyFormat.TEXT] * len(values))
        return put.types or (), given, put.formats

    def _name(self, sql: str, types: Types) -> bytes:
        return self._names.get((sql, types)) or self._named(sql, types)

    def _named(self, sql: str, types: Types) -> bytes:
        """The name of the statement that takes values of these types. One of no known type, as NULL is, takes any."""
        wanted = tuple(_INTEGER if one == _SMALLINT else one for one in types)
        plans = self._plans.setdefault(sql, [])
        at = next((at for at, (_name, known) in enumerate(plans) if _agree(wanted, known)), len(plans))
        if at == len(plans):
            plans.append((self._prepare(sql, wanted), wanted))
        elif (both := tuple(one or other for one, other in zip(plans[at][1], wanted, strict=True))) != plans[at][1]:
            self._forget(plans[at][0])
            plans[at] = (self._prepare(sql, both), both)
        name = self._names[sql, types] = plans[at][0]
        return name

    def _forget(self, name: bytes) -> None:
        if capabilities.has_send_close_prepared():  # a pooler follows this, and knows nothing of DEALLOCATE
            self._checked(self._server.close_prepared(name))
        self._names = {key: kept for key, kept in self._names.items() if kept != name}

    def _prepare(self, sql: str, types: Types) -> bytes:
        self._made += 1
        name = f"once_{self._made}".encode()
        first, *others = sql.split("%s")
        words = first + "".join(f"${at}{words}" for at, words in enumerate(others, 1))
        self._checked(self._server.prepare(name, words.replace("%%", "%").encode(), types))
        return name

    def _checked(self, result: Any) -> Any:
        if result.status in _WELL:
            return result
        if self._server.status != ConnStatus.OK:
            raise errors.OperationalError(self._server.get_error_message())
        raise errors.error_from_result(result, self.connection.info.encoding)


def _agree(one: Types, other: Types) -> bool:
    """Whether every value known to have a type in both has the same."""
    return all(a == b or not (a and b) for a, b in zip(one, other, strict=True))


class Cursor:
    """What is asked of a cursor for such a statement. `wrapper` is Django's connection."""

    rowcount = -1

    def __init__(self, wrapper: Any, statements: Statements) -> None:
        self._wrapper, self._statements = wrapper, statements

    def __enter__(self) -> "Cursor":
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing is to be closed."""

    def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Runs the statement; raises what Django's own cursor does."""
        self._wrapper.validate_no_broken_transaction()
        with self._wrapper.wrap_database_errors:
            self._result = result = self._statements.run(sql, values)
        rows = result.ntuples if result.status == ExecStatus.TUPLES_OK else result.command_tuples
        self.rowcount = -1 if rows is None else rows

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Runs it for each of these."""
        self._wrapper.validate_no_broken_transaction()
        with self._wrapper.wrap_database_errors:
            self._statements.run_many(sql, rows)

    def fetchall(self) -> list[Row]:
        """The rows."""
        self._statements.transformer.set_pgresult(self._result)
        return self._statements.transformer.load_rows(0, self._result.ntuples, tuple)

    def fetchone(self) -> Row | None:
        """The first row; None when there is none."""
        rows = self.fetchall()
        return rows[0] if rows else None
