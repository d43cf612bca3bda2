"""Questions of one meaning are grouped whatever the order of their words; others are not."""

import pytest

from parvis.apps.insight.rules.grouping import Group, Rarity, alike, home_of, stems_of
from parvis.apps.matching.rules.text import Understood

ASKED = ["permis pour un cabanon", "permis pour une piscine", "permis de garage", "combien coûte le permis", "permis"]
RARITY = Rarity((text, "fr") for text in ASKED)


def group(*texts: str, near: int | None = 1) -> Group:
    built = Group(near, {}, 0)
    for text in texts:
        built.add(stems_of(text, "fr"))
    return built


@pytest.mark.parametrize(
    ("question", "home"),
    [
        ("des poules, c’est permis?", 1),
        ("le poulailler et les poules", 1),
        ("permis de conduire", 2),
        ("mon voisin fait du bruit", None),
        ("permis", None),
    ],
)
def test_a_rare_word_brings_together_and_a_common_one_does_not(question: str, home: int | None) -> None:
    groups = {
        1: group("avoir des poules", "poules dans ma cour"),
        2: group("renouveler mon permis de conduire", near=2),
    }
    assert home_of(9, stems_of(question, "fr"), groups, RARITY) == home


def test_less_is_wanted_of_a_question_on_the_same_subject() -> None:
    groups = {1: group("louer une salle communautaire pour un mariage")}
    stems = stems_of("location de salle", "fr")
    assert home_of(1, stems, groups, Rarity()) == 1
    assert home_of(2, stems, groups, Rarity()) is None


def test_what_has_no_words_stays_with_its_subject() -> None:
    groups = {1: group("", near=1), 2: group("", near=2), 3: group("poules", near=3)}
    assert [home_of(near, frozenset(), groups, RARITY) for near in (1, 2, 3)] == [1, 2, None]


def test_the_likest_wins_then_the_oldest() -> None:
    groups = {7: group("poules rousses"), 4: group("poules"), 5: group("poules")}
    assert home_of(1, stems_of("les poules", "fr"), groups, Rarity()) == 4


def test_a_synonym_counts_as_what_it_means() -> None:
    shed = stems_of("permis pour mon shed", "fr", [Understood("synonym", "shed", "cabanon")])
    assert alike(shed, group("permis de cabanon"), Rarity()) > alike(
        stems_of("permis pour mon shed", "fr"), group("permis de cabanon"), Rarity()
    )


def test_a_group_keeps_its_heaviest_stems_only() -> None:
    large = group("poules", *(f"poules mot{rank}x autre{rank}x" for rank in range(80)))
    assert len(large.stems) == 60
    assert large.stems[next(iter(stems_of("poules", "fr")))] == 81
