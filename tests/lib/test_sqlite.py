"""SQLite: whoever wrote goes on once it is on the disk, and keeps nobody from writing meanwhile."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from parvis.addresses import database
from parvis.lib.sqlite import base

SOON = 5.0


@pytest.fixture
def new_connection(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[[], Any]]:
    """A connection of the kind that every process opens, to a database with one table, `word`."""
    made: list[Any] = []

    def make() -> Any:
        made.append(ConnectionHandler({"default": database("", tmp_path)}).create_connection("default"))
        return made[-1]

    with django_db_blocker.unblock():
        with make().cursor() as cursor:
            cursor.execute("CREATE TABLE word (id integer PRIMARY KEY, text text)")
        yield make
        for one in made:
            one.close()


def seen_by_others(folder: Path) -> list[str]:
    with closing(connect(folder / "parvis.sqlite3")) as other:
        return [text for (text,) in other.execute("SELECT text FROM word ORDER BY id")]


def write(connection: Any, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO word (text) VALUES (%s)", [text])


def in_transaction(connection: Any, text: str) -> None:
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    write(connection, text)
    connection.commit()
    connection.set_autocommit(True)


class Disk:
    """Stands between a commit and the disk: what it was asked to keep, and what everybody could read by then."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.kept = folder, list[list[str]]()
        self.go_on, self.asked = threading.Event(), threading.Event()
        self.go_on.set()

    def keep(self, log: int) -> None:
        """Asked to keep the log, and no other file."""
        assert os.path.samestat(os.fstat(log), (self.folder / "parvis.sqlite3-wal").stat())
        self.kept.append(seen_by_others(self.folder))
        self.asked.set()
        assert self.go_on.wait(SOON)
        os.fsync(log)


@pytest.fixture
def disk(tmp_path: Path, new_connection: Any, monkeypatch: pytest.MonkeyPatch) -> Disk:
    found = Disk(tmp_path)
    monkeypatch.setattr(base, "_to_disk", found.keep)
    return found


@pytest.mark.parametrize("way", [write, in_transaction])
def test_whoever_wrote_waits_for_the_disk(way: Any, new_connection: Any, disk: Disk) -> None:
    way(new_connection(), "pothole")
    assert disk.kept == [["pothole"]]


def test_a_disk_that_fails_is_told_to_whoever_wrote(new_connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_log: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(base, "_to_disk", fail)
    with pytest.raises(OperationalError, match="may not be on the disk"):
        in_transaction(new_connection(), "pothole")


def test_another_writes_while_the_disk_works(new_connection: Any, disk: Disk, tmp_path: Path) -> None:
    disk.go_on.clear()
    first = threading.Thread(target=lambda: closing_after(new_connection(), "pothole"))
    first.start()
    assert disk.asked.wait(SOON)
    disk.asked.clear()
    second = threading.Thread(target=lambda: closing_after(new_connection(), "street light"))
    second.start()
    assert disk.asked.wait(SOON), "the second one had its turn"
    assert seen_by_others(tmp_path) == ["pothole", "street light"]
    assert first.is_alive(), "the first one still waits for the disk"
    disk.go_on.set()
    first.join(SOON)
    second.join(SOON)
    assert len(disk.kept) == 2


def closing_after(connection: Any, text: str) -> None:
    connection.inc_thread_sharing()
    in_transaction(connection, text)
    connection.close()


def test_who_only_reads_waits_for_no_disk(new_connection: Any, disk: Disk) -> None:
    connection = new_connection()
    write(connection, "pothole")
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM word")
        cursor.execute("UPDATE word SET text = 'none' WHERE id = 99")
    connection.commit()
    assert len(disk.kept) == 1


def test_what_a_statement_returns_is_written_before_it_is_read(new_connection: Any, disk: Disk, tmp_path: Path) -> None:
    insert = "INSERT INTO word (text) VALUES ('pothole'), ('street light'), ('tree') RETURNING text"
    with new_connection().cursor() as cursor:
        cursor.execute(insert)
        assert disk.kept == [["pothole", "street light", "tree"]]
        assert cursor.fetchone() == ("pothole",)
        assert cursor.fetchmany(1) == [("street light",)]
        assert list(cursor) == [("tree",)]
        assert cursor.fetchone() is None
        cursor.execute("SELECT count(*) FROM word")
        assert cursor.fetchone() == (3,)


def test_a_database_opened_again_is_waited_for_too(new_connection: Any, disk: Disk) -> None:
    connection = new_connection()
    write(connection, "pothole")
    connection.close()
    connection.ensure_connection()
    write(connection, "street light")
    assert disk.kept == [["pothole"], ["pothole", "street light"]]
