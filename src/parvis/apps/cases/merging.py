"""Whether two requests may be handled as one, or parted. Pure: plain values only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ALONE = frozenset({"complaint", "information"})  # what is between one person and the town


class No(StrEnum):
    """Why two requests may not be merged, parted or linked."""

    ITSELF = "itself"
    MERGED = "merged"  # it is handled with another one already
    INTO_MERGED = "into_merged"  # the one to keep is itself handled with another one
    CLOSED = "closed"
    INTO_CLOSED = "into_closed"
    COMMENT = "comment"
    ALONE = "alone"  # a complaint or a question of somebody else
    NOT_MERGED = "not_merged"
    UNDER_MERGED = "under_merged"  # the one it is handled with is itself handled with another one


@dataclass(frozen=True)
class Side:
    """What the rules know of one request. `into` is the request it is merged into."""

    case: int
    nature: str
    closed: bool = False
    into: int | None = None
    person: int | None = None


def why_not_merge(side: Side, into: Side) -> No | None:
    """Why `side` may not be merged into the other; None when it may.

    A request that others are merged into brings them along; since nothing is merged into one that is itself merged,
    there is never a circle.
    """
    if side.case == into.case:
        return No.ITSELF
    if side.into is not None:
        return No.MERGED
    if into.into is not None:
        return No.INTO_MERGED
    if "comment" in (side.nature, into.nature):
        return No.COMMENT
    if side.closed:
        return No.CLOSED
    if into.closed:
        return No.INTO_CLOSED
    same_person = side.person is not None and side.person == into.person
    return No.ALONE if not same_person and {side.nature, into.nature} & ALONE else None


def why_not_part(side: Side, into: Side | None) -> No | None:
    """Why `side` may not be given back to itself; None when it may. What was merged last is parted first."""
    if into is None or side.into != into.case:
        return No.NOT_MERGED
    return No.UNDER_MERGED if into.into is not None else None


def comes_earlier(due: datetime | None, into: datetime | None) -> bool:
    """Whether what was promised of the one merged holds for the one it is merged into: it comes first."""
    return due is not None and into is not None and due < into
