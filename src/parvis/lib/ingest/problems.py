"""The problems found while reading a folder of files."""

from collections.abc import Iterable
from typing import NamedTuple

_PLACES = 3  # named of those that share a cause


class Problem(NamedTuple):
    """What is wrong, in which file and entry, "" for the whole file; `unread`: the file itself could not be read."""

    file: str
    where: str
    message: str
    unread: bool = False

    @property
    def place(self) -> str:
        return f"{self.file}, {self.where}" if self.where else self.file

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"

    @property
    def cause(self) -> str:
        """What it has in common with others: its message, without the value that was refused."""
        return self.message.partition(", not ")[0]


class Problems:
    """Collects problems, in the order found."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, file: str, where: str, message: str, *, unread: bool = False) -> None:
        """Records a problem; `where` names the entry, "" for the whole file."""
        self.found.append(Problem(file, where, message, unread))


def by_cause(problems: Iterable[Problem]) -> list[str]:
    """A line for each cause, with how many times it is met and where: first the files that could not be read, then in
    the order found.
    """
    groups: dict[str, list[Problem]] = {}
    for problem in sorted(problems, key=lambda problem: not problem.unread):
        groups.setdefault(problem.cause, []).append(problem)
    return [_line(group) for group in groups.values()]


def _line(group: list[Problem]) -> str:
    first, *others = group
    if not others:
        return str(first)
    places = "; ".join(problem.place for problem in group[:_PLACES])
    more = f"; and {len(group) - _PLACES} more" if len(group) > _PLACES else ""
    return f"{first.message} ({len(group)} times: {places}{more})"
