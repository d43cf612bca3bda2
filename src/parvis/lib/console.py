"""What every command of the console says, and the exit code of what it refuses."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable

from django.db import DatabaseError
from django.utils import translation

from parvis.lib.errors import Refused

Command = Callable[[Namespace], int]


def said(command: Command) -> Command:
    """The command, with its refusals written on the standard error and turned into the exit code 1."""

    def safe(args: Namespace) -> int:
        try:
            return command(args)
        except Refused as refused:
            code, words, problems = refused.code, str(refused), getattr(refused, "problems", None)
        except DatabaseError as error:
            code, words, problems = "database", f"The database refused: {error} Has `parvis setup` been run?", None
        if getattr(args, "json", False):
            write_json({"error": code, "message": words} | ({"problems": problems} if problems else {}))
        else:
            print(words, file=sys.stderr)
        return 1

    return safe


def say(lines: Iterable[str]) -> None:
    """Each line on the standard output."""
    for line in lines:
        print(line)


def language(asked: str | None) -> str:
    """The language of whoever runs the command: the one asked for, else that of their terminal, else the town's."""
    if asked:
        return asked
    spoken = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return spoken[:2] if spoken[:2] in ("fr", "en") else translation.get_language() or "fr"


def write_json(value: object) -> None:
    """One JSON object on one line of the standard output."""
    print(json.dumps(value, ensure_ascii=False))
