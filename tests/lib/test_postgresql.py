"""A connection kept between requests: trusted while it works, replaced once the server ended it."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from parvis.lib.postgresql import base
from tests.conftest import ON_POSTGRES

pytestmark = pytest.mark.skipif(not ON_POSTGRES, reason="about connections to PostgreSQL")


@pytest.fixture
def kept(db: None) -> Iterator[base.DatabaseWrapper]:
    """A connection of its own, kept and checked as the web server's are; closed at the end."""
    settings = copy.deepcopy(connection.settings_dict) | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    made = base.DatabaseWrapper(settings, "kept")
    made.inc_thread_sharing()
    yield made
    made.close()


def value(of: Any, query: str, *values: object) -> Any:
    """The first column of the first row."""
    with of.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()[0]


def request(kept: base.DatabaseWrapper) -> int:
    """What the web server does at each request, and the server's number of the session it then works in."""
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


def test_a_connection_in_use_is_not_asked_whether_it_lives_and_one_that_rested_is(
    kept: base.DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def last_said() -> str:
        kept.close_if_unusable_or_obsolete()
        kept.close_if_health_check_failed()
        value(connection, "SELECT pg_stat_clear_snapshot()")
        said: str = value(connection, "SELECT query FROM pg_stat_activity WHERE pid = %s", number)
        return said

    request(kept)
    number = request(kept)
    assert last_said() == "SELECT pg_backend_pid()"
    monkeypatch.setattr(base, "RESTED_SECONDS", 0.0)
    assert last_said() == "SELECT 1"


def test_what_is_written_once_is_planned_once_and_any_other_statement_with_its_values(
    kept: base.DatabaseWrapper,
) -> None:
    asked = "SELECT name_fr FROM directory_department WHERE slug = %s"
    for number in range(12):
        with kept.once() as cursor:
            cursor.execute(asked, [f"department-{number}"])
            assert cursor.fetchall() == []
        value(kept, "SELECT count(*) FROM directory_town WHERE slug = %s", f"town-{number}")
    with kept.cursor() as cursor:
        cursor.execute("SELECT statement, custom_plans FROM pg_prepared_statements")
        prepared = cursor.fetchall()
    assert [custom for statement, custom in prepared if "directory_department" in statement] == [0]
    assert not [statement for statement, _custom in prepared if "directory_town" in statement]


def test_what_a_prepared_statement_was_can_be_told(kept: base.DatabaseWrapper) -> None:
    kept.force_debug_cursor = True
    for number in range(8):
        with kept.once() as cursor:
            cursor.execute("SELECT name_fr FROM directory_department WHERE slug = %s", [f"department-{number}"])
    told = [one["sql"] for one in kept.queries]
    assert told[-1].endswith("slug = 'department-7'")
