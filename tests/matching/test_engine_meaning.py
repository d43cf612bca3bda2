"""The engine with an encoder: meaning counts, an index lends its vectors, any encoder will do."""

from collections.abc import Sequence

import numpy as np
import pytest

from parvis.apps.content.rules.normalise import normalise_colloquial
from parvis.apps.matching.rules.encoder import Vectors, named, steady
from parvis.apps.matching.rules.engine import Index, Target

POOL = Target("piscine", "answer", (("fr", "permis pour une piscine", 1.0), ("fr", "clôture autour de l'eau", 1.0)))
SHED = Target("cabanon", "answer", (("fr", "permis pour un cabanon", 1.0), ("fr", "ranger mes outils dehors", 1.0)))
HOLE = Target("trou", "route", (("fr", "gros trou dans la rue", 1.0), ("en", "pothole on my street", 1.0)))


class Letters:
    """An encoder of letter counts that records the texts it encoded."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def version(self) -> str:
        return "letters-1"

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        rows = np.array([[text.count(letter) + 0.01 for letter in "abcdefghij"] for text in texts]).reshape(-1, 10)
        return steady(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def test_the_meaning_finds_what_no_word_tells() -> None:
    encoder = named("use")
    assert encoder is not None
    question = "où entreposer ma tondeuse et mes pelles"
    assert Index([POOL, SHED, HOLE], encoder=encoder).search(question).hits[0].key == "cabanon"


@pytest.mark.parametrize("text", ["permis", "un trou devant chez nous", "pothole", "ranger la tondeuse", "xyz"])
def test_an_index_made_from_another_equals_one_made_afresh(text: str) -> None:
    encoder = Letters()
    first = Index([POOL, SHED], encoder=encoder)
    more = Target("cabanon", "answer", (*SHED.texts[:1], ("fr", "bâtir une remise", 1.0)))
    encoder.asked.clear()
    grown = Index([POOL, more, HOLE], encoder=encoder, before=first)
    assert encoder.asked == ["bâtir une remise", "gros trou dans la rue", "pothole on my street"]
    fresh = Index([POOL, more, HOLE], encoder=encoder)
    assert grown.search(text) == fresh.search(text)


def test_the_order_of_targets_changes_nothing_with_an_encoder() -> None:
    encoder = named("use")
    index, other = Index([POOL, SHED, HOLE], encoder=encoder), Index([HOLE, SHED, POOL], encoder=encoder)
    for text in ("permis clôture", "gros trou près de la piscine", "ranger", "how deep is the pothole"):
        assert index.search(text) == other.search(text)


def test_one_text_gives_one_vector_whatever_comes_with_it() -> None:
    encoder = named("use")
    assert encoder is not None
    together = encoder.encode(["un bac brun", "la patinoire du parc est-elle ouverte en fin de semaine"])
    assert np.array_equal(encoder.encode(["un bac brun"])[0], together[0])
    assert together.dtype == np.float32 and together.shape == (2, 512)
    assert encoder.encode([]).shape[0] == 0


def test_an_encoder_may_be_named_by_its_path_or_left_out() -> None:
    assert named("none") is None
    mine = named("tests.matching.test_engine_meaning.Letters")
    assert mine is not None and mine.version() == "letters-1"


def test_the_ways_of_asking_that_came_closest_are_told() -> None:
    index = Index([POOL, SHED, HOLE], encoder=named("use"))
    assert index.nearest("j'ai besoin d'un permis pour ma piscine", "piscine")[0] == "permis pour une piscine"
    assert Index([POOL, SHED]).nearest("permis piscine", "piscine")[0] == "permis pour une piscine"


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("jpeux tu parker mon char icitte", "je peux tu stationner mon auto ici"),
        ("Y'A-TU DE LA PLACE", "est-ce qu'il y a de la place"),
        ("su'a rue à soir", "sur la rue ce soir"),
        ("cmb ça coûte svp", "combien ça coûte s'il vous plaît"),
        ("the bin is full", "the bin is full"),
    ],
)
def test_french_as_it_is_typed_is_heard_as_it_is_written(written: str, plain: str) -> None:
    assert normalise_colloquial(written, 150).lower() == plain


def test_a_long_message_is_heard_up_to_its_limit() -> None:
    assert normalise_colloquial("un deux trois quatre", 2) == "un deux"
