"""Online copy and restore of the database: SQLite by itself, PostgreSQL by its own tools."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from sqlite3 import DatabaseError as SQLiteError
from sqlite3 import OperationalError, connect
from typing import Any

from django.db import DatabaseError, connection, connections, transaction

from parvis.lib.errors import Conflict, Refused

TIMEOUT = 60.0
HEAD_LINES = 200
SQLITE, POSTGRES = "database.sqlite3", "database.dump"
SQLITE_FILES = ("", "-wal", "-shm", "-queue")
OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "options", "service")

Rows = Callable[[str], list[Any]]


@dataclass(frozen=True)
class Snapshot:
    """A consistent copy of the database, and its contents. `last_head`: the time of its last signed head."""

    file: Path
    migrations: list[list[str]]
    cases: int
    entries: int
    town: str
    last_head: datetime | None


def member() -> str:
    """The name of this installation's database in an archive."""
    return POSTGRES if connection.vendor == "postgresql" else SQLITE


@contextmanager
def snapshot(folder: Path) -> Iterator[Snapshot]:
    """Copies the database into the folder, without blocking writers."""
    if connection.vendor == "postgresql":
        yield _dump_postgresql(folder / POSTGRES)
    else:
        yield _copy_sqlite(folder / SQLITE)


def is_empty() -> bool:
    """Whether the database has no tables, or does not exist yet.

    A file that SQLite cannot read does not count as empty: it may be the very reason for the restore.
    """
    if connection.vendor != "sqlite":
        return not connection.introspection.table_names()
    file = Path(connection.settings_dict["NAME"])
    if not file.exists() or file.stat().st_size == 0:
        return True
    try:
        return not connection.introspection.table_names()
    except DatabaseError:
        return False


def refuse_other_connections() -> None:
    """Conflict when there are other connections to the PostgreSQL database, from any machine."""
    if connection.vendor != "postgresql":
        return
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with connection.cursor() as cursor:
        cursor.execute(query)
        others = cursor.fetchone()[0]
    if others:
        raise Conflict(f"{others} other connections to this database: stop everything that uses it first.")


def put(file: Path, aside: Path | None) -> None:
    """Replaces the database with that of the file, all or nothing; the old one is moved to `aside`, if given."""
    if connection.vendor == "postgresql":
        _restore_postgresql(file, aside)
    else:
        _replace_sqlite(file, aside)
    connections.close_all()


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _copy_sqlite(to: Path) -> Snapshot:
    """`VACUUM INTO` copies a consistent state, without the erased data that remains in free pages."""
    try:
        with closing(connect(connection.settings_dict["NAME"], timeout=TIMEOUT, isolation_level=None)) as database:
            database.execute("VACUUM INTO ?", [str(to)])
    except SQLiteError as error:  # damaged, or no room for the copy: the message says which
        raise Refused(f"The database could not be copied: {error}.") from error
    with closing(connect(to)) as copy:
        if (result := copy.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
            raise Refused(f"The database is damaged: {result}")
        return _describe(to, lambda query: copy.execute(query).fetchall())


def _replace_sqlite(file: Path, aside: Path | None) -> None:
    connections.close_all()
    target = Path(connection.settings_dict["NAME"])
    for suffix in SQLITE_FILES:
        old = target.with_name(target.name + suffix)
        if old.exists():
            if aside:
                shutil.move(old, aside / f"{SQLITE}{suffix}")
            else:
                old.unlink()
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(file, target)


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def _dump_postgresql(to: Path) -> Snapshot:
    """Runs `pg_dump` on the same transaction snapshot as the counts."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        exported = str(cursor.fetchone()[0])

        def rows(query: str) -> list[Any]:
            cursor.execute(query)
            return list(cursor.fetchall())

        described = _describe(to, rows)
        _dump(to, f"--snapshot={exported}")
    return described


def _dump(to: Path, *options: str) -> None:
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={to}", *options)


def _restore_postgresql(file: Path, aside: Path | None) -> None:
    """Drops and recreates the schema in one transaction."""
    if aside:
        _dump(aside / POSTGRES)
    script, before = file.with_suffix(".sql"), file.with_suffix(".before.sql")
    _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(file))
    with script.open(encoding="utf-8") as lines:  # the dump may create the schema itself, before any table
        creates_schema = "CREATE SCHEMA public;\n" in islice(lines, HEAD_LINES)
    before.write_text("DROP SCHEMA public CASCADE;\n" + ("" if creates_schema else "CREATE SCHEMA public;\n"))
    connections.close_all()
    quiet = ("--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--single-transaction", "--output=/dev/null")
    _run("psql", *quiet, f"--file={before}", f"--file={script}")


def _run(program: str, *arguments: str) -> str:
    """Runs a tool and returns its output; Refused when it is not installed, or with its message when it fails."""
    if shutil.which(program) is None:
        raise Refused(
            f"{program} is not installed: PostgreSQL is backed up and restored by its own tools. "
            "Install the PostgreSQL client, of the server's version or later (Debian: apt install postgresql-client)."
        )
    settings = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    env = {**os.environ, **{name: str(settings[key]) for name, key in names.items() if settings[key]}}
    env |= {f"PG{name.upper()}": str(value) for name, value in settings["OPTIONS"].items() if name in OPTIONS}
    done = subprocess.run([program, *arguments], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{program} failed: {done.stderr.strip()}")
    return done.stdout


def _describe(file: Path, rows: Rows) -> Snapshot:
    try:
        applied = rows("SELECT app, name FROM django_migrations ORDER BY id")
        last = rows("SELECT max(until) FROM cases_checkpoint")[0][0]
        return Snapshot(
            file=file,
            migrations=[[str(app), str(name)] for app, name in applied],
            cases=int(rows("SELECT count(*) FROM cases_case")[0][0]),
            entries=int(rows("SELECT count(*) FROM cases_entry")[0][0]),
            town=next((str(slug) for (slug,) in rows("SELECT slug FROM directory_town ORDER BY id LIMIT 1")), ""),
            last_head=datetime.fromisoformat(last) if isinstance(last, str) else last,
        )
    except (OperationalError, DatabaseError) as error:
        raise Refused(f"There is nothing to back up: {error}. Has `parvis setup` been run?") from error
