import pytest

from parvis.apps.matching.rules.split_questions import split_questions


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("quel bac demain", ["quel bac demain"]),
        ("Quel bac sort demain? La rue est-elle fermée?", ["Quel bac sort demain?", "La rue est-elle fermée?"]),
        (
            "mon bac est brisé pis aussi je veux payer mes taxes",
            ["mon bac est brisé", "je veux payer mes taxes"],
        ),
        ("the light is out and also my bin was not emptied", ["the light is out", "my bin was not emptied"]),
        ("Bonjour. Merci. Quand passe la charrue?", ["Bonjour Merci", "Quand passe la charrue?"]),
        ("", []),
    ],
)
def test_a_message_is_cut_where_another_question_begins(text: str, pieces: list[str]) -> None:
    assert split_questions(text) == pieces


def test_no_message_has_more_than_four_pieces() -> None:
    assert len(split_questions("Quand passe le bac brun? " * 40)) == 4


def test_a_long_story_with_one_question_is_left_whole() -> None:
    story = "Bonjour. Je reste au bord de l'eau et le terrain de mon voisin est plus haut. Il a plu. " * 3
    assert len(split_questions(f"{story} À qui parler?")) == 1
    assert len(split_questions(f"{story} À qui parler? Par ailleurs, quand passe le bac brun?")) > 1
