"""Messages to the people of something, and to nobody else: the apps above say who they are (`AUDIENCES`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Addressee:
    """A household or a person of an audience. `emails`: (address, language), one letter each; none: not reached.

    `key` tells it from the others of the audience, and never changes.
    """

    key: str
    name: str
    emails: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Audience:
    """A kind of audience; each callable takes the name of one, as "12".

    `may_write`: whether a user of the staff writes to it, and sees what is written to it. `label`: what it is, in the
    active language. `path`: the page of the desk from which one writes to it. `people`: who is in it now.
    """

    may_write: Callable[[Any, str], bool]
    label: Callable[[str], str]
    path: Callable[[str], str]
    people: Callable[[str], Sequence[Addressee]]


AUDIENCES: dict[str, Audience] = {}
"""By the kind that begins the audience of a message: "leisure-group:12"."""


def audience_of(reference: str) -> tuple[Audience, str]:
    """The kind of an audience and its name. Raises KeyError for an unknown one."""
    kind, _colon, name = reference.partition(":")
    return AUDIENCES[kind], name


def may_write_to(user: Any, reference: str) -> bool:
    """Whether the user may write to that audience, and read what is written to it; "" is the public."""
    if not reference:
        return True
    audience, name = audience_of(reference)
    return audience.may_write(user, name)
