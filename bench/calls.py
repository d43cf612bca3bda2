"""What callers say, the same at every run: forms filled as an agent fills them, from a fixed seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SEED = 311
WORDS_PER_CALL = 40
_TEXT = (
    "la rue devant chez nous est brisée depuis lundi soir et personne ne vient malgré deux appels au service il y a de "
    "la glace sur le trottoir près de l'école un lampadaire éteint au coin du parc des enfants passent chaque matin "
    "avec leurs parents l'eau coule dans le fossé derrière la maison voisine le bac brun n'a pas été ramassé cette "
    "semaine quelqu'un pourrait se blesser merci de regarder cela bientôt le quartier attend une réponse claire avant "
    "la neige prochaine tempête nid de poule clôture haie permis cabanon piscine chien aboie bruit chantier camion "
    "souffleuse entrée déneigée pelouse arbre mort branche tombée égout refoulement compteur taxe évaluation mutation"
)
_WORDS = _TEXT.split(" ")
QUESTIONS = (
    "shed 10x12 jumelé permis", "bac brun pas ramassé", "nid de poule devant chez moi", "hauteur de clôture",
    "stationnement la nuit l'hiver", "lampadaire éteint", "can i burn leaves", "écocentre heures", "taxe échéance",
    "chien perdu", "abri tempo date", "eau brouillée", "piscine hors terre permis", "couper un arbre", "fossé bouché",
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One case to open: in which contact, and the form as the browser sends it."""

    contact: int
    key: str
    form: dict[str, str]


def words(rng: random.Random) -> str:
    """Forty words of an ordinary complaint."""
    return " ".join(rng.choices(_WORDS, k=WORDS_PER_CALL)).capitalize() + "."


def case_form(rng: random.Random, house: dict[str, Any], key: str) -> dict[str, str]:
    """The fields of "Open a request": a subject and its questions, a place, words, a known person with an e-mail."""
    subject = rng.choice(house["subjects"])
    typed = {
        "key": key,
        "language": "fr",
        "subject": subject["slug"],
        "nature": subject["nature"],
        "audience": "resident",
        "place": "",
        "address": str(rng.choice(house["addresses"])),
        "words": words(rng),
        "who": "known",
        "person": str(rng.choice(house["people"])),
        "name": "",
        "phone": "",
        "email": "",
        "on_behalf_of": "",
        **{f"ask-{name}": value for name, value in subject["asks"].items()},
    }
    return {f"case-{name}": value for name, value in typed.items()}


def calls(house: dict[str, Any], username: str) -> Iterator[Call]:
    """The calls of one agent, one for each of the contacts in hand."""
    for contact in house["contacts"][username]:
        key = f"bench-case-{contact}"
        yield Call(contact, key, case_form(random.Random(SEED * 1_000_003 + contact), house, key))


def searches(count: int) -> Iterator[str]:
    """What an agent's screen asks while the words are being typed: prefixes of questions, a few letters apart."""
    rng = random.Random(SEED)
    for _ in range(count):
        text = rng.choice(QUESTIONS)
        yield text[: rng.randint(3, len(text))]
