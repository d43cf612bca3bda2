"""What a file says of someone, as plain values: which are proposed when two files are merged, and what is put back.

Pure: no database.
"""

from collections.abc import Mapping, Sequence
from typing import Any

WISHES = ("email", "paper", "phone", "none")  # how to reach someone, each asking for more restraint than the one before
NAMES = ("name", "email", "language", "audience", "reach", "address")
Took = dict[str, list[Any]]  # value: [what the kept file had, what it took]


def proposed(kept: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, bool]:
    """For each value, whether the other file's is proposed: only where the kept one has nothing.

    Of two ways to reach someone, the one that asks for more restraint: who said "call, do not write" in one file is not
    written to because the other holds an e-mail address.
    """
    choice = {name: not _said(kept[name]) and _said(other[name]) for name in NAMES}
    choice["reach"] = WISHES.index(other["reach"]) > WISHES.index(kept["reach"])
    return choice


def taken(kept: Mapping[str, Any], other: Mapping[str, Any], chosen: Mapping[str, bool]) -> Took:
    """The values that the kept file takes, each with what it had."""
    return {name: [kept[name], other[name]] for name in NAMES if chosen.get(name) and kept[name] != other[name]}


def put_back(now: Mapping[str, Any], took: Took, later: Sequence[Took]) -> dict[str, Any]:
    """What the kept file says again once a merge is undone; `later` are those made into it since, oldest first.

    A value that somebody changed since stays. One that a later merge replaced stays too, and that one will put back
    what this one would have: its record is changed for that.
    """
    back = {}
    for name, (before, after) in took.items():
        above = next((item for item in later if name in item), None)
        if above is not None:
            above[name][0] = before if above[name][0] == after else above[name][0]
        elif now[name] == after:
            back[name] = before
    return back


def _said(value: Any) -> bool:
    return any(value) if isinstance(value, list) else bool(value)
