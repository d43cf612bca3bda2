"""Output helpers of the console commands, and the exit code of a refusal."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable

from django.db import DatabaseError
from django.utils import translation

from parvis.lib.errors import Refused

Command = Callable[[Namespace], int]


def reports_refusals(command: Command) -> Command:
    """Wraps a command: refusals and database errors go to standard error (stdout with --json) and exit with 1."""

    def wrapped(args: Namespace) -> int:
        try:
            return command(args)
        except Refused as refused:
            code, message, problems = refused.code, str(refused), getattr(refused, "problems", None)
        except DatabaseError as error:
            code, message, problems = "database", f"The database refused: {error} Has `parvis setup` been run?", None
        if getattr(args, "json", False):
            write_json({"error": code, "message": message} | ({"problems": problems} if problems else {}))
        else:
            print(message, file=sys.stderr)
        return 1

    return wrapped


def say(lines: Iterable[str]) -> None:
    """Prints each line to standard output."""
    for line in lines:
        print(line)


def language(asked: str | None) -> str:
    """The language of a command's output: the one requested, else the terminal's locale, else the active one."""
    if asked:
        return asked
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return locale[:2] if locale[:2] in ("fr", "en") else translation.get_language() or "fr"


def write_json(value: object) -> None:
    """Prints a value as JSON, on one line of standard output."""
    print(json.dumps(value, ensure_ascii=False))
