"""The scalar values of a person's file in a merger: which to propose, take and put back. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

REACH_BY_RESTRAINT = ("email", "paper", "phone", "none")
NAMES = ("name", "email", "language", "audience", "reach", "address")
Took = dict[str, list[Any]]  # name: [value the kept file had, value it took]


def proposed(kept: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, bool]:
    """For each value, whether to propose the other file's: only where the kept one is blank.

    For `reach`, the more restrained of the two: someone who said "call, do not write" in one file is not written to
    because the other holds an e-mail address.
    """
    choice = {name: not _filled(kept[name]) and _filled(other[name]) for name in NAMES}
    choice["reach"] = REACH_BY_RESTRAINT.index(other["reach"]) > REACH_BY_RESTRAINT.index(kept["reach"])
    return choice


def taken(kept: Mapping[str, Any], other: Mapping[str, Any], chosen: Mapping[str, bool]) -> Took:
    """The values that the kept file takes from the other, each with its former value."""
    return {name: [kept[name], other[name]] for name in NAMES if chosen.get(name) and kept[name] != other[name]}


def put_back(now: Mapping[str, Any], took: Took, later: Sequence[Took]) -> dict[str, Any]:
    """The values to restore in the kept file when a merger is undone; `later` are its later mergers, oldest first.

    A value changed since stays. A value replaced by a later merger stays too, and that merger's record is updated in
    place to restore what this one would have.
    """
    restored = {}
    for name, (before, after) in took.items():
        replaced_by = next((merger for merger in later if name in merger), None)
        if replaced_by is not None:
            replaced_by[name][0] = before if replaced_by[name][0] == after else replaced_by[name][0]
        elif now[name] == after:
            restored[name] = before
    return restored


def _filled(value: Any) -> bool:
    return any(value) if isinstance(value, list) else bool(value)
