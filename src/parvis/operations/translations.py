"""Compilation of translation catalogues in pure Python."""

import os
from collections.abc import Iterator
from pathlib import Path

import polib

PACKAGE = Path(__file__).parents[1]


def sources() -> Iterator[Path]:
    """The catalogues of every app, in every language."""
    yield from sorted(PACKAGE.glob("**/locale/*/LC_MESSAGES/django.po"))


def compile_all() -> int:
    """Compiles the catalogues that changed since they were compiled; returns their number. Safe to run concurrently."""
    compiled = 0
    for source in sources():
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        temporary = target.with_suffix(f".{os.getpid()}")
        polib.pofile(str(source)).save_as_mofile(str(temporary))
        temporary.rename(target)
        compiled += 1
    return compiled
