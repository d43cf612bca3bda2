"""The glossary beside English words: the text stays whole, the longest phrases win, endings are ignored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.apps.matching.queries.town_glossary import WORDS, gloss, is_english
from parvis.apps.matching.rules.glossary import Glossary, pairs_of
from tests.factories import SmallTown, make_question

OURS = Glossary(pairs_of(WORDS.read_text(encoding="utf-8").splitlines()))


def read(text: str) -> dict[str, str]:
    return {piece.said: piece.gloss for piece in OURS.read(text) if piece.gloss}


def test_the_words_of_a_town_are_many() -> None:
    assert len(OURS) > 900


@pytest.mark.parametrize(
    ("text", "said", "french"),
    [
        ("There are POTHOLES everywhere", "POTHOLES", "nid-de-poule"),
        ("two street lights are out", "street lights", "lampadaire"),
        ("the light", "light", "lumière"),
        ("a water main break", "water main break", "bris d'aqueduc"),
        ("the dog was barking", "barking", "jappements"),
        ("my neighbour\u2019s fence", "neighbour\u2019s", "voisin"),
        ("they cancelled it", "cancelled", "annulé"),
        ("garbage-bins", "garbage-bins", "bac à ordures"),
        ("I don\u2019t know", "don\u2019t", "ne pas"),
    ],
)
def test_phrases_are_found_whatever_their_endings(text: str, said: str, french: str) -> None:
    assert read(text)[said] == french


def test_a_phrase_does_not_run_over_a_full_stop() -> None:
    assert "street. light" not in read("On the street. Light it.")


@given(st.text(max_size=200))
def test_what_was_written_comes_back_whole(text: str) -> None:
    assert "".join(piece.said for piece in OURS.read(text)) == text


@pytest.mark.django_db
def test_the_town_brings_its_own_words(town: SmallTown) -> None:
    make_question(town.shed, "sort", label_en="The Thaw Barrier", label_fr="La barrière de dégel")
    assert any(piece.gloss == "La barrière de dégel" for piece in gloss("where is the thaw barrier?"))


def test_english_is_told_from_french() -> None:
    assert is_english("My street light is out, please fix it") and not is_english("Mon lampadaire est éteint")
    assert not is_english("")
