"""How civic addresses are compared: one plain form for what is stored and for what people type.

The plain form is folded (`lib.words`), spells abbreviations out, drops the kind of road in front of the name and the
articles after it ("chemin de l'Île-aux-Lièvres": "ile aux lievres"), and writes ranks as digits ("10e avenue", "1re",
"2nd": "10e avenue", "1e", "2e"). A road without a name of its own keeps its kind ("10e avenue", "Grande Allée").
"""

import re
from dataclasses import dataclass

from parvis.lib.words import split

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
    "unit": "", "bureau": "", "suite": "",
}  # fmt: skip
_RANK = re.compile(r"(\d+)(?:e|er|ere|re|eme|ieme|ème|st|nd|rd|th)")
_CIVIC = re.compile(r"(\d{1,6})([a-z]?)")
_POSTAL = re.compile(r"\b[a-z]\d[a-z][ -]?\d[a-z]\d\b", re.IGNORECASE)


@dataclass(frozen=True)
class Typed:
    """One way of reading what someone typed as an address. `key` starts with the civic number when there is one."""

    civic: str
    street: str
    unit: str = ""
    kind: str = ""

    @property
    def key(self) -> str:
        return " ".join(filter(None, (self.civic, self.street, self.unit)))


def name_key(name: str) -> str:
    """What `Street.key` holds: every word of the name ("chemin de l ile goyer"), abbreviations spelled out."""
    return " ".join(plain_words(name))


def bare_key(name: str) -> str:
    """The plain form of a road's name: "bellevue" for "chemin Bellevue"; its kind when it has no other name."""
    kind, bare = _without_kind(plain_words(name))
    return bare or kind


def address_key(civic: int, suffix: str, street: str, unit: str = "") -> str:
    """What `Address.key` holds: "2480 bellevue", "2480a bellevue 3"."""
    return " ".join([*_civic(civic, suffix), bare_key(street), *plain_words(unit)])


def by_street_key(civic: int, suffix: str, street: str, unit: str = "") -> str:
    """What `Address.street_key` holds: "bellevue 2480"."""
    return " ".join([bare_key(street), *_civic(civic, suffix), *plain_words(unit)])


def plain_words(text: str) -> list[str]:
    """Folded words with abbreviations spelled out and ranks as digits."""
    spelled = (_SPELLED.get(word, word) for word in split(text))
    return [_RANK.sub(r"\1e", word) if _RANK.fullmatch(word) else word for word in spelled if word]


def readings(text: str) -> list[Typed]:
    """The ways to read what was typed, the likeliest first; empty when there is nothing to look for.

    A leading number is the civic one ("2480 bellevue"), unless it is the rank of a road ("10e avenue"); two of them
    are a unit and a civic number ("3-2480 bellevue"); a trailing one may be it too ("bellevue 2480"). A postal code
    is left out, and so is what follows the second comma (a town's name).
    """
    head = ", ".join(part for part in _POSTAL.sub(" ", text).split(",")[:2])
    typed = plain_words(head)
    found: list[Typed] = []
    for civic, unit, rest in _splits(typed):
        kind, street = _without_kind(rest)
        found.append(Typed(civic, street, unit, kind))
        if len(rest) > 1 and rest[-1] in ENGLISH_KINDS:
            found.append(Typed(civic, _without_kind(rest[:-1])[1], unit, rest[-1]))
    return [reading for reading in dict.fromkeys(found) if reading.civic or reading.street or reading.kind]


def _splits(typed: list[str]) -> list[tuple[str, str, list[str]]]:
    """(civic, unit, road words), for each way to find the civic number."""
    if not typed:
        return []
    if len(typed) > 2 and _number(typed[0]) and _number(typed[1]):
        return [(typed[1], typed[0], typed[2:]), (typed[0], "", typed[1:])]
    ways: list[tuple[str, str, list[str]]] = []
    if _CIVIC.fullmatch(typed[0]):
        ways.append((typed[0], "", typed[1:]))
    if not _number(typed[0]):
        ways.insert(0 if _RANK.fullmatch(typed[0]) else 1, ("", "", typed))
        if len(typed) > 1 and _CIVIC.fullmatch(typed[-1]):
            ways.append((typed[-1], "", typed[:-1]))
    return ways


def _civic(civic: int, suffix: str) -> list[str]:
    return split(f"{civic}{suffix}")


def _number(word: str) -> bool:
    return bool(_CIVIC.fullmatch(word)) and not _RANK.fullmatch(word)


def _without_kind(road: list[str]) -> tuple[str, str]:
    """(kind of road in front, plain name); the articles that follow the kind go with it."""
    if not road or road[0] not in KINDS:
        return "", " ".join(road)
    rest = road[1:]
    while rest and rest[0] in ARTICLES:
        rest = rest[1:]
    return road[0], " ".join(rest)
