"""Normalisation of civic addresses: one plain form for both stored addresses and typed text.

The plain form is folded (`lib.words`), spells abbreviations out, drops the kind of road in front of the name and the
articles after it ("chemin de l'Île-aux-Lièvres": "ile aux lievres"), and writes ordinals as digits ("10e avenue",
"1re", "2nd": "10e avenue", "1e", "2e"). A road without a name of its own keeps its kind ("10e avenue", "Grande Allée").
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from parvis.lib.words import fold, split

_KINDS = """
allee autoroute avenue boulevard carre chemin cote cours croissant impasse montee passage place promenade quai rang
route rue ruelle sentier square terrasse voie
"""
_ENGLISH_KINDS = "avenue boulevard court drive lane place road street"
_ARTICLES = "a au aux d de des du l la le les"
KINDS = frozenset(_KINDS.split())
ENGLISH_KINDS = frozenset(_ENGLISH_KINDS.split())
ARTICLES = frozenset(_ARTICLES.split())

_SPELLED = {
    "ch": "chemin", "chem": "chemin", "boul": "boulevard", "bd": "boulevard", "blvd": "boulevard", "bld": "boulevard",
    "av": "avenue", "ave": "avenue", "rte": "route", "r": "rue", "mtee": "montee", "pl": "place", "rg": "rang",
    "crois": "croissant", "cr": "croissant", "imp": "impasse", "terr": "terrasse", "aut": "autoroute",
    "prom": "promenade", "rd": "road", "dr": "drive", "saint": "st", "sainte": "ste", "gde": "grande", "gd": "grand",
    "mt": "mont", "no": "", "numero": "", "app": "", "apt": "", "appartement": "", "apartment": "", "unite": "",
    "unit": "", "bureau": "", "suite": "", "local": "",
}  # fmt: skip
_ORDINAL = re.compile(r"(\d+)(?:e|er|ere|re|eme|ieme|ème|st|nd|rd|th)")
_CIVIC = re.compile(r"(\d{1,6})([a-z]?)")
_LETTER = re.compile(r"[a-ce-km-z]")  # suffix of a civic number; "l" and "d" are articles
_POSTAL = re.compile(r"\b([a-z]\d[a-z])[ -]?(\d[a-z]\d)\b")
_POSTAL_BEGUN = re.compile(r"([a-z]\d[a-z])(?:[ -]?(\d(?:[a-z]\d?)?))?")
_POSTAL_AT_END = re.compile(r"(?<=\w)[ ,]+[a-z]\d[a-z](?:[ -]?\d[a-z]?)?\s*$")
_UNIT = re.compile(
    r"(?:\b(?:app|appt|apt|appartement|apartment|unite?|bureau|suite|local)\b[. ]*|#\s*)(?:no\.?\s*)?"
    r"([a-z]?-?\d+[a-z]?|[a-z])\b"
)


@dataclass(frozen=True)
class Typed:
    """One interpretation of typed text as an address. `key` starts with the civic number when there is one.

    `postal` is a formatted postal code, or the beginning of one when nothing else was typed.
    """

    civic: str
    street: str
    unit: str = ""
    kind: str = ""
    postal: str = ""

    @property
    def key(self) -> str:
        return " ".join(filter(None, (self.civic, self.street, self.unit)))


@lru_cache(maxsize=16_384)
def name_key(name: str) -> str:
    """The value of `Street.key`: every word of the name ("chemin de l ile goyer"), abbreviations spelled out."""
    return " ".join(plain_words(name))


@lru_cache(maxsize=16_384)
def bare_key(name: str) -> str:
    """The plain form of a road name: "bellevue" for "chemin Bellevue"; its kind when it has no other name."""
    kind, bare = _without_kind(plain_words(name))
    return bare or kind


def address_key(civic: int, suffix: str, street: str, unit: str = "") -> str:
    """The value of `Address.key`: "2480 bellevue", "2480a bellevue 3"."""
    return " ".join([*split(f"{civic}{suffix}"), bare_key(street), *plain_words(unit)])


def plain_words(text: str) -> list[str]:
    """Folded words with abbreviations spelled out and ordinals as digits."""
    spelled = (_SPELLED.get(word, word) for word in split(text))
    return [_ORDINAL.sub(r"\1e", word) if _ORDINAL.fullmatch(word) else word for word in spelled if word]


def readings(text: str) -> list[Typed]:
    """Interpretations of typed text as an address, the likeliest first; empty when there is nothing to search for.

    A leading number is the civic number ("2480 bellevue"), unless it is an ordinal ("10e avenue"); two of them are a
    unit and a civic number, in either order ("3-2480 bellevue"); a trailing one may be the civic number ("bellevue
    2480") or the unit. A unit may be marked ("app. 3", "#3"). Text after the second comma is ignored (a town's name).
    """
    plain = fold(text)
    if begun := _POSTAL_BEGUN.fullmatch(plain.strip()):
        return [Typed("", "", postal=postal_code("".join(filter(None, begun.groups()))))]
    codes = _POSTAL.search(plain)
    postal = postal_code("".join(codes.groups())) if codes else ""
    plain = _POSTAL_AT_END.sub("", _POSTAL.sub(" ", plain))
    marked = _UNIT.search(plain)
    unit = marked[1] if marked else ""
    head = ", ".join([part for part in _UNIT.sub(" ", plain).split(",") if part.strip()][:2])
    result: list[Typed] = []
    for civic, number, rest in _splits(plain_words(head), " ".join(split(unit))):
        kind, street = _without_kind(rest)
        result.append(Typed(civic, street, number, kind, postal))
        if len(rest) > 1 and rest[-1] in ENGLISH_KINDS:
            result.append(Typed(civic, _without_kind(rest[:-1])[1], number, rest[-1], postal))
    return [way for way in dict.fromkeys(result) if way.civic or way.street or way.kind or way.postal]


def postal_code(text: str) -> str:
    """Formats a postal code, or its beginning: "J3L 1E7"."""
    letters = "".join(split(text)).upper()
    return f"{letters[:3]} {letters[3:6]}".strip()


def _splits(typed: list[str], unit: str) -> list[tuple[str, str, list[str]]]:
    """(civic, unit, road words) for each possible position of the civic number; `unit` is the one that was marked."""
    if not typed:
        return [("", unit, [])]
    if len(typed) > 2 and is_civic(typed[0]) and is_civic(typed[1]) and not unit:
        first, second, rest = typed[0], typed[1], typed[2:]
        return [(second, first, rest), (first, "", typed[1:]), (first, second, rest)]
    ways: list[tuple[str, str, list[str]]] = []
    if _CIVIC.fullmatch(typed[0]):
        if len(typed) > 2 and typed[0].isdecimal() and _LETTER.fullmatch(typed[1]):
            ways.append((typed[0] + typed[1], unit, typed[2:]))
        ways.append((typed[0], unit, typed[1:]))
        if len(typed) > 2 and is_civic(typed[-1]) and not unit:
            ways.append((typed[0], typed[-1], typed[1:-1]))
    if not is_civic(typed[0]):
        ways.insert(0 if _ORDINAL.fullmatch(typed[0]) else 1, ("", unit, typed))
        if len(typed) > 1 and _CIVIC.fullmatch(typed[-1]):
            ways.append((typed[-1], unit, typed[:-1]))
        if len(typed) > 2 and is_civic(typed[-1]) and is_civic(typed[-2]) and not unit:
            ways.append((typed[-2], typed[-1], typed[:-2]))
    return ways


def is_civic(word: str) -> bool:
    """Whether a plain word may be a civic number ("12", "12a") and is not an ordinal ("10e")."""
    return bool(_CIVIC.fullmatch(word)) and not _ORDINAL.fullmatch(word)


def _without_kind(road: list[str]) -> tuple[str, str]:
    """(leading kind of road, rest of the name without its leading articles)."""
    if not road or road[0] not in KINDS:
        return "", " ".join(road)
    rest = road[1:]
    while rest and rest[0] in ARTICLES:
        rest = rest[1:]
    return road[0], " ".join(rest)
