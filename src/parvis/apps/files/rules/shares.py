"""Who may have a photo decoded now: each client has a share of the processor, and room is kept for newcomers. Pure.

Amounts are CPU seconds, by client; those of EVERYONE are the sum. What was spent is forgotten as time passes.
"""

from collections.abc import Mapping
from enum import StrEnum

EVERYONE = ""
SHARE, SHARE_BACK = 2.5, 0.25  # what a client may spend in a row, and what it gets back each second
TOTAL, TOTAL_BACK = 2.5, 0.5  # the same for everyone together
NEWCOMER = 1.0  # a client that spent less, some five photos of a phone, is a newcomer
KEPT = 20.0  # what newcomers may spend together beyond TOTAL


class Lane(StrEnum):
    """One photo at a time is decoded in each; newcomers may use both."""

    KEPT = "kept"
    SHARED = "shared"


def remembered(spent: Mapping[str, float], passed: float) -> dict[str, float]:
    """What still counts of the amounts after `passed` seconds; nothing when the clock was set back."""
    left = {who: amount - passed * (SHARE_BACK if who else TOTAL_BACK) for who, amount in spent.items()}
    return {who: amount for who, amount in left.items() if amount > 0} if passed >= 0 else {}


def lanes_for(client: str, spent: Mapping[str, float]) -> tuple[Lane, ...]:
    """The lanes that a client may wait for; none when its share, or everyone's, is spent."""
    own, total = spent.get(client, 0.0), spent.get(EVERYONE, 0.0)
    if own < NEWCOMER and total < TOTAL + KEPT:
        return (Lane.KEPT, Lane.SHARED)
    return (Lane.SHARED,) if own < SHARE and total < TOTAL else ()
