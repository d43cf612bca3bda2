"""The commands of whoever keeps the installation: moving in, the trial, backups. Each returns its exit code."""

import json
import os
import sys
import time
from argparse import Namespace
from pathlib import Path

from django.utils import translation

from parvis.importing import services as importing
from parvis.importing.mapping import read_mapping
from parvis.importing.report import Report

TOLD_EVERY = 5.0


def import_cases(asked: Namespace) -> int:
    """`parvis import-cases`: 0 when every line fits, 1 when one was, or would be, refused."""
    with translation.override(language(asked.language)):
        report = importing.import_cases(
            path=Path(asked.file),
            mapping=read_mapping(asked.mapping),
            notes=Path(asked.notes) if asked.notes else None,
            dry_run=asked.dry_run,
            log=Path(asked.report) if asked.report else None,
            progress=_teller(),
        )
        if asked.json:
            write_json(report.as_json())
        else:
            print("\n".join(report.lines()))
    return 1 if report.refused else 0


def _teller() -> importing.Progress:
    """Says on the standard error, every few seconds, how far the import is."""
    last = time.monotonic()

    def tell(report: Report) -> None:
        nonlocal last
        if time.monotonic() - last >= TOLD_EVERY:
            last = time.monotonic()
            print(f"{report.counts['lines']:,} ...", file=sys.stderr, flush=True)

    return tell


def language(asked: str | None) -> str:
    """The language of whoever runs the command: the one asked for, else that of their terminal, else the town's."""
    if asked:
        return asked
    spoken = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return spoken[:2] if spoken[:2] in ("fr", "en") else translation.get_language() or "fr"


def write_json(value: object) -> None:
    """One JSON object on one line of the standard output."""
    print(json.dumps(value, ensure_ascii=False))
