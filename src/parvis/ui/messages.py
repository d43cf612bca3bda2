"""Messages after a gesture, shown as toasts, with the way to undo it when there is one."""

from django.contrib import messages
from django.http import HttpRequest

_UNDO = "undo:"


def done(request: HttpRequest, text: str, *, undo_url: str = "") -> None:
    """Says that a gesture was made; with `undo_url` the toast holds a button that POSTs there."""
    messages.success(request, text, extra_tags=f"{_UNDO}{undo_url}" if undo_url else "")


def refused(request: HttpRequest, text: str) -> None:
    """Says that a gesture was not made, and why."""
    messages.error(request, text)


def undo_address(extra_tags: str | None) -> str:
    """The `undo_url` given to `done`, or ""."""
    return (extra_tags or "").removeprefix(_UNDO) if (extra_tags or "").startswith(_UNDO) else ""
