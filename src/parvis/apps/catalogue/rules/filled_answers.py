"""What someone's own words already answer among the questions of a subject."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from parvis.lib.i18n.languages import LANGUAGES, Lang
from parvis.lib.words import split, stem

# Words that tell no choice from another, folded: articles, pronouns, comparisons, the verb "to be".
_EMPTY = frozenset(
    {
        *("a", "au", "aux", "ce", "cet", "cette", "chez", "comme", "d", "de", "des", "du", "elle", "en", "est", "et"),
        *("il", "ils", "j", "je", "l", "la", "le", "les", "ma", "mes", "moi", "moins", "mon", "n", "ne", "ou", "pas"),
        *("plus", "qu", "que", "sa", "se", "ses", "seulement", "son", "sur", "toute", "tout", "un", "une", "y"),
        *("an", "and", "any", "at", "be", "bigger", "i", "in", "is", "it", "like", "my", "no", "not", "of", "only"),
        *("or", "place", "smaller", "than", "that", "the", "this", "to", "was"),
    }
)


@dataclass(frozen=True)
class Choice:
    """One answer that a question accepts, and the phrases that mean it: its labels, its value, its other names."""

    value: str
    phrases: tuple[str, ...]


def answers_in(words: str, questions: Mapping[str, Sequence[Choice]]) -> dict[str, str]:
    """Question key to the value that `words` plainly give, for the questions that they answer.

    A choice is given when all the telling words of one of its phrases are in `words`, whatever their case, accents,
    order, gender or number. Of two choices of the same question, the one with more words said counts; with as many, it
    is doubtful and nothing is filled in. A denied choice ("pas brisé") does not count as given.
    """
    affirmed = list(_affirmed(split(words)))
    said = {lang: frozenset(stem(word, lang) for word in affirmed) for lang in LANGUAGES}
    found = {key: _only(said, choices) for key, choices in questions.items()}
    return {key: value for key, value in found.items() if value}


def _affirmed(words: Sequence[str]) -> Iterable[str]:
    """The words that are not just after a negation."""
    for before, word in zip(("", *words), words, strict=False):
        if before not in ("pas", "not", "ni", "nor", "sans", "without"):
            yield word


def _only(said: Mapping[Lang, frozenset[str]], choices: Sequence[Choice]) -> str:
    """The one value given; empty when none is, or several are."""
    given: dict[str, frozenset[str]] = {}
    for choice in choices:
        meant = [
            frozenset(telling)
            for phrase in choice.phrases
            if (telling := _telling(phrase))
            and any({stem(word, lang) for word in telling} <= said[lang] for lang in said)
        ]
        if meant:
            given[choice.value] = max(meant, key=len)
    most = max(map(len, given.values()), default=0)
    fullest = [value for value, own in given.items() if len(own) == most]
    return fullest[0] if len(fullest) == 1 else ""


def _telling(phrase: str) -> set[str]:
    return {word for word in split(phrase.replace("_", " ")) if word not in _EMPTY}
