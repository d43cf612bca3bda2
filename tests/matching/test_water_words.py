"""Which messages ask whether the water must be boiled or may be drunk, and which only mention water."""

import pytest

from parvis.apps.matching.rules.water_words import asks_about_water


@pytest.mark.parametrize(
    "words",
    [
        "avis d'ébullition", "Avis d’ébullition, c'est fini?", "avis ebulition", "boil water advisory", "boil water",
        "are we under a boil order", "y'a tu encore faut que je fasse bouillir mon eau",
        "how many minutes I must boil the water",
        "est-ce que je peux boire l'eau du robinet", "faut-il faire bouillir l'eau", "l'eau est-elle potable",
        "l'eau est-tu bonne à boire", "eau potable?", "mon eau est jaune, je peux-tu la boire",
        "je donne quoi au bébé pour ses biberons si l'eau est pas bonne", "is the water safe to drink",
        "can I drink tap water", "can I give tap water to my baby", "is drinking water safe",
    ],
)  # fmt: skip
def test_whoever_asks_if_the_water_may_be_drunk_is_understood(words: str) -> None:
    assert asks_about_water(words)


@pytest.mark.parametrize(
    "words",
    [
        "mon chauffe-eau bouille", "boiling water burn", "de l'eau bouillante sur un tuyau gelé", "point d'ébullition",
        "y'a de l'eau qui bouillonne dans mon gazon", "combien de temps je fais bouillir pis égoutter des spaghettis",
        "boire une bière au bord de l'eau", "peut-on boire l'eau de mon puits", "can I drink my well water",
        "can I swim in the lake, is the water safe", "drinking water connection fee", "raccordement à l'eau potable",
        "compteur d'eau potable", "fontaine à boire brisée au parc", "drinking fountain broken", "mon eau est brune",
        "comment être averti d'un avis d'ébullition", "le niveau d'eau est dangereux", "",
    ],
)  # fmt: skip
def test_what_only_speaks_of_water_is_left_to_its_own_answer(words: str) -> None:
    assert not asks_about_water(words)
