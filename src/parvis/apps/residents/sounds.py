"""Names as they are heard: one code for the spellings that a French or English speaker says alike. Pure."""

import re

from parvis.lib.words import split

MARK = "zz"  # begins a code in the index, where no word of a name begins so
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
        (r"[bdpstz]+$", ""),  # letters that end a name and are not said
        (r"er$", "e"),
        (r"(?<=.)e$", ""),
    )
]


def sound(word: str) -> str:
    """The code of one word of a name: "tranbl" for Tremblay and Tremblé, "goti" for Gauthier and Gautier."""
    code = "".join(split(word.lower().replace("ç", "ss")))
    for pattern, heard in _RULES:
        code = pattern.sub(heard, code)
    return code


def sound_words(text: str) -> str:
    """What is indexed, or looked for, so that a name is found by its sound; numbers and short words stay themselves."""
    result = []
    for word in re.findall(r"[^\W_]+", text):
        code = sound(word) if len(word) >= SHORTEST and word.isalpha() else ""
        result.append(MARK + code if code else word)
    return " ".join(result)
