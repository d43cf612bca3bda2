"""SQLite: writes are durable, and writers take turns."""

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

from parvis.config.env_urls import database

SOON, SHORTLY = 5.0, 0.2


@pytest.fixture
def new_connection(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[[], Any]]:
    """A connection like those of every process, to a database with one table, `word`."""
    made: list[Any] = []

    def make() -> Any:
        made.append(ConnectionHandler({"default": database("", tmp_path)}).create_connection("default"))
        return made[-1]

    with django_db_blocker.unblock():
        with make().cursor() as cursor:
            cursor.execute("CREATE TABLE word (id integer PRIMARY KEY, text text)")
        yield make
        for connection in made:
            connection.close()


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


def write_later(connection: Any, text: str) -> threading.Thread:
    """A thread that writes through the connection, then closes it."""

    def work() -> None:
        in_transaction(connection, text)
        connection.close()

    connection.inc_thread_sharing()
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def begin(connection: Any) -> None:
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def test_a_commit_waits_for_the_disk(new_connection: Any) -> None:
    with new_connection().cursor() as cursor:
        result = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert result == ["wal", 2]  # FULL


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_a_writer_waits_for_the_one_before_and_no_longer(new_connection: Any, tmp_path: Path, end: str) -> None:
    first = new_connection()
    begin(first)
    write(first, "pothole")
    second = write_later(new_connection(), "street light")
    second.join(SHORTLY)
    assert second.is_alive() and seen_by_others(tmp_path) == []
    getattr(first, end)()
    second.join(SOON)
    kept = ["pothole"] if end == "commit" else []
    assert not second.is_alive() and seen_by_others(tmp_path) == [*kept, "street light"]


def test_a_statement_outside_a_transaction_waits_too(new_connection: Any, tmp_path: Path) -> None:
    first, other = new_connection(), new_connection()
    begin(first)
    other.inc_thread_sharing()
    second = threading.Thread(target=write, args=(other, "street light"))
    second.start()
    second.join(SHORTLY)
    assert second.is_alive()
    first.commit()
    second.join(SOON)
    assert seen_by_others(tmp_path) == ["street light"]


def test_a_transaction_that_could_not_begin_keeps_nobody_waiting(new_connection: Any, tmp_path: Path) -> None:
    first = new_connection()
    first.ensure_connection()
    with closing(connect(tmp_path / "parvis.sqlite3")) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        with first.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 10")
        with pytest.raises(OperationalError, match="locked"):
            begin(first)
    write_later(new_connection(), "pothole").join(SOON)
    assert seen_by_others(tmp_path) == ["pothole"]


def test_readers_do_not_wait(new_connection: Any) -> None:
    first, reader = new_connection(), new_connection()
    begin(first)
    write(first, "pothole")
    with reader.cursor() as cursor:
        assert cursor.execute("SELECT text FROM word").fetchall() == []


def test_what_a_statement_returns_is_written(new_connection: Any, tmp_path: Path) -> None:
    with new_connection().cursor() as cursor:
        cursor.execute("INSERT INTO word (text) VALUES ('pothole'), ('tree') RETURNING text")
        assert cursor.fetchall() == [("pothole",), ("tree",)]
    assert seen_by_others(tmp_path) == ["pothole", "tree"]


def test_a_database_opened_again_is_written_to_as_before(new_connection: Any, tmp_path: Path) -> None:
    connection = new_connection()
    write(connection, "pothole")
    connection.close()
    in_transaction(connection, "street light")
    assert seen_by_others(tmp_path) == ["pothole", "street light"]
