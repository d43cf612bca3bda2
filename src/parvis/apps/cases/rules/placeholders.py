"""The placeholders ("holes") of a canned phrase, and their values. Pure: plain values only."""

import re
from collections.abc import Collection, Mapping

# By key: its names in a phrase, French then English, and the text shown when it has no value.
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
"""The keys whose value differs for each recipient of the same message."""
_BY_NAME = {name: hole for hole, (names, _) in HOLES.items() for name in names}
_HOLE = re.compile(r"\{([^{}\n]*)\}")


def unknown(words: str) -> list[str]:
    """The unknown placeholders of a phrase, as written."""
    return [name for name in _HOLE.findall(words) if name.strip().lower() not in _BY_NAME]


def holes_of(words: str) -> list[str]:
    """The keys in HOLES of the placeholders in these words, in order."""
    keys = (_BY_NAME.get(name.strip().lower()) for name in _HOLE.findall(words))
    return [key for key in keys if key]


def hole_name(hole: str, lang: str) -> str:
    """A placeholder as written in a phrase in that language, such as "{nom}"."""
    return f"{{{HOLES[hole][0][lang == 'en']}}}"


def filled(words: str, values: Mapping[str, str], lang: str, *, keep: Collection[str] = ()) -> str:
    """The phrase with its placeholders replaced, except those whose keys are in `keep`.

    Those without a value are shown in square brackets for the writer.
    """
    english = lang == "en"

    def fill(match: re.Match[str]) -> str:
        hole = _BY_NAME.get(match[1].strip().lower())
        if hole is None or hole in keep:
            return match[0]
        return values.get(hole) or f"[{HOLES[hole][1][english]}]"

    return _HOLE.sub(fill, words)


def names(lang: str) -> list[str]:
    """All placeholders as written in that language."""
    return [hole_name(hole, lang) for hole in HOLES]
