"""A migrated database and installed towns, built once and then copied by every test.

They are cached in var/tests, and on the PostgreSQL server, until one of the files that they depend on changes.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "var" / "tests"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
# Two checkouts may test on the same PostgreSQL server at the same time.
CHECKOUT = hashlib.sha256(str(ROOT).encode()).hexdigest()[:6]


def migrated_sqlite() -> Path:
    """The path of an SQLite database with every table and no row."""
    database = CACHE / f"migrated-{_migrations_digest()}.sqlite3"
    with _exclusive("migrating"):
        if not database.exists():
            temporary = database.with_suffix(".making")
            temporary.unlink(missing_ok=True)
            _migrate(f"sqlite:///{temporary}")
            temporary.rename(database)
            temporary.with_name(f"{temporary.name}-queue").unlink(missing_ok=True)
    return database


def migrated_postgres(server: str) -> str:
    """The name of a template database with every table and no row, on that PostgreSQL server."""
    prefix = f"parvis_{CHECKOUT}_migrated_"
    name = f"{prefix}{_migrations_digest()}"

    def fill(database: str) -> None:
        create(server, database)
        _migrate(urlsplit(server)._replace(path=f"/{database}").geturl())

    with _exclusive("migrating"):
        _template(server, name, prefix, fill)
    return name


def install(town: Path, data: Path, database: str, told: Mapping[str, str], setup: Callable[[], None]) -> None:
    """Fills the folder `data`, and the empty PostgreSQL `database` if any, with that town as `setup` installs it.

    The result is cached for the same settings (`told`) and the same day. All installations share the static files.
    """
    (CACHE / "static").mkdir(parents=True, exist_ok=True)
    (data / "static").symlink_to(CACHE / "static")
    settings = [f"{key}={value}" for key, value in sorted(told.items())]
    today = date.today().isoformat()  # noqa: DTZ011
    digest = _digest(_files("src/parvis", town, "requirements.txt"), [*settings, today])
    prefix = f"parvis_{CHECKOUT}_{town.name}_{'told' if told else 'plain'}_{'postgres' if database else 'sqlite'}_"
    name = f"{prefix}{digest}"
    cached = CACHE / name
    with _exclusive("installing"):
        if cached.exists() and (not database or name in _databases(database, prefix)):
            if database:
                drop(database, _name(database))
                create(database, _name(database), name)
            shutil.copytree(cached, data, dirs_exist_ok=True)
            return
        setup()
        for old in CACHE.glob(f"{prefix}*"):
            shutil.rmtree(old)
        if database:
            _template(database, name, prefix, lambda copy: create(database, copy, _name(database)))
        temporary = CACHE / f"{prefix}making"
        shutil.copytree(data, temporary, ignore=shutil.ignore_patterns("static"))  # shared already
        temporary.rename(cached)


def create(server: str, name: str, template: str = "template0") -> None:
    """Creates a database on the server of that URL, as a copy of `template`."""
    with _connect(server) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())


def drop(server: str, name: str) -> None:
    """Drops the database of that name, if it exists, and its connections."""
    with _connect(server) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


@contextmanager
def _exclusive(what: str) -> Iterator[None]:
    """A lock between processes: "migrating" or "installing", so that tests without a town do not wait for one."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / what).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _databases(server: str, prefix: str) -> list[str]:
    query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
    with _connect(server) as connection:
        return [name for (name,) in connection.execute(query, [prefix]).fetchall()]


def _template(server: str, name: str, prefix: str, fill: Callable[[str], None]) -> None:
    """Creates the database `name` with `fill`, under a temporary name first; drops the others with that prefix."""
    databases = _databases(server, prefix)
    if name in databases:
        return
    for old in databases:
        drop(server, old)
    fill(temporary := f"{prefix}making")
    with _connect(server) as connection:
        connection.execute(f'ALTER DATABASE "{temporary}" RENAME TO "{name}"'.encode())


def _connect(server: str) -> psycopg.Connection:
    address = urlsplit(server)._replace(scheme="postgresql", path="/postgres").geturl()
    return psycopg.connect(address, autocommit=True)


def _name(database: str) -> str:
    return urlsplit(database).path[1:]


def _migrate(url: str) -> None:
    env = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "parvis.config.settings"}
    code = "import django; django.setup(); from parvis.operations.preparation import migrate; list(migrate())"
    subprocess.run([sys.executable, "-c", code], env=env, check=True)


def _migrations_digest() -> str:
    return _digest(sorted((ROOT / "src/parvis").glob("**/migrations/*.py")) + [ROOT / "requirements.txt"], [])


def _files(*roots: str | Path) -> list[Path]:
    """These files, and those of these folders, except compiled ones."""
    files = [file for root in roots for file in ((ROOT / root).rglob("*") if (ROOT / root).is_dir() else [ROOT / root])]
    return sorted(file for file in files if file.is_file() and file.suffix not in (".pyc", ".mo"))


def _digest(files: Iterable[Path], words: Iterable[str]) -> str:
    sha256 = hashlib.sha256("\n".join([PYTHON, *words]).encode())
    for file in files:
        sha256.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return sha256.hexdigest()[:16]
