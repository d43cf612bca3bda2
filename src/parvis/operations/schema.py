"""The schema of a new SQLite database, kept as a generated file: `schema.sqlite.sql` (ADR 0050).

Loading it takes a third of a second, where applying every migration takes the better part of a minute. `make schema`
writes it (tools/schema.py); `make check-schema` proves that it equals what the migrations make.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from django.db import connection, transaction

FILE = Path(__file__).with_name("schema.sqlite.sql")


def load_schema() -> bool:
    """Gives an empty SQLite database its tables and first rows, with the names of the migrations that made them.

    Returns whether it did: neither PostgreSQL nor a database that holds a table is touched. It is one transaction: a
    start that is interrupted leaves the database empty, and a second start that was waiting finds it filled.
    """
    if connection.vendor != "sqlite" or connection.introspection.table_names():
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.introspection.table_names(cursor):
            return False
        for statement in split_statements(FILE.read_text(encoding="utf-8")):
            cursor.execute(statement)
    return True


def split_statements(sql: str) -> Iterator[str]:
    """The statements of a script, whose last characters on a line end each; those of triggers are whole."""
    lines: list[str] = []
    for line in sql.splitlines():
        lines.append(line)
        if line.endswith(";") and sqlite3.complete_statement("\n".join(lines)):
            yield "\n".join(lines)
            lines = []
