"""JSON that others send, read without trusting it: the only place where a door does so."""

import json
import math
from typing import Any, NoReturn

DEEPEST = 32  # nested values: more than any program we know sends


class MalformedJson(ValueError):
    """It is not JSON that we read: no JSON in UTF-8, nested too deep, a number outside JSON, half of a character."""


class NulCharacter(MalformedJson):
    """A text holds U+0000, which no database keeps; `where`: its field ("person.name"), "" for the whole."""

    def __init__(self, where: str) -> None:
        super().__init__(f"a NUL character in {where or 'the text'}")
        self.where = where


def read_json(text: bytes | str, *, deepest: int = DEEPEST, tidied: bool = False) -> Any:
    """The value of a JSON text, fit for any database. Raises MalformedJson, and NulCharacter.

    `tidied`: NUL and the halves of characters are left out instead, for a copy of what someone is still typing.
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
    except MalformedJson:
        raise
    except (ValueError, RecursionError) as error:
        raise MalformedJson(type(error).__name__) from None
    return _checked(value, deepest, tidied, "")


def _checked(value: Any, depth: int, tidied: bool, where: str) -> Any:
    if depth < 0:
        raise MalformedJson("nested too deep")
    if isinstance(value, str):
        return _text(value, tidied, where)
    if isinstance(value, float) and not math.isfinite(value):
        raise MalformedJson("a number too large")
    if isinstance(value, list):
        return [_checked(each, depth - 1, tidied, f"{where}.{rank}".lstrip(".")) for rank, each in enumerate(value)]
    if isinstance(value, dict):
        return {
            _text(name, tidied, where): _checked(each, depth - 1, tidied, f"{where}.{name}".lstrip("."))
            for name, each in value.items()
        }
    return value


def _text(text: str, tidied: bool, where: str) -> str:
    if tidied:
        return text.replace("\0", "").encode("utf-8", "ignore").decode()
    if "\0" in text:
        raise NulCharacter(where.replace("\0", ""))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MalformedJson("half of a character") from None
    return text


def _refuse(constant: str) -> NoReturn:
    raise MalformedJson(f"{constant} is not a number")
