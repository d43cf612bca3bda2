import pytest

from parvis.apps.matching.rules.text import Understood, english_share, guess_language, telling_words, understood
from parvis.lib.i18n.languages import Lang
from parvis.lib.words import split

SYNONYMS: dict[Lang, dict[str, str]] = {
    "fr": {"shed": "cabanon", "gratte": "charrue", "éco-centre": "écocentre"},
    "en": {"hot tub": "spa"},
}


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("c'est quand les vidanges", "fr"),
        ("when is garbage day", "en"),
        ("jveux un shed 10x12", "fr"),
        ("do you reimburse cloth diapers", "en"),
        ("clôture", "fr"),
        ("", "fr"),
        ("Is there a permit for a gazebo?", "en"),
        ("y a tu un permis pour un gazebo", "fr"),
        ("c correct un deck", "fr"),
    ],
)
def test_the_language_is_guessed_from_small_words(text: str, lang: str) -> None:
    assert guess_language(text) == lang


def test_nothing_to_go_by_is_half_and_half() -> None:
    assert english_share("gazebo") == 0.5


def test_only_words_that_tell_something_are_kept() -> None:
    assert telling_words(split("C't'un gros trou dans l'abri d'auto")) == ["gros", "trou", "abri", "auto"]
    assert telling_words(split("I want the shed's permit")) == ["shed", "permit"]


@pytest.mark.parametrize(
    ("text", "lang", "said", "meaning"),
    [
        ("shed 10x12 jumelé", "fr", "10x12", "10 × 12 pi = 11,15 m²"),
        ("un garage 20 par 24", "fr", "20 par 24", "20 × 24 pi = 44,59 m²"),
        ("a 10 x 12 shed", "en", "10 x 12", "10 × 12 ft = 11.15 m²"),
        ("10' x 12' permis", "fr", "10' x 12'", "10 × 12 pi = 11,15 m²"),
        ("terrasse de 3 m x 4,5 m", "fr", "3 m x 4,5 m", "3 × 4,5 m = 13,5 m²"),
        ("piscine 14 × 28 pieds", "fr", "14 × 28 pieds", "14 × 28 pi = 36,42 m²"),
        ("une clôture de 6 pieds", "fr", "6 pieds", "1,83 m"),
        ("a 6 foot fence", "en", "6 foot", "1.83 m"),
        ("mon dossier 26-0417-k svp", "fr", "26-0417-K", "26-0417-K"),
    ],
)
def test_measures_and_references_are_understood(text: str, lang: str, said: str, meaning: str) -> None:
    [result] = understood(text, lang=lang)
    assert (result.said, result.meaning.replace("\u00a0", " ")) == (said, meaning)


@pytest.mark.parametrize("text", ["", "au 1234 rue des Pins", "26-0417-A", "450 658-1066", "le 2026-02-09", "4x4x4x"])
def test_other_numbers_are_left_alone(text: str) -> None:
    assert understood(text, SYNONYMS) == []


def test_the_words_of_the_town_are_told_in_the_order_they_were_said() -> None:
    recognised = understood("La gratte a brisé mes sheds de 10x12, l'ECO-CENTRE les prend?", SYNONYMS)
    assert [str(item).replace("\u00a0", " ") for item in recognised] == [
        "gratte = charrue",
        "sheds = cabanon",
        "10x12 = 10 × 12 pi = 11,15 m²",
        "eco-centre = écocentre",
    ]
    assert understood("a hot tub, my hot tub", SYNONYMS) == [Understood("synonym", "hot tub", "spa")]


def test_a_synonym_belongs_to_its_language() -> None:
    assert understood("my shed", SYNONYMS, "en") == []
