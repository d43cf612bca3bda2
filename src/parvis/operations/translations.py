"""Compilation of translation catalogues in pure Python."""

import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import polib

PACKAGE = Path(__file__).parents[1]
COMPILED = PACKAGE / "locale"


def sources() -> Iterator[Path]:
    """The catalogues of every app, in every language."""
    yield from sorted(PACKAGE.glob("**/locale/*/LC_MESSAGES/django.po"))


def compile_all() -> int:
    """Compiles the catalogues of every app into one for each language, when one of them changed since.

    Returns the number of languages compiled. Safe to run concurrently. One, because Django looks a sentence up in the
    catalogue of one app after the other; it is in LOCALE_PATHS, which it looks up first.
    """
    compiled = 0
    for language, files in groupby(sorted(sources(), key=_language), _language):
        catalogues = list(files)
        target = COMPILED / language / "LC_MESSAGES" / "django.mo"
        changed = max(source.stat().st_mtime_ns for source in catalogues)
        if target.exists() and target.stat().st_mtime_ns >= changed:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_suffix(f".{os.getpid()}")
        _merged(catalogues).save_as_mofile(str(temporary))
        temporary.rename(target)
        compiled += 1
    return compiled


def _language(source: Path) -> str:
    return source.parts[-3]


def _merged(catalogues: list[Path]) -> polib.POFile:
    """One catalogue with the entries of all; of a sentence that several have, the first."""
    files = [polib.pofile(str(source)) for source in catalogues]
    merged = polib.POFile()
    merged.metadata = files[0].metadata
    entries = {(entry.msgctxt, entry.msgid): entry for file in reversed(files) for entry in file if not entry.obsolete}
    merged.extend(entries.values())
    return merged
