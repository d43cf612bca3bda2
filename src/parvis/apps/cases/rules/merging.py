"""Whether two cases may be merged or unmerged. Pure: plain values only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ALONE = frozenset({"complaint", "information"})  # private between one person and the town


class No(StrEnum):
    """Why two cases may not be merged, unmerged or linked."""

    ITSELF = "itself"
    MERGED = "merged"  # already merged into another one
    INTO_MERGED = "into_merged"  # the target is itself merged into another one
    CLOSED = "closed"
    INTO_CLOSED = "into_closed"
    COMMENT = "comment"
    ALONE = "alone"  # somebody else's complaint or question
    NOT_MERGED = "not_merged"
    UNDER_MERGED = "under_merged"  # the case it is merged into is itself merged


@dataclass(frozen=True)
class Side:
    """What the rules use of one case. `into` is the case it is merged into."""

    case: int
    nature: str
    closed: bool = False
    into: int | None = None
    person: int | None = None


def why_not_merge(side: Side, into: Side) -> No | None:
    """Why `side` may not be merged into the other; None when it may.

    Cases already merged into `side` come along. Nothing is merged into a merged case, so there are no cycles.
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
    """Why `side` may not be unmerged; None when it may. The last merge is undone first."""
    if into is None or side.into != into.case:
        return No.NOT_MERGED
    return No.UNDER_MERGED if into.into is not None else None


def comes_earlier(due: datetime | None, into: datetime | None) -> bool:
    """Whether the merged case is due before the one it is merged into, which then takes its date."""
    return due is not None and into is not None and due < into
