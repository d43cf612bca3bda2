"""The numbers of cases: one series a year. Gaps are allowed, a number given twice is not."""

from typing import Any

from django.db import connection, transaction

from parvis.lib.rows import once

_NEXT_IN_TABLE = """
    INSERT INTO cases_casenumber (year, last) VALUES (%s, %s)
    ON CONFLICT (year) DO UPDATE SET last = cases_casenumber.last + excluded.last RETURNING last
"""
# NULL, and no error that would spoil the caller's transaction, while the year has no sequence yet.
_DRAWN = "SELECT nextval(to_regclass(%s)) FROM generate_series(1, %s)"


def next_number(year: int) -> int:
    """The next number of the year, from 1."""
    return next_numbers(year, 1)[0]


def next_numbers(year: int, count: int) -> list[int]:
    """The next `count` numbers of the year.

    SQLite writes one at a time: a counter row does. PostgreSQL takes them from a sequence made on the first case of the
    year, so that nobody waits for somebody else's transaction.
    """
    with once() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(_NEXT_IN_TABLE, [year, count])
            last = int(cursor.fetchone()[0])
            return list(range(last - count + 1, last + 1))
        name = f"cases_number_{year:d}"
        if not (drawn := _draw(cursor, name, count)):
            with transaction.atomic():
                cursor.execute("SELECT pg_advisory_xact_lock(311)")
                cursor.execute(f"CREATE SEQUENCE IF NOT EXISTS {name}")
            drawn = _draw(cursor, name, count)
        return drawn


def _draw(cursor: Any, name: str, count: int) -> list[int]:
    cursor.execute(_DRAWN, [name, count])
    return [int(number) for (number,) in cursor.fetchall() if number is not None]
