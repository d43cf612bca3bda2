"""What someone's own words already answer is read, and nothing else."""

import pytest

from parvis.apps.catalogue.rules.filled_answers import Choice, answers_in

QUESTIONS = {
    "bac": [
        Choice("ordures", ("Ordures", "Garbage", "ordures", "bac noir", "poubelle noire", "black bin")),
        Choice("recyclage", ("Recyclage", "Recycling", "recyclage", "bac bleu", "blue bin")),
        Choice(
            "organique", ("Organique (Organibac)", "Organics", "organique", "bac brun", "poubelle brune", "brown bin")
        ),
    ],
    "etat": [
        Choice("brise", ("Il est brisé", "It is broken", "brise")),
        Choice("jamais_recu", ("Je n'en ai jamais reçu", "I never received one", "jamais_recu")),
    ],
    "taille": [
        Choice("petit", ("Plus petit qu'une assiette", "Smaller than a plate", "petit")),
        Choice("moyen", ("Comme une roue d'auto", "Like a car wheel", "moyen")),
        Choice("grand", ("Plus grand qu'une roue", "Bigger than a wheel", "grand")),
    ],
}


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ("Ma poubelle brune n’a pas été ramassée chemin Bellevue", {"bac": "organique"}),
        ("MES BACS BRUNS", {"bac": "organique"}),
        ("my brown bin was not emptied", {"bac": "organique"}),
        ("Le recyclage, et le bac est brisé", {"bac": "recyclage", "etat": "brise"}),
        ("My recycling bin is broken", {"bac": "recyclage", "etat": "brise"}),
        ("je n'ai jamais reçu de bac bleu", {"bac": "recyclage", "etat": "jamais_recu"}),
        ("un trou comme une roue d'auto", {"taille": "moyen"}),
        ("Un trou grand", {"taille": "grand"}),
    ],
)
def test_what_is_plainly_said_is_read(words: str, given: dict[str, str]) -> None:
    assert answers_in(words, QUESTIONS) == given


@pytest.mark.parametrize(
    "words",
    [
        "Ni le bac bleu ni le bac brun",
        "le bac bleu et la poubelle brune",
        "un grand trou comme une roue d'auto",
        "le bac n'est pas brisé",
        "La poubelle de mon voisin",
        "un brunch dans ma rue",
        "",
    ],
)
def test_what_is_doubtful_denied_or_not_said_is_left_to_be_asked(words: str) -> None:
    assert answers_in(words, QUESTIONS) == {}
