"""Rate limits look back from each attempt: repeated ones do not extend the wait, concurrent ones are counted."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from parvis.apps.throttling.services import Limit, count_attempt, purge, within_limit
from parvis.lib.limits import within_here

HOUR = 3600
Counting = Callable[..., bool]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The time seen by the limiter, in seconds, at first a whole hour; the cache keeps its own clock."""
    moment = {"now": time.time() // HOUR * HOUR}
    for module in ("parvis.lib.limits", "parvis.apps.throttling.services"):
        monkeypatch.setattr(f"{module}.time", lambda: moment["now"])
    return moment


@pytest.fixture(params=[within_limit, within_here], ids=["everywhere", "here"])
def counting(request: pytest.FixtureRequest, db: None) -> Counting:
    """Each of the two ways of counting."""
    count_attempt: Counting = request.param
    return count_attempt


def test_so_many_tries_and_no_more(counting: Counting, at: dict[str, float]) -> None:
    assert [counting("code", "a", times=3, seconds=HOUR) for _ in range(5)] == [True] * 3 + [False] * 2
    assert counting("code", "b", times=3, seconds=HOUR) and counting("other", "a", times=3, seconds=HOUR)


def test_waiting_for_the_hour_to_strike_gives_no_more_tries(counting: Counting, at: dict[str, float]) -> None:
    at["now"] += HOUR - 1
    assert [counting("code", "a", times=3, seconds=HOUR) for _ in range(3)] == [True] * 3
    at["now"] += 2
    assert not counting("code", "a", times=3, seconds=HOUR)
    at["now"] += HOUR - 2
    assert [counting("code", "a", times=3, seconds=HOUR) for _ in range(4)] == [True] * 3 + [False]


@pytest.mark.parametrize("start", [0, 1, 1799, 3500])
def test_within_no_hour_are_there_more_tries_than_allowed(counting: Counting, at: dict[str, float], start: int) -> None:
    at["now"] += start
    made = []
    for _ in range(200):
        at["now"] += 97
        if counting("code", "a", times=3, seconds=HOUR):
            made.append(at["now"])
    apart = [later - earlier for earlier, later in zip(made, made[3:], strict=False)]
    assert apart and all(HOUR <= each <= HOUR + 97 for each in apart), "none too early, and none refused without cause"


def test_what_is_asked_at_every_key_is_counted_without_a_query(at: dict[str, float]) -> None:
    """Without the `db` fixture, any query fails."""
    assert [within_here("places", "a", times=3, seconds=HOUR) for _ in range(5)] == [True] * 3 + [False] * 2


def test_trying_again_and_again_does_not_prolong_the_wait(counting: Counting, at: dict[str, float]) -> None:
    allowed = []
    for _ in range(0, HOUR, 300):
        allowed.append(counting("code", "a", times=3, seconds=HOUR))
        at["now"] += 300
    assert allowed == [True] * 3 + [False] * 9
    assert counting("code", "a", times=3, seconds=HOUR), "an hour after the first"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("counting", [within_limit, within_here], ids=["everywhere", "here"])
def test_simultaneous_tries_are_all_counted(counting: Counting, at: dict[str, float]) -> None:
    cache.clear()

    def attempt(_number: int) -> bool:
        try:
            return counting("code", "a", times=5, seconds=HOUR)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == 5
        at["now"] += HOUR - 1
        assert sum(pool.map(attempt, range(24))) == 0
        at["now"] += 1
        assert sum(pool.map(attempt, range(24))) == 5
    cache.clear()


def test_a_try_held_up_while_the_hour_strikes_takes_no_place_of_those_made_since(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process slept once it had read the clock, and the others, in the next hour, found every slot free."""
    strikes = time.time() // HOUR * HOUR
    made: list[bool] = []

    def clock() -> float:
        if made:
            return strikes + 1
        made.append(True)
        made.extend(within_limit("code", "a", times=3, seconds=HOUR) for _ in range(3))
        return strikes - 1

    monkeypatch.setattr("parvis.apps.throttling.services.time", clock)
    assert not within_limit("code", "a", times=3, seconds=HOUR)
    assert made == [True] * 4


def test_a_key_shows_no_address(db: None, at: dict[str, float]) -> None:
    within_limit("code", "203.0.113.77", times=3, seconds=HOUR)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM throttling_count")
        assert "203.0.113" not in str(cursor.fetchall())


def test_counts_that_are_over_are_deleted_and_no_other(db: None, at: dict[str, float]) -> None:
    within_limit("code", "old", times=1, seconds=60)
    within_limit("code", "new", times=1, seconds=HOUR)
    at["now"] += 120
    assert purge() == 1
    assert not within_limit("code", "new", times=1, seconds=HOUR) and within_limit("code", "old", times=1, seconds=60)


def test_a_count_survives_the_form_that_failed_after_it(transactional_db: None) -> None:
    """It cannot be made in the transaction of that form, which would take it back."""
    with pytest.raises(RuntimeError), transaction.atomic():
        within_limit("code", "a", times=1, seconds=60)


def test_an_attempt_beyond_one_of_its_limits_counts_against_none(db: None, at: dict[str, float]) -> None:
    own, network = Limit("post", "a", 5, 60), Limit("post-network", "n", 1, 60)
    assert [count_attempt(own, network) for _ in range(3)] == [0, 60, 60]
    assert [count_attempt(own) for _ in range(5)] == [0, 0, 0, 0, 60]
