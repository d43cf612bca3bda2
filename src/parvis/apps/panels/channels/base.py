"""How a sign that is no browser is made to show words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class SignError(Exception):
    """The sign did not do what it was asked; `str()` says what it answered, for whoever looks after it."""


class Unreachable(SignError):
    """The sign did not answer."""


@dataclass(frozen=True)
class Limits:
    """What a sign says of itself: letters of a line, lines of a page, pages, octets of a message."""

    columns: int
    rows: int
    pages: int
    octets: int


class Sign(Protocol):
    """A sign that shows one message, of some pages."""

    def limits(self) -> Limits:
        """Asks the sign. Raises SignError."""
        ...

    def showing(self) -> bytes:
        """The message that it shows now, as it says itself; empty for none. Raises SignError."""
        ...

    def compose(self, pages: Sequence[Sequence[str]], limits: Limits) -> bytes:
        """The message of these pages in the letters that the sign has. Raises SignError."""
        ...

    def show(self, message: bytes, *, priority: int, minutes: int) -> None:
        """Shows a message for so many minutes, after which the sign clears alone. Raises SignError."""
        ...

    def minutes_left(self) -> int | None:
        """For how many minutes more it shows what it shows; None when it does not tell. Raises SignError."""
        ...

    def keep_for(self, minutes: int) -> bool:
        """Shows what it shows for so many minutes from now; False when it cannot, and `show` is needed. Raises
        SignError.
        """
        ...

    def clear(self) -> None:
        """Shows nothing. Raises SignError."""
        ...

    def faults(self) -> list[str]:
        """What the sign says is wrong with it. Raises SignError."""
        ...
