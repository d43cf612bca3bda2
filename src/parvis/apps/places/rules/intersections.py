"""Corners and provincial routes as people write them. Pure.

"Bellevue et Chambly", "coin Bellevue / Chambly", "intersection of Bellevue and Chambly", "la 112", "A-10", "hwy 112".
"""

import re
from typing import NamedTuple

from parvis.apps.places.rules.keys import is_civic, plain_words
from parvis.lib.words import fold

_LEADING = re.compile(
    r"^\W*(?:(?:a|au|at|the|in|to|de|du)\s+|l\W)*"
    r"(?:coin|angle|intersection|croisement|carrefour|corner)\b"
    r"(?:\s+(?:de la rue|de la|de l|des|de|du|d|of the|of)\b)?\W*"
)
_BETWEEN = re.compile(r"\s+(?:et|and|&|@|angle|coin|corner of)\s+|\s*[/&+]\s*|\s+at\s+")
_ROUTE_KINDS = {
    "a": "autoroute", "aut": "autoroute", "autoroute": "autoroute", "motorway": "autoroute", "freeway": "autoroute",
    "r": "route", "rte": "route", "rt": "route", "route": "route", "hwy": "route", "highway": "route", "la": "route",
}  # fmt: skip
_ROUTE = re.compile(rf"(?:^|(?<=\s)|(?<=^l.))({'|'.join(_ROUTE_KINDS)})\.?[\s-]*(\d{{1,3}})(?=$|\s*[,(])")


class Corner(NamedTuple):
    """Two streets as they were typed; `second` is "" while it is not typed yet."""

    first: str
    second: str


def spell_routes(text: str) -> str:
    """The text with a provincial route at its end spelled as streets are: "la 112" is "route 112", "A-10" is
    "autoroute 10". The rest is unchanged.
    """
    plain = _same_length(text)
    match = _ROUTE.search(plain)
    if match is None:
        return text
    head = text[: match.start()]
    if match[1] != "la" and head.rstrip().endswith((" la", "La", "la", "the", "l'", "l’")):
        head = re.sub(r"(?i)(?:^|\s)(?:la|the|l['’])\s*$", " ", head).lstrip()
    return f"{head}{_ROUTE_KINDS[match[1]]} {match[2]}{text[match.end() :]}"


def read_corner(text: str) -> Corner | None:
    """The two streets when the text reads as a corner, else None: a civic number before a street makes it none."""
    plain = _same_length(text)
    leading = _LEADING.match(plain)
    rest, plain = (text[leading.end() :], plain[leading.end() :]) if leading else (text, plain)
    between = _BETWEEN.search(plain)
    if between is None:
        return Corner(rest.strip(" ,"), "") if leading and rest.strip(" ,") else None
    first, second = rest[: between.start()].strip(" ,"), rest[between.end() :].strip(" ,")
    if not first or (not leading and _is_address(first)):
        return None
    return Corner(first, second)


def _is_address(words: str) -> bool:
    """Whether it begins with a civic number before a name ("12 rue du Quai")."""
    plain = plain_words(words)
    return len(plain) > 1 and is_civic(plain[0])


def _same_length(text: str) -> str:
    """The text folded letter by letter, so that positions hold."""
    return "".join(folded if len(folded := fold(letter)) == 1 else letter for letter in text)
