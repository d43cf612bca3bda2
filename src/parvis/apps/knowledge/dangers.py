"""Words that mean immediate danger, heard in a message in either language. Recall comes first."""

from collections.abc import Mapping, Sequence

from parvis.lib import words
from parvis.lib.languages import LANGUAGES, Lang


class Dangers:
    """The town's phrases of danger, by language.

    Words match whatever their endings; in a phrase of three words or more, two other words may slip in.
    """

    def __init__(self, phrases: Mapping[Lang, Sequence[str]]) -> None:
        self._phrases = [(lang, words.stems(phrase, lang)) for lang in LANGUAGES for phrase in phrases.get(lang, ())]

    def told(self, text: str) -> bool:
        """Whether one of the phrases is said."""
        said = {lang: words.stems(text, lang) for lang in LANGUAGES}
        return any(_told(said[lang], phrase) for lang, phrase in self._phrases)


def _told(said: Sequence[str], phrase: Sequence[str]) -> bool:
    slack = 2 if len(phrase) > 2 else 0
    starts = [at for at, word in enumerate(said) if phrase and word == phrase[0]]
    return any(_in_order(said[at : at + len(phrase) + slack], phrase) for at in starts)


def _in_order(window: Sequence[str], phrase: Sequence[str]) -> bool:
    rest = iter(window)
    return all(word in rest for word in phrase)
