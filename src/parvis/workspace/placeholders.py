"""The holes of a ready phrase, and what fills them. Pure: plain values only."""

import re
from collections.abc import Mapping

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
_BY_NAME = {name: hole for hole, (names, _) in HOLES.items() for name in names}
_HOLE = re.compile(r"\{([^{}\n]*)\}")


def unknown(words: str) -> list[str]:
    """The holes of a phrase that nothing could ever fill, as they are written."""
    return [written for written in _HOLE.findall(words) if written.strip().lower() not in _BY_NAME]


def filled(words: str, values: Mapping[str, str], lang: str) -> str:
    """The phrase with its holes filled; one that nothing fills stays visible, in square brackets, for the writer."""
    english = lang == "en"

    def fill(found: re.Match[str]) -> str:
        hole = _BY_NAME.get(found[1].strip().lower())
        if hole is None:
            return found[0]
        return values.get(hole) or f"[{HOLES[hole][1][english]}]"

    return _HOLE.sub(fill, words)


def names(lang: str) -> list[str]:
    """The names of the holes, as one writes them in that language."""
    return [f"{{{written[lang == 'en']}}}" for written, _ in HOLES.values()]
