"""What says that a disk is full, from each thing that writes; a fault of another kind is not called so."""

import errno
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError

from parvis.lib.disk import free_megabytes, is_full, write_trouble


def test_a_full_database_is_a_full_disk(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "small.sqlite3")) as database:
        database.execute("CREATE TABLE words (text)")
        database.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError, match="database or disk is full") as full:
            database.execute("INSERT INTO words VALUES (?)", ["x" * 20_000])
    told = OperationalError("database or disk is full")
    told.__cause__ = full.value
    assert is_full(full.value) and is_full(told)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "x"), OSError(errno.EDQUOT, "x"), psycopg.errors.DiskFull()])
def test_no_room_for_a_file_nor_for_postgresql_is_a_full_disk(error: Exception) -> None:
    assert is_full(error)


@pytest.mark.parametrize(
    "error",
    [None, ValueError(), OSError(errno.ENOENT, "x"), OperationalError("locked"), psycopg.errors.LockNotAvailable()],
)
def test_another_fault_is_not_called_a_full_disk(error: Exception | None) -> None:
    assert not is_full(error)


def test_a_folder_that_takes_writes_has_no_trouble_and_keeps_nothing(tmp_path: Path) -> None:
    assert write_trouble(tmp_path) == "" and not list(tmp_path.iterdir())
    assert write_trouble(tmp_path / "gone") == "No such file or directory"
    assert free_megabytes(tmp_path) > 0
