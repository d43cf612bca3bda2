"""What is learned from the ways of asking alone: their spelling, their turns of phrase, their meaning.

They change seldom; an index made when only answers changed takes all of this from the one before.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from parvis.apps.knowledge.encoder import Encoder, Vectors
from parvis.apps.knowledge.normalise import normalise_colloquial
from parvis.apps.knowledge.scoring import Layout, MeaningScores, SpellingScores, TurnScores
from parvis.apps.knowledge.text import telling_words
from parvis.lib import words

MOST_WORDS = 150
REMEMBERED = 1024  # vectors of messages: an agent types on, a message is asked and then answered


def encoded(texts: Sequence[str]) -> list[str]:
    """The texts as an encoder reads them."""
    return [normalise_colloquial(text, MOST_WORDS) for text in texts]


def plain(text: str) -> list[str]:
    """The stems of a text once it is brought nearer to what is written; English ones are cut as if they were French."""
    return words.stems(normalise_colloquial(text, MOST_WORDS), "fr")


class ExampleFeatures:
    """The ways of asking of each target, one list a target and one way at least, and the views over them."""

    def __init__(
        self,
        texts: Sequence[Sequence[str]],
        encoder: Encoder | None,
        vectors: Callable[[Sequence[str]], Vectors] | None,
        before: "ExampleFeatures | None",
    ) -> None:
        self.texts = [tuple(own) for own in texts]
        self.encoder = encoder
        every = [text for own in self.texts for text in own]
        said = [words.split(text) for text in every]
        self.layout = Layout([len(own) for own in self.texts])
        self.spelling = SpellingScores([telling_words(own) for own in said])
        self.turns = TurnScores(said, self.layout)
        self.meaning: MeaningScores | None = None
        if encoder is not None and every:
            lent = before.meaning if before is not None and before.encoder is encoder else None
            encode = vectors or encoder.encode
            self.meaning = MeaningScores(every, self.layout, lambda new: encode(encoded(new)), lent)
        self.give(encoder)

    def give(self, encoder: Encoder | None) -> None:
        """The encoder that reads the messages; the one whose vectors these are."""
        self.encoder = encoder
        if encoder is not None:
            self.vector_of = lru_cache(maxsize=REMEMBERED)(lambda text: encoder.encode([text])[0])

    def __getstate__(self) -> dict[str, Any]:
        """All but the encoder, which each process has of its own."""
        return {name: value for name, value in vars(self).items() if name not in ("encoder", "vector_of")}

    @classmethod
    def of(
        cls,
        texts: Sequence[Sequence[str]],
        encoder: Encoder | None,
        vectors: Callable[[Sequence[str]], Vectors] | None,
        before: "ExampleFeatures | None",
    ) -> "ExampleFeatures":
        """Those of the index before when they are the same, otherwise new ones."""
        if before is not None and before.encoder is encoder and before.texts == [tuple(own) for own in texts]:
            return before
        return cls(texts, encoder, vectors, before)

    def vector(self, text: str) -> Vectors:
        """The vector of a message; only when there is a meaning."""
        ndarray: Vectors = self.vector_of(normalise_colloquial(text, MOST_WORDS))
        return ndarray
