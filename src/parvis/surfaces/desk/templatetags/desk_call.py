"""Template filters of the call screen."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from parvis.surfaces.desk.call.screen import mark

register = template.Library()


@register.filter
def length_clock(seconds: int | None) -> str:
    """A duration in seconds as "3:12"; "" for None."""
    return "" if seconds is None else f"{seconds // 60}:{seconds % 60:02d}"


@register.filter
def marked(text: str, words: Iterable[str]) -> SafeString:
    """The text with these words inside `<mark>`."""
    pieces = mark(str(text), tuple(words))
    return mark_safe("".join(format_html("<mark>{}</mark>" if match else "{}", piece) for piece, match in pieces))  # noqa: S308


@register.filter
def typed(fields: Any, name: str) -> str:
    """The value of a field in the draft, "" by default."""
    return str(fields.get(name, "")) if hasattr(fields, "get") else ""
