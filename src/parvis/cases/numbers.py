"""The numbers of cases: one series a year. Gaps are allowed, a number given twice is not."""

from django.db import ProgrammingError, connection, transaction

_NEXT_IN_TABLE = """
    INSERT INTO cases_casenumber (year, last) VALUES (%s, 1)
    ON CONFLICT (year) DO UPDATE SET last = cases_casenumber.last + 1 RETURNING last
"""


def next_number(year: int) -> int:
    """The next number of the year, from 1.

    SQLite writes one at a time: a counter row does. PostgreSQL takes it from a sequence made on the first case of the
    year, so that nobody waits for somebody else's transaction.
    """
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(_NEXT_IN_TABLE, [year])
            return int(cursor.fetchone()[0])
        name = f"cases_number_{year:d}"
        try:
            with transaction.atomic():
                cursor.execute(f"SELECT nextval('{name}')")
                return int(cursor.fetchone()[0])
        except ProgrammingError:
            with transaction.atomic():
                cursor.execute("SELECT pg_advisory_xact_lock(311)")
                cursor.execute(f"CREATE SEQUENCE IF NOT EXISTS {name}")
            cursor.execute(f"SELECT nextval('{name}')")
            return int(cursor.fetchone()[0])
