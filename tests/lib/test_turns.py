"""As many compute at once as the database allows; nobody waits for a slow network, nor for a writer who waits."""

import io
import threading
from collections.abc import Iterable
from typing import Any

from parvis.lib.turns import LONGEST, PATIENCE_SECONDS, Environ, Turn, in_turn, turn
from tests.conftest import ON_POSTGRES

SOON = 5.0


def environ(body: Any = b"", length: str | None = None) -> Environ:
    source = io.BytesIO(body) if isinstance(body, bytes) else body
    return {"wsgi.input": source, "CONTENT_LENGTH": str(len(body)) if length is None else length}


class Slow:
    """A body whose sender stops in the middle until told to go on."""

    def __init__(self) -> None:
        self.asked, self.go_on = threading.Event(), threading.Event()

    def read(self, size: int) -> bytes:
        self.asked.set()
        self.go_on.wait(SOON)
        return b"x" * size


class Inside:
    """Counts how many are inside together, at most."""

    def __init__(self) -> None:
        self._now, self.most, self._lock = 0, 0, threading.Lock()

    def stay(self) -> None:
        """Inside, for a moment."""
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        threading.Event().wait(0.002)
        with self._lock:
            self._now -= 1


def test_what_was_sent_reaches_the_application_whole() -> None:
    def application(asked: Environ, _start: Any) -> Iterable[bytes]:
        return [asked["wsgi.input"].read()]

    body = bytes(range(256)) * 9000
    assert b"".join(in_turn(application)(environ(body), None)) == body
    assert b"".join(in_turn(application)(environ(b"short"), None)) == b"short"


def test_a_sender_who_hangs_up_leaves_what_came() -> None:
    def application(asked: Environ, _start: Any) -> Iterable[bytes]:
        return [asked["wsgi.input"].read()]

    assert b"".join(in_turn(application)(environ(io.BytesIO(b"half"), "4000"), None)) == b"half"


def test_what_no_page_wants_is_not_received_nor_holds_the_turn() -> None:
    slow = Slow()
    served = in_turn(lambda _asked, _start: [b"too long"])
    with turn:
        assert list(served(environ(slow, str(LONGEST + 1)), None)) == [b"too long"]
    assert not slow.asked.is_set()


def test_a_full_disk_is_told_to_the_sender_and_the_next_one_is_served() -> None:
    class Full:
        def read(self, _size: int) -> bytes:
            raise OSError(28, "No space left on device")

    told: list[str] = []
    served = in_turn(lambda _asked, _start: [b"never"])
    words = b"".join(served(environ(Full(), "9000"), lambda status, _headers: told.append(status))).decode()
    assert told[0].startswith("507") and "Gardez votre texte" in words and "Keep your text" in words
    assert list(in_turn(lambda _asked, _start: [b"next"])(environ(), None)) == [b"next"]


def test_a_phone_that_sends_slowly_holds_nobody_up() -> None:
    served = in_turn(lambda _asked, _start: [b"done"])
    slow = Slow()
    uploading = threading.Thread(target=served, args=(environ(slow, "10"), None))
    uploading.start()
    assert slow.asked.wait(SOON)
    assert list(served(environ(), None)) == [b"done"]
    slow.go_on.set()
    uploading.join(SOON)
    assert not uploading.is_alive()


def test_no_more_compute_at_once_than_the_database_allows() -> None:
    inside = Inside()

    def application(_asked: Environ, _start: Any) -> Iterable[bytes]:
        inside.stay()
        return [b""]

    served = in_turn(application)
    threads = [threading.Thread(target=served, args=(environ(), None)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert inside.most == (2 if ON_POSTGRES else 1)


def test_one_who_waits_long_for_the_database_lets_the_others_compute() -> None:
    waiting, unlocked = threading.Event(), threading.Event()

    def writer(_asked: Environ, _start: Any) -> Iterable[bytes]:
        with turn.lent():
            waiting.set()
            unlocked.wait(SOON)
        return [b"written"]

    thread = threading.Thread(target=in_turn(writer), args=(environ(), None))
    thread.start()
    assert waiting.wait(SOON)
    assert list(in_turn(lambda _asked, _start: [b"read"])(environ(), None)) == [b"read"]
    unlocked.set()
    thread.join(SOON)
    assert not thread.is_alive()
    assert list(in_turn(lambda _asked, _start: [b"next"])(environ(), None)) == [b"next"]


def test_one_who_waited_a_moment_for_the_database_still_has_its_turn() -> None:
    ours, inside = Turn(), threading.Event()

    def enter() -> None:
        with ours:
            inside.set()

    other = threading.Thread(target=enter)
    with ours:
        with ours.lent():
            pass
        other.start()
        assert not inside.wait(5 * PATIENCE_SECONDS)
    assert inside.wait(SOON)
    other.join(SOON)


def test_they_are_served_in_the_order_they_came() -> None:
    ours, served = Turn(), list[int]()

    def enter(rank: int) -> None:
        with ours:
            served.append(rank)

    with ours:
        threads = [threading.Thread(target=enter, args=(rank,)) for rank in range(6)]
        for rank, thread in enumerate(threads):
            thread.start()
            while len(ours._waiting) <= rank:
                threading.Event().wait(0.001)
    for thread in threads:
        thread.join(SOON)
    assert served == list(range(6))


def test_a_turn_taken_over_is_not_given_back_twice() -> None:
    ours, inside = Turn(), Inside()

    def compute() -> None:
        with ours:
            inside.stay()

    threads = [threading.Thread(target=compute) for _ in range(4)]
    with ours, ours.lent():
        threads[0].start()
        threads[0].join(SOON)
    for thread in threads[1:]:
        thread.start()
    for thread in threads[1:]:
        thread.join(SOON)
    assert inside.most == 1


def test_a_failure_gives_the_turn_back() -> None:
    def broken(_asked: Environ, _start: Any) -> Iterable[bytes]:
        raise ZeroDivisionError

    for _ in range(2):
        try:
            in_turn(broken)(environ(), None)
        except ZeroDivisionError:
            continue
    assert list(in_turn(lambda _asked, _start: [b"next"])(environ(), None)) == [b"next"]


def test_lending_a_turn_that_is_anothers_changes_nothing() -> None:
    ours, entered = Turn(), threading.Event()

    def lend() -> None:
        with ours.lent():
            entered.set()

    def enter() -> None:
        with ours:
            pass

    lending, entering = threading.Thread(target=lend), threading.Thread(target=enter)
    with ours:
        lending.start()
        assert entered.wait(SOON)
        entering.start()
        entering.join(5 * PATIENCE_SECONDS)
        assert entering.is_alive()
    entering.join(SOON)
    assert not entering.is_alive()
