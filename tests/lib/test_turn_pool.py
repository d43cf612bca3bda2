"""Threads that begin what can be computed: so many at a time, others while those only wait."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import wait as finished
from typing import Any

import pytest

from parvis.lib.turn_pool import TurnPool
from parvis.lib.turns import PATIENCE_SECONDS, Turn

SOON = 5.0
NewPool = Callable[..., tuple[TurnPool, Turn]]


@pytest.fixture
def new_pool() -> Iterator[NewPool]:
    made: list[TurnPool] = []

    def make(threads: int = 4, places: int = 1) -> tuple[TurnPool, Turn]:
        turn = Turn(places)
        made.append(TurnPool(threads, turn))
        return made[-1], turn

    yield make
    for pool in made:
        pool.shutdown()


class Task:
    """A request that computes, or waits for the network, until it is told to go on."""

    def __init__(self, turn: Turn, *, computes: bool = True) -> None:
        self.turn, self.computes = turn, computes
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self) -> threading.Thread:
        if self.computes:
            with self.turn:
                return self._stay()
        return self._stay()

    def _stay(self) -> threading.Thread:
        self.begun.set()
        assert self.go_on.wait(SOON)
        return threading.current_thread()


def look_again(pool: TurnPool) -> None:
    """As the web server does while something is in line."""
    time.sleep(2 * PATIENCE_SECONDS)
    pool.make_room()


@pytest.mark.parametrize("places", [1, 2])
def test_as_many_are_begun_as_can_be_computed(new_pool: NewPool, places: int) -> None:
    pool, turn = new_pool(places=places)
    tasks = [Task(turn) for _ in range(4)]
    results: list[Future[Any]] = [pool.submit(task) for task in tasks]
    for rank in range(4):
        assert tasks[rank].begun.wait(SOON)
        look_again(pool)
        ahead = tasks[rank + places :]
        assert not any(task.begun.is_set() for task in ahead), "they would take the interpreter from those begun"
        assert pool.in_line == len(ahead)
        tasks[rank].go_on.set()
        results[rank].result(SOON)


def test_the_thread_that_ends_one_begins_the_next(new_pool: NewPool) -> None:
    pool, turn = new_pool()
    tasks = [Task(turn) for _ in range(5)]
    results = [pool.submit(task) for task in tasks]
    for task in tasks:
        task.go_on.set()
    assert len({result.result(SOON) for result in results}) == 1


def test_one_that_waits_for_the_network_makes_room_for_the_next(new_pool: NewPool) -> None:
    pool, turn = new_pool(threads=3)
    slow, slower, quick = Task(turn, computes=False), Task(turn, computes=False), Task(turn)
    pool.submit(slow)
    pool.submit(slower)
    quick.go_on.set()
    answer = pool.submit(quick)
    for waits in (slow, slower):
        assert waits.begun.wait(SOON)
        look_again(pool)
    answer.result(SOON)
    slow.go_on.set()
    slower.go_on.set()


def test_one_that_waits_for_whoever_writes_makes_room_too(new_pool: NewPool) -> None:
    pool, turn = new_pool()
    unlocked, waiting = threading.Event(), threading.Event()

    def writes() -> None:
        with turn, turn.lent():
            waiting.set()
            assert unlocked.wait(SOON)

    written, reads = pool.submit(writes), Task(turn)
    reads.go_on.set()
    read = pool.submit(reads)
    assert waiting.wait(SOON)
    look_again(pool)
    read.result(SOON)
    assert not written.done()
    unlocked.set()
    written.result(SOON)


def test_room_made_once_is_not_made_twice(new_pool: NewPool) -> None:
    pool, turn = new_pool()
    waits, computing, last = Task(turn, computes=False), Task(turn), Task(turn)
    results = [pool.submit(task) for task in (waits, computing, last)]
    assert waits.begun.wait(SOON)
    look_again(pool)
    assert computing.begun.wait(SOON)
    waits.go_on.set()
    results[0].result(SOON)
    look_again(pool)
    assert not last.begun.is_set()
    computing.go_on.set()
    last.go_on.set()
    finished(results, SOON)
    assert all(result.done() for result in results)


def test_what_fails_is_told_to_whoever_asked(new_pool: NewPool) -> None:
    pool, _turn = new_pool()

    def fails() -> None:
        raise ValueError("no such page")

    with pytest.raises(ValueError, match="no such page"):
        pool.submit(fails).result(SOON)
    assert pool.submit(lambda: "next").result(SOON) == "next"


def test_what_is_in_line_is_done_before_the_end(new_pool: NewPool) -> None:
    pool, turn = new_pool()
    tasks = [Task(turn) for _ in range(3)]
    results = [pool.submit(task) for task in tasks]
    assert tasks[0].begun.wait(SOON)
    ending = threading.Thread(target=pool.shutdown, kwargs={"wait": False})
    ending.start()
    for task in tasks:
        task.go_on.set()
    ending.join(SOON)
    assert not ending.is_alive()
    assert not any(result.result(0).is_alive() for result in results)
