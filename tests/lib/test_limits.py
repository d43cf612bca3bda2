"""Rate limits use fixed windows: repeated attempts do not extend them, and concurrent ones are all counted."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connection

from parvis.lib.limits import within, within_here

HOUR = 3600


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The time seen by the limiter, in seconds; the cache keeps its own clock."""
    moment = {"now": time.time() // HOUR * HOUR}
    monkeypatch.setattr("parvis.lib.limits.time", lambda: moment["now"])
    return moment


def test_so_many_tries_and_no_more(db: None, at: dict[str, float]) -> None:
    assert [within("code", "a", times=3, seconds=HOUR) for _ in range(5)] == [True] * 3 + [False] * 2
    assert within("code", "b", times=3, seconds=HOUR) and within("other", "a", times=3, seconds=HOUR)


def test_what_is_asked_at_every_key_is_counted_without_a_query(at: dict[str, float]) -> None:
    assert [within_here("places", "a", times=3, seconds=HOUR) for _ in range(5)] == [True] * 3 + [False] * 2
    assert within_here("places", "b", times=3, seconds=HOUR)
    at["now"] += HOUR
    assert within_here("places", "a", times=3, seconds=HOUR)


def test_trying_again_and_again_does_not_prolong_the_wait(db: None, at: dict[str, float]) -> None:
    for second in range(0, HOUR, 300):
        at["now"] += 300 if second else 0
        allowed = within("code", "a", times=3, seconds=HOUR)
        assert allowed is (second < 900)
    at["now"] += 300
    assert within("code", "a", times=3, seconds=HOUR), "a new window has begun"


@pytest.mark.django_db(transaction=True)
def test_simultaneous_tries_are_all_counted(at: dict[str, float]) -> None:
    cache.clear()

    def attempt(_number: int) -> bool:
        try:
            return within("code", "a", times=5, seconds=HOUR)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        allowed = sum(pool.map(attempt, range(24)))
    assert allowed == 5
    cache.clear()
