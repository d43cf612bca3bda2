import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from parvis.lib.words import find_phrase, fold, split, stem


@pytest.mark.parametrize(
    ("text", "expected"),
    [("L’Œuvre ÉLEVÉE", "l'oeuvre elevee"), ("ÇA COÛTE", "ca coute"), ("ﬁn", "fin"), ("", "")],
)
def test_folding_drops_case_accents_and_ligatures(text: str, expected: str) -> None:
    assert fold(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l'abri d’auto", ["l", "abri", "d", "auto"]),
        ("c't'un nid-de-poule!", ["c", "t", "un", "nid", "de", "poule"]),
        ("Aujourd’hui, 10x12", ["aujourdhui", "10x12"]),
        ("…", []),
    ],
)
def test_words_are_split_at_apostrophes_and_hyphens(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_endings_do_not_matter() -> None:
    assert stem("clotures", "fr") == stem("cloture", "fr")
    assert stem("fences", "en") == stem("fence", "en")
    assert stem("2026", "fr") == "2026"


@pytest.mark.parametrize(
    ("text", "phrases", "item"),
    [
        ("C'est DANGEREUX ici", ["dangereux"], "dangereux"),
        ("des fils electriques par terre", ["fil électrique"], "fil électrique"),
        ("the wires are down", ["wire"], "wire"),
        ("un trou dans la rue", ["fil", "trou"], "trou"),
        ("je cherche où trouver le trousseau", ["trou"], ""),
        ("le bord de l’eau", ["bord de l'eau"], "bord de l'eau"),
        ("le bord bleu de l'eau", ["bord de l'eau"], ""),
        ("rien", ["", "…"], ""),
        ("", ["rien"], ""),
    ],
)
def test_phrases_are_found_as_whole_words(text: str, phrases: list[str], item: str) -> None:
    assert find_phrase(text, phrases) == item


def test_many_threads_find_the_same_stems() -> None:
    words = [
        f"{start}{end}"
        for start in ("clotur", "deneig", "questionn", "amenag")
        for end in ("ements", "eraient", "es", "ee")
    ]
    alone = [stem.__wrapped__(word, "fr") for word in words]
    pace = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            together = list(threads.map(lambda _n: [stem.__wrapped__(word, "fr") for word in words], range(200)))
    finally:
        sys.setswitchinterval(pace)
    assert all(item == alone for item in together)
