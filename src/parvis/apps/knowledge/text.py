"""What a citizen's words are made of: language, words that count, dimensions, the town's own synonyms."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from parvis.lib import quebec, words
from parvis.lib.ids import parse_reference
from parvis.lib.languages import Lang, clean

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
_FRENCH_SIGNS = "bac combien comment maison permis rue taxe ville voisin"
_ENGLISH_SIGNS = "bin city house many much neighbor neighbour permit street tax town"

STOPWORDS: dict[Lang, frozenset[str]] = {
    "fr": frozenset(_SMALL_FRENCH.split()),
    "en": frozenset(_SMALL_ENGLISH.split()),
}
_SMALL = STOPWORDS["fr"] | STOPWORDS["en"]
_SIGNS: dict[Lang, frozenset[str]] = {
    "fr": STOPWORDS["fr"] - STOPWORDS["en"] - {"car", "plus"} | frozenset(_FRENCH_SIGNS.split()),
    "en": STOPWORDS["en"] - STOPWORDS["fr"] - {"dont"} | frozenset(_ENGLISH_SIGNS.split()),
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
    """Something recognised in a message: its kind (area, length, synonym, reference), what was said, what it means."""

    kind: str
    said: str
    meaning: str

    def __str__(self) -> str:
        """Reads "shed = cabanon"."""
        return f"{self.said} = {self.meaning}"


def english_share(text: str) -> float:
    """How English a text looks, from 0 (French) to 1; 0.5 when nothing tells."""
    result = words.split(text)
    english = sum(word in _SIGNS["en"] for word in result)
    french = sum(word in _SIGNS["fr"] for word in result)
    french += any(letter in "àâçéèêëîïôùûœ" for letter in text.lower())
    return (english + 0.5) / (english + french + 1)


def guess_language(text: str) -> Lang:
    """The language a text is written in; French when nothing tells."""
    return "en" if english_share(text) > 0.5 else "fr"


def telling_words(said: Iterable[str]) -> list[str]:
    """Those of these folded words that are small in neither language, in order, repeats included."""
    return [word for word in said if word not in _SMALL]


def understood(text: str, synonyms: Synonyms | None = None, lang: str | None = None) -> list[Understood]:
    """What can be shown as understood in a text, in the order it was said, each thing once.

    Dimensions become an area ("10x12" reads as feet unless metres are said), feet become metres, a word of the town's
    synonyms shows the word that its answers use, a well-formed reference is recognised.
    """
    code = clean(lang) if lang else guess_language(text)
    folded = words.fold(text)
    result: list[tuple[int, Understood]] = []
    rest = folded
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
    return list(dict.fromkeys(item for _at, item in sorted(result, key=lambda pair: pair[0])))


def _area(match: re.Match[str], lang: Lang) -> Understood:
    groups, unit, other, unit_after = match.groups()
    in_metres = bool(re.fullmatch(_METRES, unit_after or unit or ""))
    sides = _decimal(groups), _decimal(other)
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
