"""The icons vendored in the folder `icons`, as inline SVG."""

import re
from functools import cache, lru_cache
from pathlib import Path

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

FOLDER = Path(__file__).parent / "icons"
_INNER = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_OPEN = (
    '<svg class="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" '
    'stroke-linejoin="round" {}>{}</svg>'
)


class UnknownIcon(LookupError):
    """There is no vendored icon of that name."""


@cache
def names() -> frozenset[str]:
    """The names that `drawing` accepts."""
    return frozenset(file.stem for file in FOLDER.glob("*.svg"))


@cache
def _strokes(name: str) -> SafeString:
    if name not in names():
        raise UnknownIcon(f"No icon named {name!r}. Copy its file into {FOLDER.name}/, or choose one that is there.")
    match = _INNER.search((FOLDER / f"{name}.svg").read_text(encoding="utf-8"))
    if match is None:
        raise UnknownIcon(f"The file of the icon {name!r} holds no drawing.")
    return mark_safe(match.group(1))  # our own files


def drawing(name: str, label: str = "", css: str = "") -> SafeString:
    """The `<svg>` of an icon: hidden from assistive technology, or an image named `label` when there is one.

    Raises UnknownIcon, so that a typo fails the first test of its page.
    """
    return _render(name, str(label), css)


@lru_cache(maxsize=2048)
def _render(name: str, label: str, css: str) -> SafeString:
    aria = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(_OPEN, f"i {css}".strip(), aria, _strokes(name))
