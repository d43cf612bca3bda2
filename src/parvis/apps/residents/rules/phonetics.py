"""Phonetic codes of names: one code for spellings that French or English speakers pronounce alike. Pure."""

import re

from parvis.lib.words import split

MARK = "zz"  # prefix of the codes in the index; no name begins so
SHORTEST = 3

_RULES = [
    (re.compile(pattern), code)
    for pattern, code in (
        (r"^des(?=[bcdfgjlmnpqrtv])", "de"),  # Desjardins
        (r"e?aul?(?=[tdx]?s?$)|e?au", "o"),  # Arsenault, Arseneau; Gauthier
        (r"ph", "f"),
        (r"(?<=[jg])ea", "a"),  # Jean
        (r"([aeo])i?[nm](?=[^aeiouynm]|$)", r"\1n"),  # a nasal vowel
        (r"en(?=[^aeiouynm]|$)", "an"),
        (r"[ae][iy]", "e"),  # Tremblay
        (r"gu(?=[eiy])", "g"),
        (r"g(?=[eiy])", "j"),
        (r"c(?=[eiy])", "s"),
        (r"ch", "x"),
        (r"qu|q|c", "k"),
        (r"s(?=k)", ""),  # Levesque
        (r"h", ""),
        (r"y", "i"),
        (r"w", "v"),
        (r"bv", "v"),  # Lefebvre
        (r"(.)\1+", r"\1"),
        (r"[bdpstz]+$", ""),  # silent final letters
        (r"er$", "e"),
        (r"(?<=.)e$", ""),
    )
]


def sound(word: str) -> str:
    """The phonetic code of a word: "tranbl" for Tremblay and Tremblé, "goti" for Gauthier and Gautier."""
    code = "".join(split(word.lower().replace("ç", "ss")))
    for pattern, replacement in _RULES:
        code = pattern.sub(replacement, code)
    return code


def sound_words(text: str) -> str:
    """The text with its words as marked codes, for indexing and searching; numbers and short words are unchanged."""
    words = []
    for word in re.findall(r"[^\W_]+", text):
        code = sound(word) if len(word) >= SHORTEST and word.isalpha() else ""
        words.append(MARK + code if code else word)
    return " ".join(words)
