"""What every test begins with, made once and then copied: a migrated database, an installed town.

It stays in var/tests and on the server of PostgreSQL, for as long as nothing that it is made of changes.
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
from typing import IO
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "var" / "tests"
_turns: list[IO[str]] = []
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def migrated_sqlite() -> Path:
    """A file of SQLite with every table and no row."""
    made = KEPT / f"migrated-{_of_migrations()}.sqlite3"
    with _one_at_a_time():
        if not made.exists():
            being_made = made.with_suffix(".making")
            being_made.unlink(missing_ok=True)
            _migrate(f"sqlite:///{being_made}")
            being_made.rename(made)
            being_made.with_name(f"{being_made.name}-queue").unlink(missing_ok=True)
    return made


def migrated_postgres(server: str) -> str:
    """The name of a database with every table and no row, on that server: a template for others."""
    name = f"parvis_migrated_{_of_migrations()}"

    def fill(made: str) -> None:
        create(server, made)
        _migrate(urlsplit(server)._replace(path=f"/{made}").geturl())

    with _one_at_a_time():
        _template(server, name, "parvis_migrated_", fill)
    return name


def install(town: Path, data: Path, database: str, told: Mapping[str, str], setup: Callable[[], None]) -> None:
    """Fills the folder `data`, and the empty `database` of PostgreSQL if any, with that town as `setup` installs it.

    Every installation begins with the same, as long as it is `told` the same settings, on the same day. They all share
    the static files.
    """
    (KEPT / "static").mkdir(parents=True, exist_ok=True)
    (data / "static").symlink_to(KEPT / "static")
    said = [f"{key}={value}" for key, value in sorted(told.items())]
    digest = _digest(_files("src/parvis", town, "requirements.txt"), [*said, date.today().isoformat()])  # noqa: DTZ011
    begins = f"parvis_{town.name}_{'told' if told else 'plain'}_{'postgres' if database else 'sqlite'}_"
    name = f"{begins}{digest}"
    kept = KEPT / name
    with _one_at_a_time():
        if kept.exists() and (not database or name in _databases(database, begins)):
            if database:
                drop(database, _name(database))
                create(database, _name(database), name)
            shutil.copytree(kept, data, dirs_exist_ok=True)
            return
        setup()
        for old in KEPT.glob(f"{begins}*"):
            shutil.rmtree(old)
        if database:
            _template(database, name, begins, lambda made: create(database, made, _name(database)))
        being_made = KEPT / f"{begins}making"
        shutil.copytree(data, being_made, ignore=shutil.ignore_patterns("static"))  # those are shared already
        being_made.rename(kept)


def create(server: str, name: str, template: str = "template0") -> None:
    """A database of that name on the server of that address, a copy of `template`."""
    with _door(server) as door:
        door.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())


def drop(server: str, name: str) -> None:
    """No database of that name, whoever is connected to it."""
    with _door(server) as door:
        door.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """One process at a time, which may enter again."""
    if _turns:
        yield
        return
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "preparing").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        _turns.append(turn)
        try:
            yield
        finally:
            _turns.clear()


def _databases(server: str, begins: str) -> list[str]:
    with _door(server) as door:
        rows = door.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [begins]).fetchall()
    return [name for (name,) in rows]


def _template(server: str, name: str, begins: str, fill: Callable[[str], None]) -> None:
    """The database `name`, made by `fill` under another one first; those that begin alike are dropped."""
    databases = _databases(server, begins)
    if name in databases:
        return
    for old in databases:
        drop(server, old)
    fill(making := f"{begins}making")
    with _door(server) as door:
        door.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"'.encode())


def _door(server: str) -> psycopg.Connection:
    address = urlsplit(server)._replace(scheme="postgresql", path="/postgres").geturl()
    return psycopg.connect(address, autocommit=True)


def _name(database: str) -> str:
    return urlsplit(database).path[1:]


def _migrate(url: str) -> None:
    env = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "parvis.config.settings"}
    command = [sys.executable, "-m", "django", "migrate", "--skip-checks", "--verbosity", "0"]
    subprocess.run(command, env=env, check=True)


def _of_migrations() -> str:
    return _digest(sorted((ROOT / "src/parvis").glob("**/migrations/*.py")) + [ROOT / "requirements.txt"], [])


def _files(*roots: str | Path) -> list[Path]:
    """The files of those folders that are written by hand."""
    result = [
        file for root in roots for file in ((ROOT / root).rglob("*") if (ROOT / root).is_dir() else [ROOT / root])
    ]
    return sorted(file for file in result if file.is_file() and file.suffix not in (".pyc", ".mo"))


def _digest(files: Iterable[Path], words: Iterable[str]) -> str:
    sha256 = hashlib.sha256("\n".join([PYTHON, *words]).encode())
    for file in files:
        sha256.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return sha256.hexdigest()[:16]
