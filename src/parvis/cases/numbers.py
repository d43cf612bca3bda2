"""The numbers of cases: one series a year. Gaps are allowed, a number given twice is not."""

from django.db import ProgrammingError, connection, transaction

_NEXT_IN_TABLE = """
    INSERT INTO cases_casenumber (year, last) VALUES (%s, %s)
    ON CONFLICT (year) DO UPDATE SET last = cases_casenumber.last + excluded.last RETURNING last
"""


def next_number(year: int) -> int:
    """The next number of the year, from 1."""
    return next_numbers(year, 1)[0]


def next_numbers(year: int, count: int) -> list[int]:
    """The next `count` numbers of the year.

    SQLite writes one at a time: a counter row does. PostgreSQL takes them from a sequence made on the first case of the
    year, so that nobody waits for somebody else's transaction.
    """
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(_NEXT_IN_TABLE, [year, count])
            last = int(cursor.fetchone()[0])
            return list(range(last - count + 1, last + 1))
        name = f"cases_number_{year:d}"
        drawn = f"SELECT nextval('{name}') FROM generate_series(1, %s)"
        try:
            with transaction.atomic():
                cursor.execute(drawn, [count])
                return [int(row[0]) for row in cursor.fetchall()]
        except ProgrammingError:
            with transaction.atomic():
                cursor.execute("SELECT pg_advisory_xact_lock(311)")
                cursor.execute(f"CREATE SEQUENCE IF NOT EXISTS {name}")
            cursor.execute(drawn, [count])
            return [int(row[0]) for row in cursor.fetchall()]
