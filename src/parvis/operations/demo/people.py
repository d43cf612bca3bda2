"""The people of a made-up town: households that share a number, an address and a name. Pure.

Nobody real can be met: numbers are of the exchange 555, which rings nowhere, and addresses of the domain ".example"
(RFC 2606). The numbers 555-0100 to 555-0199, which are kept for fiction, are given first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from parvis.lib.words import split
from parvis.operations.demo.texts import drawn

AUDIENCES = (("resident", 64.0), ("owner", 25.0), ("merchant", 8.0), ("promoter", 3.0))
CHANNELS = (("phone", 62.0), ("counter", 13.0), ("email", 13.0), ("web", 12.0))
AREAS = (450, 514, 579, 438, 418, 819, 581, 873, 367)
_FIRST = (
    "Marie Louise Julie Sophie Nathalie Isabelle Chantal Sylvie Johanne Manon Mélanie Geneviève Caroline Annie Karine "
    "Jeanne Florence Rosalie Camille Léa Océane Juliette Alice Simone Huguette Pierrette Lucie Diane Francine Ginette "
    "Jean Pierre Michel André Claude Daniel Alain Martin Stéphane Éric Patrick Sébastien Mathieu Alexandre Maxime "
    "Olivier Étienne Félix Gabriel Samuel Thomas William Nathan Raymond Normand Réjean Gilles Yvon Denis Luc Benoît "
    "Fatima Amina Nadia Samira Karim Youssef Mohamed Ahmed Mai Linh Minh Wei Carlos Diego Lucía Ana Priya Arjun Olga "
    "Ivan Jennifer Kevin Brenda Gordon Kathleen Robert Susan David Jean-François Marie-Ève Anne-Marie Pierre-Luc "
    "Marie-Claude Jean-Guy Louis-Philippe"
)
_LAST = (
    "Tremblay Gagnon Roy Côté Bouchard Gauthier Morin Lavoie Fortin Gagné Ouellet Pelletier Bélanger Lévesque Bergeron "
    "Leblanc Paquette Girard Simard Boucher Caron Beaulieu Cloutier Dubé Poirier Fournier Lapointe Leclerc Lefebvre "
    "Poulin Thibault Nadeau Martel Demers Hébert Bédard Lessard Grenier Turcotte Richard Michaud Plante Parent Blais "
    "Cormier Savard Gendron Champagne Charbonneau Desjardins Dufour Lachance Langlois Larouche Létourneau Mercier "
    "Perron Proulx Rousseau Séguin Tessier Vachon Vaillancourt Verreault Arsenault Landry Boudreau Bernier Bolduc "
    "Gosselin Veilleux Rodrigue Nguyen Tran Pham Diallo Traoré Benali Haddad Mansour Rossi Ferrari García Martínez "
    "Silva Singh Patel Chen Wang Kim Petrov Smith Brown Campbell MacDonald Wilson Sioui Picard Awashish"
)
FIRST, LAST = _FIRST.split(), _LAST.split()
SHOPS = (
    *("Garage {name}", "Boulangerie {name}", "Dépanneur {name}", "Clinique {name}", "Ferme {name} et fils"),
    *("Quincaillerie {name}", "Construction {name} inc.", "Salon {name}", "Restaurant Chez {name}", "Gestion {name}"),
)
RETURNING = 0.65  # how unequal people are: the first of the list come back again and again


@dataclass(frozen=True)
class Spot:
    """A civic address."""

    pk: int
    label: str
    street: str


@dataclass(frozen=True)
class Neighbour:
    """One person, numbered in the order of the list. `home` is their address; `phones` are E.164."""

    rank: int
    name: str
    language: str
    audience: str
    organisation: str
    email: str
    phones: tuple[str, ...]
    reach: str
    home: Spot | None


def fictional_number(rng: Random) -> str:
    """One of the numbers kept for fiction, in E.164."""
    return f"+1{rng.choice(AREAS)}555{rng.randint(100, 199):04d}"


def numbers(rng: Random) -> Iterator[str]:
    """Every number of the exchange 555, each once, those of fiction first; then again, since numbers are shared."""
    while True:
        for block in (range(100, 200), range(200, 10_000)):
            result = [(area, line) for area in AREAS for line in block if line != 1212]
            rng.shuffle(result)
            yield from (f"+1{area}555{line:04d}" for area, line in result)


def neighbours(count: int, homes: Sequence[Spot], rng: Random, *, english: bool) -> list[Neighbour]:
    """That many people, household by household; some speak English where the town speaks it to people (`english`)."""
    result: list[Neighbour] = []
    lines, taken = numbers(rng), dict[str, int]()
    while len(result) < count:
        family, shared = rng.choice(LAST), next(lines)
        home = rng.choice(homes) if homes and rng.random() < 0.9 else None
        lang = "en" if english and rng.random() < 0.08 else "fr"
        for _ in range(rng.choices((1, 2, 3), (50, 38, 12))[0]):
            result.append(_member(len(result), family, shared, home, lang, next(lines), taken, rng))
    return result[:count]


def _member(
    rank: int, family: str, shared: str, home: Spot | None, lang: str, own: str, taken: dict[str, int], rng: Random
) -> Neighbour:
    name = f"{rng.choice(FIRST)} {family if rng.random() < 0.8 else rng.choice(LAST)}"
    audience = drawn(AUDIENCES, rng)
    shop = audience in ("merchant", "promoter")
    email = ""
    if rng.random() < 0.68:
        local = ".".join(split(name))
        taken[local] = taken.get(local, 0) + 1
        email = f"{local}{taken[local] if taken[local] > 1 else ''}@courriel.example"
    phones = [*([shared] if rng.random() < 0.6 else []), *([own] if rng.random() < 0.6 else [])]
    if not (phones or email):
        phones = [shared]
    reach = "email" if email else "phone"
    if not email and home and rng.random() < 0.12:
        reach = "paper"
    if rng.random() < 0.02:
        reach = "none"
    organisation = rng.choice(SHOPS).format(name=family) if shop else ""
    return Neighbour(rank, name, lang, audience, organisation, email, tuple(phones), reach, home)


def familiarity(count: int) -> list[float]:
    """Cumulative weights for `random.choices`: a few come back often, most write once or twice."""
    total, result = 0.0, []
    for rank in range(1, count + 1):
        total += 1 / rank**RETURNING
        result.append(total)
    return result
