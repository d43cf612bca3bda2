"""The holes of a ready phrase, and what fills them. Pure: plain values only."""

import re
from collections.abc import Collection, Mapping

# Each hole: its names in a phrase, French then English, and what is written when nothing fills it.
HOLES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "reference": (("référence", "reference"), ("numéro de la requête", "number of the request")),
    "name": (("nom", "name"), ("nom de la personne", "name of the person")),
    "promise": (("promesse", "promise"), ("date promise", "promised date")),
    "subject": (("sujet", "subject"), ("sujet", "subject")),
    "place": (("lieu", "place"), ("lieu", "place")),
    "department": (("service", "department"), ("service", "department")),
    "me": (("moi", "me"), ("votre nom", "your name")),
}
OF_READER = frozenset({"reference", "name", "promise", "subject", "place"})
"""Those that say something else to each of several people who read the same words."""
_BY_NAME = {name: hole for hole, (names, _) in HOLES.items() for name in names}
_HOLE = re.compile(r"\{([^{}\n]*)\}")


def unknown(words: str) -> list[str]:
    """The holes of a phrase that nothing could ever fill, as they are written."""
    return [written for written in _HOLE.findall(words) if written.strip().lower() not in _BY_NAME]


def holes_of(words: str) -> list[str]:
    """The holes that these words leave to be filled, in order, by their keys in HOLES."""
    match = (_BY_NAME.get(written.strip().lower()) for written in _HOLE.findall(words))
    return [hole for hole in match if hole]


def hole_name(hole: str, lang: str) -> str:
    """How a hole is written in a phrase in that language, such as "{nom}"."""
    return f"{{{HOLES[hole][0][lang == 'en']}}}"


def filled(words: str, values: Mapping[str, str], lang: str, *, keep: Collection[str] = ()) -> str:
    """The phrase with its holes filled, save those to `keep`, by their keys, which stay as they are written.

    One that nothing fills stays visible, in square brackets, for the writer.
    """
    english = lang == "en"

    def fill(match: re.Match[str]) -> str:
        hole = _BY_NAME.get(match[1].strip().lower())
        if hole is None or hole in keep:
            return match[0]
        return values.get(hole) or f"[{HOLES[hole][1][english]}]"

    return _HOLE.sub(fill, words)


def names(lang: str) -> list[str]:
    """The names of the holes, as one writes them in that language."""
    return [hole_name(hole, lang) for hole in HOLES]
