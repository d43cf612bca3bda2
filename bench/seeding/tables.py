"""Writing rows by the hundred thousand: numbered by us, gathered, sent in large batches in the caller's transaction."""

import gc
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models
from django.db.models import Max, QuerySet

BATCH = 4000
ROOM = -160_000  # 160 MB


class Table:
    """One model's rows to come. `add` takes the values of `columns` (attribute names, the key left out), in order.

    What is not named has the model's default.
    """

    def __init__(self, model: type[models.Model], *columns: str) -> None:
        self.model = model
        fields = {field.attname: field for field in model._meta.concrete_fields if not field.primary_key}
        others = [field for name, field in fields.items() if name not in columns]
        chosen = [fields[name] for name in columns] + others
        self._written = [(n, way) for n, field in enumerate(chosen, 1) if (way := _way(field))]
        self._rest = tuple(field.get_default() for field in others)
        self._rows: list[list[Any]] = []
        self.first = self.last = QuerySet(model).aggregate(last=Max("pk"))["last"] or 0
        names = ["id", *(str(field.column) for field in chosen)]
        self._sql = _statement(model._meta.db_table, names)

    @property
    def count(self) -> int:
        """How many rows were added."""
        return self.last - self.first

    def add(self, *values: Any) -> int:
        """One row more; returns its number."""
        self.last += 1
        row = [self.last, *values, *self._rest]
        for n, way in self._written:
            if row[n] is not None:
                row[n] = way(row[n])
        self._rows.append(row)
        if len(self._rows) >= BATCH:
            self.flush()
        return self.last

    def flush(self) -> None:
        """Sends what was gathered."""
        rows, self._rows = self._rows, []
        if not rows:
            return
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(self._sql) as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                cursor.executemany(self._sql, rows)


@contextmanager
def at_full_speed() -> Iterator[None]:
    """While many rows are made: no search for cycles among them, and room for the indexes of SQLite in memory."""
    gc.disable()
    room = _room(ROOM)
    try:
        yield
    finally:
        gc.enable()
        _room(room)


def _room(wanted: int) -> int:
    """Sets how much SQLite keeps in memory (as `PRAGMA cache_size`); gives what it was."""
    if connection.vendor != "sqlite":
        return 0
    with connection.cursor() as cursor:
        was = int(cursor.execute("PRAGMA cache_size").fetchone()[0])
        cursor.execute(f"PRAGMA cache_size = {wanted:d}")
    return was


def finish(tables: Sequence[Table]) -> None:
    """Sends the last rows; the next row of anybody else is numbered after ours."""
    for table in tables:
        table.flush()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [table.model for table in tables]):
            cursor.execute(statement)


def analyze() -> None:
    """Lets the database count what it now holds, so that it plans for it."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _statement(table: str, names: Sequence[str]) -> str:
    quoted = ", ".join(connection.ops.quote_name(name) for name in names)
    where = f"{connection.ops.quote_name(table)} ({quoted})"
    if connection.vendor == "postgresql":
        return f"COPY {where} FROM STDIN"
    return f"INSERT INTO {where} VALUES ({', '.join(['%s'] * len(names))})"


def _way(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """How a value of that field is written, when the driver does not know."""
    if isinstance(field, models.JSONField):
        return json.dumps
    if connection.vendor == "postgresql":
        return None
    if isinstance(field, models.DateTimeField):
        return _moment
    if isinstance(field, models.DateField):
        return str
    if isinstance(field, models.UUIDField):
        return lambda key: key.hex
    return None


def _moment(moment: datetime) -> str:
    """As Django writes it on SQLite: in UTC, without its zone."""
    return str(moment if moment.tzinfo is UTC else moment.astimezone(UTC))[:-6]
