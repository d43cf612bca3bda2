"""Case numbers: one series per year. Gaps are allowed, duplicates are not."""

from typing import Any

from django.db import connection, transaction

from parvis.lib.database.rows import once

_NEXT_IN_TABLE = """
    INSERT INTO cases_casenumber (year, last) VALUES (%s, %s)
    ON CONFLICT (year) DO UPDATE SET last = cases_casenumber.last + excluded.last RETURNING last
"""
# Returns NULL while the year has no sequence yet, instead of an error that would abort the caller's transaction.
_NEXT_IN_SEQUENCE = "SELECT nextval(to_regclass(%s)) FROM generate_series(1, %s)"


def next_number(year: int) -> int:
    """The next number of the year, from 1."""
    return next_numbers(year, 1)[0]


def next_numbers(year: int, count: int) -> list[int]:
    """The next `count` numbers of the year.

    SQLite serialises writes, so a counter row is enough. PostgreSQL uses a sequence created with the first case of the
    year, so that transactions do not wait for each other.
    """
    with once() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(_NEXT_IN_TABLE, [year, count])
            last = int(cursor.fetchone()[0])
            return list(range(last - count + 1, last + 1))
        name = f"cases_number_{year:d}"
        if not (numbers := _draw(cursor, name, count)):
            with transaction.atomic():
                cursor.execute("SELECT pg_advisory_xact_lock(311)")
                cursor.execute(f"CREATE SEQUENCE IF NOT EXISTS {name}")
            numbers = _draw(cursor, name, count)
        return numbers


def _draw(cursor: Any, name: str, count: int) -> list[int]:
    cursor.execute(_NEXT_IN_SEQUENCE, [name, count])
    return [int(number) for (number,) in cursor.fetchall() if number is not None]
