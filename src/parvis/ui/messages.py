"""Messages after an action, shown as toasts, with an undo button when possible."""

from django.contrib import messages
from django.http import HttpRequest

_UNDO = "undo:"


def done(request: HttpRequest, text: str, *, undo_url: str = "") -> None:
    """Confirms an action; with `undo_url` the toast has a button that POSTs there."""
    messages.success(request, text, extra_tags=f"{_UNDO}{undo_url}" if undo_url else "")


def refused(request: HttpRequest, text: str) -> None:
    """Reports that an action was refused, and why."""
    messages.error(request, text)


def undo_address(extra_tags: str | None) -> str:
    """The `undo_url` given to `done`, or ""."""
    return (extra_tags or "").removeprefix(_UNDO) if (extra_tags or "").startswith(_UNDO) else ""
