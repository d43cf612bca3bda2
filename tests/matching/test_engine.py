from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.apps.matching.rules.engine import Hit, Index, Kind, Result, Target
from parvis.apps.matching.rules.grams import sayings
from parvis.apps.matching.rules.scoring import OddsScores, Words
from parvis.apps.matching.rules.text import Understood
from parvis.lib.i18n.languages import Lang

SYNONYMS: dict[Lang, dict[str, str]] = {
    "fr": {"remise": "cabanon", "éco-centre": "déchetterie"},
    "en": {"trash": "garbage"},
}
DANGERS: dict[Lang, Sequence[str]] = {"fr": ["odeur de gaz", "noyade"], "en": ["gas leak", "on fire"]}


def target(key: str, kind: Kind, fr: Sequence[str], en: Sequence[str] = ()) -> Target:
    return Target(key, kind, tuple([("fr", text, 1.0) for text in fr] + [("en", text, 1.0) for text in en]))


TARGETS = (
    target(
        "ordures",
        "answer",
        [
            "Collecte des ordures",
            "c'est quand le ramassage des ordures",
            "quel bac je sors demain",
            "la poubelle passe quel jour",
        ],
        ["Garbage collection", "when is garbage day", "which bin goes out"],
    ),
    target(
        "cabanon",
        "both",
        ["Cabanon", "permis pour un cabanon", "grandeur maximale d'un cabanon", "bâtir un shed dans la cour"],
        ["Shed", "do I need a permit for a shed", "how big can a shed be"],
    ),
    target(
        "piscine",
        "answer",
        ["Piscine", "permis pour une piscine hors terre", "clôture autour de la piscine", "vider ma piscine creusée"],
        ["Swimming pool", "fence around a pool"],
    ),
    target("cloture", "answer", ["Clôture", "hauteur d'une clôture", "clôture entre deux voisins"], ["Fence height"]),
    target(
        "trou",
        "route",
        ["Nid-de-poule", "il y a un gros trou dans la rue", "ma roue a cassé dans un nid-de-poule"],
        ["Pothole", "there is a big hole in the street"],
    ),
    target("pension", "none", ["ma pension du gouvernement", "chèque de vieillesse"], ["old age pension cheque"]),
)
INDEX = Index(TARGETS, SYNONYMS, DANGERS)


def best(text: str, lang: str | None = None) -> str:
    hits = INDEX.search(text, lang).hits
    return hits[0].key if hits else ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quand passe la collecte des ordures", "ordures"),
        ("C'EST QUAND LES ORDURES???", "ordures"),
        ("poubelles", "ordures"),
        ("permis cabanon", "cabanon"),
        ("cabanons", "cabanon"),
        ("cabannon", "cabanon"),
        ("cabnaon 10x12", "cabanon"),
        ("jveux batir une remise", "cabanon"),
        ("shed", "cabanon"),
        ("how big may my shed be", "cabanon"),
        ("trash day", "ordures"),
        ("hauteur dune cloture", "cloture"),
        ("lacloture", "cloture"),
        ("y'a un nid de poule sur ma rue", "trou"),
        ("pothole on my street", "trou"),
        ("cloture piscine", "piscine"),
        ("mon chèque de pension", "pension"),
    ],
)
def test_words_find_their_target_through_accents_endings_slips_and_synonyms(text: str, expected: str) -> None:
    assert best(text) == expected


@pytest.mark.parametrize("typed", ["cab", "caba", "permis pour un cab", "permis cabano", "pis"])
def test_an_unfinished_word_matches_by_its_beginning(typed: str) -> None:
    keys = [hit.key for hit in INDEX.search(typed).hits]
    assert ("piscine" if typed == "pis" else "cabanon") in keys[:1]


def test_a_finished_unknown_word_is_not_taken_for_a_beginning() -> None:
    assert best("caba ") != "cabanon" or INDEX.search("caba ").hits[0].score < INDEX.search("caba").hits[0].score


@pytest.mark.parametrize("text", ["", "   ", "?!", "xyzzy", "le la les", "42", "日本語", "\x00", "🚒"])
def test_what_says_nothing_finds_nothing(text: str) -> None:
    result = INDEX.search(text)
    assert result.hits == ()
    assert result.danger is False


def test_a_hit_tells_which_words_found_it() -> None:
    hit = INDEX.search("bonjour, le permis pour mon cabanon svp").hits[0]
    assert hit.key == "cabanon"
    assert hit.matched == ("cabanon", "permis")
    repaired = INDEX.search("cabannon neuf").hits[0]
    assert repaired.matched == ("cabannon",)


def test_hits_come_best_first_with_their_confidence() -> None:
    hits = INDEX.search("permis pour une piscine").hits
    assert [hit.key for hit in hits][:2] == ["piscine", "cabanon"]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].confidence > 0.5 > hits[1].confidence
    assert all(0 <= hit.confidence <= 1 for hit in hits)


def test_doubt_shows_in_the_confidence() -> None:
    clear = INDEX.search("ramassage des ordures").hits[0].confidence
    torn = INDEX.search("permis").hits[0].confidence
    vague = INDEX.search("mon cousin vend un permis de pêche à Sept-Îles pour son camion").hits[0].confidence
    assert clear > 0.8
    assert vague < torn < clear


def test_the_limit_is_kept() -> None:
    assert len(INDEX.search("permis cloture piscine cabanon", limit=2).hits) == 2
    assert INDEX.search("permis", limit=0).hits == ()


def test_equal_scores_come_in_the_order_of_their_keys() -> None:
    twins = Index([target(key, "answer", ["lampadaire brûlé"]) for key in ("b", "c", "a")])
    assert [hit.key for hit in twins.search("lampadaire").hits] == ["a", "b", "c"]


def test_the_order_of_targets_changes_nothing() -> None:
    turned = Index(TARGETS[::-1], SYNONYMS, DANGERS)
    for text in ("permis clôture piscine", "hole in the fence", "cab", "nid"):
        assert turned.search(text) == INDEX.search(text)


@pytest.mark.parametrize(
    ("text", "asked", "read"),
    [("which bin goes out", None, "en"), ("quel bac", None, "fr"), ("gazebo", None, "fr"), ("bonjour", "en", "en")],
)
def test_the_language_is_read_or_imposed(text: str, asked: str | None, read: str) -> None:
    assert INDEX.search(text, asked).lang == read


def test_both_languages_are_searched_whatever_the_language() -> None:
    assert best("pothole", "fr") == "trou"
    assert best("nid-de-poule", "en") == "trou"


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("Ça sent une ODEUR de gaz dans le sous-sol", True),
        ("des odeurs de gaz", True),
        ("une odeur vraiment forte de gaz", True),
        ("there's a gas leak!", True),
        ("my house is on fire", True),
        ("works on the fire hydrant", False),
        ("j'ai vu une noyade", True),
        ("une odeur d'égout", False),
        ("gaz", False),
    ],
)
def test_words_of_danger_are_heard_in_either_language(text: str, danger: bool) -> None:
    assert INDEX.search(text).danger is danger
    assert INDEX.search(text).danger is danger


def test_what_was_understood_comes_along() -> None:
    recognised = INDEX.search("une remise 10x12").understood
    assert [(item.kind, item.said) for item in recognised] == [("synonym", "remise"), ("area", "10x12")]
    assert recognised[0] == Understood("synonym", "remise", "cabanon")


def test_a_lighter_text_counts_less() -> None:
    index = Index(
        [
            Target("fort", "answer", (("fr", "tondre le gazon", 1.0),)),
            Target("faible", "answer", (("fr", "tondre le gazon", 0.3),)),
        ]
    )
    assert [hit.key for hit in index.search("gazon").hits] == ["fort", "faible"]


def test_an_empty_index_answers_nothing() -> None:
    assert Index(()).search("bonjour, un cabanon?") == Result((), "fr", False, ())


def test_two_targets_cannot_share_a_key() -> None:
    with pytest.raises(ValueError, match="share a key"):
        Index([target("a", "answer", ["x"]), target("a", "route", ["y"])])


@given(st.text(max_size=300))
def test_no_text_breaks_the_search(text: str) -> None:
    result = INDEX.search(text)
    assert result == INDEX.search(text)
    assert all(isinstance(hit, Hit) and hit.score > 0 for hit in result.hits)


def test_a_letter_of_any_length_is_answered() -> None:
    letter = "Bonjour, je vous écris car le permis de mon cabanon tarde et la clôture du voisin penche. " * 500
    assert INDEX.search(letter).hits


def said(*texts: Sequence[str]) -> Words:
    codes, times = np.unique(sayings(texts)[1], return_counts=True)
    return Words((), np.zeros((0, 3)), frozenset(), (codes, times), len(texts))


def test_the_odds_tell_siblings_apart_by_what_is_never_said_of_one() -> None:
    odds = OddsScores([said(["permis", "cabanon"]), said(["cabanon", "jumel"], ["cabanon", "mitoyen", "jumel"])])
    single, semi = odds.by_target(["cabanon", "jumel"])
    assert semi > single
    assert odds.by_target(["permis"])[0] > odds.by_target(["permis"])[1]
    assert odds.by_target(["autobus"]).tolist() == [0, 0]
    assert OddsScores([]).by_target(["permis"]).tolist() == []


def test_pairs_are_of_neighbours_in_their_order_and_stay_inside_one_text() -> None:
    ranks, codes = sayings([["un", "deux", "trois"], ["deux", "un"]])
    assert ranks.tolist().count(0) == 6 and ranks.tolist().count(1) == 3
    forward, backward = (set(sayings([pair])[1].tolist()) for pair in (["un", "deux"], ["deux", "un"]))
    assert len(forward & backward) == 2 and forward | backward <= set(codes.tolist())
    assert [part.tolist() for part in sayings([[]])] == [[], []]


def test_a_new_title_is_found_by_a_word_that_nobody_has_asked_about() -> None:
    ways = ("c'est quoi le permis svp", "c'est quoi le tarif svp", "c'est quoi le règlement svp", "quand est le camp")
    texts = tuple(("fr", text, 1.0) for text in ways)
    before = Target("vieux", "answer", texts)
    new = Target("neuf", "answer", (("fr", "combien ça coûte", 1.0), ("fr", "Tout sur le zarbou", 3.0)))
    for words in ("c'est quoi le zarbou svp", "zarbou", "quand est le zarbou"):
        assert Index([before, new]).search(words).hits[0].key == "neuf"
    assert not Index([before, replace(new, texts=new.texts[:1])]).search("zarbou").hits
