"""What passes between the product and a provider of calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Script:
    """What is said: a language (fr, en), and the paragraphs."""

    language: str
    paragraphs: Sequence[str]


class Report(NamedTuple):
    """The URLs where the provider tells the states of a call, and the key that was pressed."""

    status: str
    keys: str


class Seen(NamedTuple):
    """A call as the provider knows it: its identifier, its state (`rules.states`), how long it lasted."""

    identifier: str
    state: str
    seconds: int = 0
