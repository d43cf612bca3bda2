"""Features learned from the example questions alone: spelling, turns of phrase, meaning.

Examples seldom change, so an index rebuilt only because answers changed reuses the previous features.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from parvis.apps.content.rules.normalise import normalise_colloquial
from parvis.apps.matching.rules.encoder import Encoder, Vectors
from parvis.apps.matching.rules.scoring import Layout, MeaningScores, SpellingScores, TurnScores
from parvis.apps.matching.rules.text import telling_words
from parvis.lib import words

MOST_WORDS = 150
REMEMBERED = 1024  # cached message vectors: the same message is searched while typed, then answered


def encoded(texts: Sequence[str]) -> list[str]:
    """The texts normalised for the encoder."""
    return [normalise_colloquial(text, MOST_WORDS) for text in texts]


def plain(text: str) -> list[str]:
    """The stems of a text in its normalised spelling; English words are stemmed as French."""
    return words.stems(normalise_colloquial(text, MOST_WORDS), "fr")


class ExampleFeatures:
    """The example questions of each target (at least one per target) and the views over them."""

    def __init__(
        self,
        texts: Sequence[Sequence[str]],
        encoder: Encoder | None,
        vectors: Callable[[Sequence[str]], Vectors] | None,
        before: "ExampleFeatures | None",
    ) -> None:
        self.texts = [tuple(texts_of_target) for texts_of_target in texts]
        self.encoder = encoder
        all_texts = [text for texts_of_target in self.texts for text in texts_of_target]
        split_texts = [words.split(text) for text in all_texts]
        self.layout = Layout([len(texts_of_target) for texts_of_target in self.texts])
        self.spelling = SpellingScores([telling_words(text_words) for text_words in split_texts])
        self.turns = TurnScores(split_texts, self.layout)
        self.meaning: MeaningScores | None = None
        if encoder is not None and all_texts:
            reusable = before.meaning if before is not None and before.encoder is encoder else None
            encode = vectors or encoder.encode
            self.meaning = MeaningScores(all_texts, self.layout, lambda new: encode(encoded(new)), reusable)
        self.set_encoder(encoder)

    def set_encoder(self, encoder: Encoder | None) -> None:
        """Set the encoder that reads messages; it must be the one that made these vectors."""
        self.encoder = encoder
        if encoder is not None:
            self.vector_of = lru_cache(maxsize=REMEMBERED)(lambda text: encoder.encode([text])[0])

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the encoder, which each process loads for itself."""
        return {name: value for name, value in vars(self).items() if name not in ("encoder", "vector_of")}

    @classmethod
    def of(
        cls,
        texts: Sequence[Sequence[str]],
        encoder: Encoder | None,
        vectors: Callable[[Sequence[str]], Vectors] | None,
        before: "ExampleFeatures | None",
    ) -> "ExampleFeatures":
        """The previous features when the texts and the encoder are the same, otherwise new ones."""
        if before is not None and before.encoder is encoder and before.texts == [tuple(own) for own in texts]:
            return before
        return cls(texts, encoder, vectors, before)

    def vector(self, text: str) -> Vectors:
        """The vector of a message; only with an encoder."""
        vector: Vectors = self.vector_of(normalise_colloquial(text, MOST_WORDS))
        return vector
