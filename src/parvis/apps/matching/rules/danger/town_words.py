"""Matches the town's phrases of immediate danger in a message, in either language. Favours recall."""

from collections.abc import Mapping, Sequence
from os.path import commonprefix

from parvis.lib import words
from parvis.lib.i18n.languages import LANGUAGES, Lang


class Dangers:
    """The town's danger phrases. Endings are ignored; phrases of 3 words or more tolerate two extra ones."""

    def __init__(self, phrases: Mapping[Lang, Sequence[str]]) -> None:
        told = [(lang, phrase) for lang in LANGUAGES for phrase in phrases.get(lang, ())]
        self._phrases = [(lang, words.stems(phrase, lang)) for lang, phrase in told]
        self._words = [(words.split(phrase), words.stems(phrase, lang)) for lang, phrase in told]

    @property
    def beginnings(self) -> list[list[str]]:
        """What each word of each phrase begins by, whatever its ending: for a device, which has no stemmer."""
        return [[commonprefix(pair) for pair in zip(own, stems, strict=True)] for own, stems in self._words]

    def matches(self, text: str) -> bool:
        """Whether the text contains one of the phrases."""
        stems = {lang: words.stems(text, lang) for lang in LANGUAGES}
        return any(_contains(stems[lang], phrase) for lang, phrase in self._phrases)


def _contains(stems: Sequence[str], phrase: Sequence[str]) -> bool:
    slack = 2 if len(phrase) > 2 else 0
    starts = [start for start, word in enumerate(stems) if phrase and word == phrase[0]]
    return any(_in_order(stems[start : start + len(phrase) + slack], phrase) for start in starts)


def _in_order(window: Sequence[str], phrase: Sequence[str]) -> bool:
    rest = iter(window)
    return all(word in rest for word in phrase)
