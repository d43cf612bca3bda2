"""Messages after an action, shown as toasts, or as a bar where the action was, with an undo button when possible."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

from parvis.lib.errors import Conflict, NotFound, Refused

_UNDO = "undo"


@dataclass(frozen=True)
class Undo:
    """How an action is undone: by a POST to `url`, until a moment (None: as long as the object allows it), from a bar
    at `place` on the page ("" for a toast).
    """

    url: str
    until: datetime | None = None
    place: str = ""


def done(
    request: HttpRequest, text: str, *, undo_url: str = "", until: datetime | None = None, place: str = ""
) -> None:
    """Confirms an action; with `undo_url` the message has a button that POSTs there, until that moment.

    `place`: the bar where it stands, on a page that has one of that name; a toast elsewhere.
    """
    tags = "|".join((_UNDO, until.isoformat() if until else "", place, undo_url)) if undo_url else ""
    messages.success(request, text, extra_tags=tags)


def refused(request: HttpRequest, text: str) -> None:
    """Reports that an action was refused, and why."""
    messages.error(request, text)


@contextmanager
def showing_refusal(request: HttpRequest, *kinds: type[Refused]) -> Iterator[None]:
    """Reports a refusal of these kinds (a conflict when none is named) that ends the block: what follows it answers.

    `NotFound` has a page of its own unless it is named.
    """
    try:
        yield
    except Refused as refusal:
        if not isinstance(refusal, kinds or Conflict) or isinstance(refusal, NotFound) and NotFound not in kinds:
            raise
        refused(request, refusal.first_error)


def undo_of(extra_tags: str | None) -> Undo | None:
    """How the action of a message is undone; None when it is not."""
    name, _mark, rest = (extra_tags or "").partition("|")
    if name != _UNDO or rest.count("|") < 2:
        return None
    until, place, url = rest.split("|", 2)
    return Undo(url, datetime.fromisoformat(until) if until else None, place)


def undo_address(extra_tags: str | None) -> str:
    """The `undo_url` given to `done`, or ""."""
    found = undo_of(extra_tags)
    return found.url if found else ""


def placed(request: HttpRequest, places: Collection[str]) -> Iterator[tuple[Message, Undo]]:
    """The messages whose undo stands at these places of the page; they are no toasts of it any more."""
    shown = _placed(request)
    for message in messages.get_messages(request):
        undo = undo_of(message.extra_tags)
        if undo and undo.place in places:
            shown.add(id(message))
            yield message, undo


def is_placed(request: HttpRequest, message: Message) -> bool:
    """Whether the message is shown in a bar of the page."""
    return id(message) in _placed(request)


def _placed(request: HttpRequest) -> set[int]:
    found: set[int] = request.__dict__.setdefault("placed_messages", set())
    return found
