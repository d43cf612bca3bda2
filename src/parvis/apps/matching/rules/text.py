"""Analyses a citizen's message: its language, telling words, dimensions, and the town's synonyms."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from parvis.lib import quebec, words
from parvis.lib.i18n.languages import Lang, clean
from parvis.lib.ids import parse_reference

Synonyms = Mapping[Lang, Mapping[str, str]]

METRES_PER_FOOT = Decimal("0.3048")

_SMALL_FRENCH = """
a ai allo alors apres as au aussi autre aux avait avant avec avez avoir avons ben bien bonjour bonsoir c ca car ce ceci
cela ces cet cette chez chu ci comme d dans de depuis des deux dire dit doit donc du elle elles en encore es esk est et
etaient etait etes etre eu eux fait faire faut fois font ici icitte il ils j jai je jpeux jsuis juste jvais jveux l la
le les leur leurs lui m ma mais me meme merci mes moi mon n ne ni non nos notre nous on ont or ou oui par parce pas peu
peut peux pis plait plus pour pourquoi pouvez puis qu quand que quel quelle quelles quelque quels qui quoi s sa sans se
sera ses si soit son sont suis sur svp t ta te tes toi ton toujours tous tout toute toutes tres tu un une va vais vers
veut veux voici voila vos votre voudrais vous y ya
"""
_SMALL_ENGLISH = """
a about am an and any are as at be been but by can cannot could d did do does doing dont for from get go got had has
have he hello her hi him his how i if in into is it its just let ll m me my need no not of on or our out please re s
she should so some t thank thanks that the their them then there these they this to too up us ve want was we were what
when where which who why will with would you your
"""
_FRENCH_CLUES = "bac combien comment maison permis rue taxe ville voisin"
_ENGLISH_CLUES = "bin city house many much neighbor neighbour permit street tax town"

STOPWORDS: dict[Lang, frozenset[str]] = {
    "fr": frozenset(_SMALL_FRENCH.split()),
    "en": frozenset(_SMALL_ENGLISH.split()),
}
_SMALL = STOPWORDS["fr"] | STOPWORDS["en"]
_CLUES: dict[Lang, frozenset[str]] = {
    "fr": STOPWORDS["fr"] - STOPWORDS["en"] - {"car", "plus"} | frozenset(_FRENCH_CLUES.split()),
    "en": STOPWORDS["en"] - STOPWORDS["fr"] - {"dont"} | frozenset(_ENGLISH_CLUES.split()),
}

_NUMBER = r"(\d{1,4}(?:[.,]\d{1,2})?)"
_FEET = r"(?:'|pi\b|pieds?\b|ft\b|feet\b|foot\b)"
_METRES = r"(?:m\b|metres?\b|meters?\b)"
_UNIT = rf"(?:\s*({_FEET}|{_METRES}))?"
_AREA = re.compile(rf"(?<![\w.,-]){_NUMBER}{_UNIT}\s*(?:x|\*|\u00d7|par|by|sur)\s*{_NUMBER}{_UNIT}(?![\d\w])")
_LENGTH = re.compile(rf"(?<![\w.,-]){_NUMBER}\s*({_FEET})(?!\w)")
_REFERENCE = re.compile(r"\b\d\d[ -]?[\doil]{3,6}[ -]?[a-z]\b", re.IGNORECASE)


@dataclass(frozen=True)
class Understood:
    """Something recognised in a message: its kind (area, length, synonym, reference), the words, the meaning."""

    kind: str
    said: str
    meaning: str

    def __str__(self) -> str:
        """For example "shed = cabanon"."""
        return f"{self.said} = {self.meaning}"


def english_share(text: str) -> float:
    """How English a text looks, from 0 (French) to 1; 0.5 when undecided."""
    text_words = words.split(text)
    english = sum(word in _CLUES["en"] for word in text_words)
    french = sum(word in _CLUES["fr"] for word in text_words)
    french += any(letter in "àâçéèêëîïôùûœ" for letter in text.lower())
    return (english + 0.5) / (english + french + 1)


def guess_language(text: str) -> Lang:
    """The language of a text; French when undecided."""
    return "en" if english_share(text) > 0.5 else "fr"


def telling_words(folded: Iterable[str]) -> list[str]:
    """The folded words that are stopwords in neither language, in order, repeats included."""
    return [word for word in folded if word not in _SMALL]


def understood(text: str, synonyms: Synonyms | None = None, lang: str | None = None) -> list[Understood]:
    """What was recognised in a text, in order, without repeats.

    Dimensions become an area ("10x12" is in feet unless metres are said), feet become metres, a synonym shows the word
    that the town's answers use, a well-formed reference is recognised.
    """
    code = clean(lang) if lang else guess_language(text)
    folded = rest = words.fold(text)
    result: list[tuple[int, Understood]] = []
    for match in _AREA.finditer(folded):
        result.append((match.start(), _area(match, code)))
        rest = rest[: match.start()] + " " * len(match[0]) + rest[match.end() :]
    for match in _LENGTH.finditer(rest):
        metres = (_decimal(match[1]) * METRES_PER_FOOT).quantize(Decimal("0.01"))
        result.append((match.start(), Understood("length", match[0].strip(), quebec.length(metres, code))))
    for match in _REFERENCE.finditer(folded):
        if reference := parse_reference(match[0]):
            result.append((match.start(), Understood("reference", match[0].upper(), str(reference))))
    result += _synonyms(folded, (synonyms or {}).get(code, {}))
    return list(dict.fromkeys(thing for _start, thing in sorted(result, key=lambda pair: pair[0])))


def _area(match: re.Match[str], lang: Lang) -> Understood:
    width, unit_before, depth, unit_after = match.groups()
    in_metres = bool(re.fullmatch(_METRES, unit_after or unit_before or ""))
    sides = _decimal(width), _decimal(depth)
    surface = sides[0] * sides[1] * (1 if in_metres else METRES_PER_FOOT**2)
    name = "m" if in_metres else {"fr": "pi", "en": "ft"}[lang]
    spelled = f"{quebec.number(sides[0], lang)} × {quebec.number(sides[1], lang)}{quebec.NBSP}{name}"
    return Understood("area", match[0].strip(), f"{spelled} = {quebec.area(surface, lang)}")


def _decimal(written: str) -> Decimal:
    return Decimal(written.replace(",", "."))


def _synonyms(folded: str, table: Mapping[str, str]) -> list[tuple[int, Understood]]:
    synonyms = []
    for word, meaning in table.items():
        pattern = r"\b" + r"\W+".join(re.escape(part) for part in words.split(word)) + r"s?\b"
        if words.split(word) and (match := re.search(pattern, folded)):
            synonyms.append((match.start(), Understood("synonym", match[0], meaning)))
    return synonyms
