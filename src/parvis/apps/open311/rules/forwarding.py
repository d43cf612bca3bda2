"""When an outside server is called again, and which of its requests is the one that was sent to it. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, hypot, radians

from parvis.apps.outbox.rules import Backoff

LONGEST = 4_000  # letters of a description, by the specification
RETRIES = Backoff(tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440, 1440)), ends=True)
"""Between calls in a row that surely gave nothing."""
LOOKS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15))
"""After a sending whose answer is not known: when their list is read, before it is sent again."""
MOST_SENDS = 3
MOST_MISSES = 10
"""Calls in a row that told nothing of a request that they took: then someone is warned."""
REST = timedelta(minutes=5)
"""How long a server that did not answer is left alone."""
CADENCE = (
    (timedelta(days=1), timedelta(minutes=15)),
    (timedelta(days=14), timedelta(hours=1)),
    (timedelta(days=90), timedelta(hours=6)),
)
SLOWEST = timedelta(days=1)
BEFORE, AFTER = timedelta(minutes=10), timedelta(minutes=30)
NEAR = 60  # metres
METRES_A_DEGREE = 111_195


@dataclass(frozen=True)
class TheirRequest:
    """A request as their server tells it; `words` is its description, `texts` everything it says of it in words."""

    number: str
    service_code: str = ""
    status: str = ""
    notes: str = ""
    changed: str = ""
    at: datetime | None = None
    point: tuple[float, float] | None = None
    address: str = ""
    words: str = ""
    texts: str = ""


@dataclass(frozen=True)
class Sent:
    """What was sent: our reference in its words, its service, its place, and when: first `since`, last `at`."""

    reference: str
    service_code: str
    since: datetime
    at: datetime
    point: tuple[float, float] | None = None
    address: str = ""
    words: str = ""


class Ambiguous(Exception):
    """Some of their requests may be the one that was sent, and nothing tells which."""


def matching(sent: Sent, rows: Sequence[TheirRequest], *, others: Collection[str] = ()) -> TheirRequest | None:
    """Theirs that is ours: the one that bears our reference, else the only one of that service, place and moment.

    `others` are the numbers known to be of other sendings. Those whose words are told, and are not ours, are left out.
    Raises Ambiguous when several match without our reference, or when one of that service and moment tells no place.
    """
    free = [row for row in rows if row.number not in others]
    named = [row for row in free if sent.reference and sent.reference in row.texts]
    if named:
        return min(named, key=lambda row: (row.at is None, row.at or sent.at, row.number))
    then = [row for row in free if _is_then(sent, row) and _may_say(sent, row)]
    alike = [row for row in then if _is_there(sent, row)]
    if len(alike) > 1 or (not alike and any(row.point is None and not row.address for row in then)):
        raise Ambiguous
    return alike[0] if alike else None


def _is_then(sent: Sent, row: TheirRequest) -> bool:
    of_service = row.service_code == sent.service_code
    return of_service and row.at is not None and sent.since - BEFORE <= row.at <= sent.at + AFTER


def _may_say(sent: Sent, row: TheirRequest) -> bool:
    """Whether their words, without our reference, may be ours: none, or the beginning of ours, cut short."""
    theirs = " ".join(row.words.split()).rstrip(".… ")
    return " ".join(sent.words.split()).startswith(theirs)


def _is_there(sent: Sent, row: TheirRequest) -> bool:
    if sent.point and row.point:
        return metres(sent.point, row.point) <= NEAR
    return bool(sent.address) and sent.address.casefold() == row.address.casefold()


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance between two near points, in metres."""
    up, right = other[0] - one[0], (other[1] - one[1]) * cos(radians(one[0]))
    return hypot(up, right) * METRES_A_DEGREE


def next_look(age: timedelta, misses: int) -> timedelta:
    """How long until their state is asked for: less often as days pass, and each time that they do not answer."""
    usual = next((every for until, every in CADENCE if age < until), SLOWEST)
    longer: timedelta = usual * 2 ** min(misses, 10)
    return min(longer, SLOWEST)
