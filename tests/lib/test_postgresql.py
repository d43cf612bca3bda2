"""PostgreSQL: a lost connection is replaced, and constant statements are prepared."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from parvis.config.env_urls import PREPARED_AT
from parvis.lib import clock
from parvis.lib.database.postgresql import base
from tests.settings import ON_POSTGRES

pytestmark = pytest.mark.skipif(not ON_POSTGRES, reason="about connections to PostgreSQL")


@pytest.fixture
def kept(db: None) -> Iterator[base.DatabaseWrapper]:
    """A separate connection, persistent and health-checked like the web server's; closed at the end."""
    settings = copy.deepcopy(connection.settings_dict) | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    wrapper = base.DatabaseWrapper(settings, "kept")
    wrapper.inc_thread_sharing()
    connections["kept"] = wrapper
    yield wrapper
    wrapper.close()
    del connections["kept"]


def value(of: Any, query: str, *values: object) -> Any:
    """The first column of the first row."""
    with of.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()[0]


def request(kept: base.DatabaseWrapper) -> int:
    """Simulates a request of the web server; returns the PostgreSQL backend pid."""
    kept.close_if_unusable_or_obsolete()
    number: int = value(kept, "SELECT pg_backend_pid()")
    return number


def test_a_session_that_the_server_ended_is_replaced_before_the_next_request(kept: base.DatabaseWrapper) -> None:
    first = request(kept)
    assert request(kept) == first
    assert value(connection, "SELECT pg_terminate_backend(%s, 5000)", first)
    assert request(kept) != first


def test_statements_are_not_compiled_even_after_what_was_begun_is_undone(kept: base.DatabaseWrapper) -> None:
    assert value(kept, "SHOW jit") == "off"
    kept.set_autocommit(False)
    kept.rollback()
    assert value(kept, "SHOW jit") == "off"
    kept.rollback()
    kept.set_autocommit(True)


NAMED = "SELECT name_fr FROM directory_department WHERE id = %s"
INSERT = "INSERT INTO parvis_cache (cache_key, value, expires) VALUES (%s, '5%%', %s) RETURNING value"


def once(kept: base.DatabaseWrapper, asked: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows of a prepared statement."""
    with kept.prepared_cursor() as cursor:
        cursor.execute(asked, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def prepared(kept: base.DatabaseWrapper, words: str) -> int:
    """The number of prepared statements with this text on the connection."""
    result: int = value(kept, "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", f"%{words}%")
    return result


def test_a_statement_is_prepared_once_it_was_run_a_few_times(kept: base.DatabaseWrapper) -> None:
    for number in range(PREPARED_AT + 3):
        assert once(kept, NAMED, number) == []
        value(kept, "SELECT count(*) FROM directory_town WHERE slug = %s", f"town-{number}")
    assert prepared(kept, "FROM directory_department") == 1
    assert prepared(kept, "FROM directory_town") == 0


def test_numbers_of_any_size_and_missing_values_are_taken(kept: base.DatabaseWrapper) -> None:
    for _ in range(PREPARED_AT + 1):
        for number in (None, 1, 70_000, 5_000_000_000):
            assert once(kept, NAMED, number) == []


def test_a_prepared_statement_still_runs_after_a_rollback(kept: base.DatabaseWrapper) -> None:
    for _ in range(PREPARED_AT + 1):
        with pytest.raises(IntegrityError), transaction.atomic(using="kept"):
            for _ in range(2):
                assert once(kept, INSERT, "twice", clock.now()) == [("5%",)]
    assert value(kept, "SELECT count(*) FROM parvis_cache WHERE cache_key = 'twice'") == 0


def test_many_rows_go_together_and_one_that_is_refused_undoes_them_all(kept: base.DatabaseWrapper) -> None:
    def put(*keys: str) -> None:
        with transaction.atomic(using="kept"), kept.prepared_cursor() as cursor:
            cursor.executemany(INSERT, [(key, clock.now()) for key in keys])

    put(*(f"many-{at}" for at in range(3_000)), "many-\u00e9" * 20)
    with pytest.raises(IntegrityError):
        put("one", "many-7", "two")
    put("last")
    later = "UPDATE parvis_cache SET expires = coalesce(%s, expires) WHERE cache_key = %s RETURNING 1"
    with kept.prepared_cursor() as cursor:
        cursor.executemany(later, [(None, "last"), (clock.now(), "many-1"), (None, "many-2")])
    held = value(kept, "SELECT count(*) FROM parvis_cache")
    value(kept, "WITH gone AS (DELETE FROM parvis_cache RETURNING 1) SELECT count(*) FROM gone")
    assert held == 3_002


def test_a_statement_that_finds_no_server_says_so_as_any_other(kept: base.DatabaseWrapper) -> None:
    number = request(kept)
    once(kept, NAMED, 1)
    assert value(connection, "SELECT pg_terminate_backend(%s, 5000)", number)
    with pytest.raises(OperationalError):
        once(kept, NAMED, 1)
    assert request(kept) != number and once(kept, NAMED, 1) == []


def test_behind_a_pooler_nothing_is_prepared(kept: base.DatabaseWrapper) -> None:
    kept.close()
    kept.settings_dict["OPTIONS"].pop("prepare_threshold")
    for number in range(8):
        assert once(kept, NAMED, number + 1_000_000) == []
    assert prepared(kept, "") == 0
