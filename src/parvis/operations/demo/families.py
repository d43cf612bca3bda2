"""The families of a made-up town, who register for its leisure. Pure.

Nobody real can be met: numbers are of the exchange 555, which rings nowhere, and addresses of the domain of the sample
accounts, "exemple.ca".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from parvis.lib.words import split
from parvis.operations.demo.people import FIRST, LAST, fictional_number
from parvis.operations.demo.texts import drawn

FROM_ELSEWHERE = "12, rue de l’Exemple, ailleurs"
_CHILDREN = (
    "Léa Émile Alice Noah Florence Arthur Juliette Théo Rosalie Édouard Mia Louis Zoé Jules Clara Félix Jade Henri "
    "Maëlle Victor Inès Adam Livia Raphaël Agathe Elliot Maya Samuel Éva Laurent"
)
CHILDREN = _CHILDREN.split()


@dataclass(frozen=True)
class Relative:
    """Someone of a family, with their age in whole years."""

    name: str
    age: int


@dataclass(frozen=True)
class Family:
    """A household, numbered in the order of the list: its adults, who pays first, then its children.

    `home` is the address where it lives in the town, None for one from elsewhere. `on_line`: it registers on the site.
    """

    rank: int
    adults: tuple[Relative, ...]
    children: tuple[Relative, ...]
    email: str
    phone: str
    home: int | None
    on_line: bool
    aided: bool


def families(count: int, homes: Sequence[int], rng: Random) -> list[Family]:
    """That many families: most have children, some are of older people; one in eight lives elsewhere."""
    found: list[Family] = []
    taken: set[str] = set()
    while len(found) < count:
        rank, name = len(found), rng.choice(LAST)
        older = rng.random() < 0.2
        ages = (60, 78) if older else (28, 46)
        adults = [_named(FIRST, name, rng.randint(*ages), rng) for _ in range(rng.choice((1, 2)))]
        number = 0 if older else drawn(((0, 1.0), (1, 3.0), (2, 4.0), (3, 1.5)), rng)
        firsts = rng.sample(CHILDREN, number)
        children = [Relative(f"{first} {name}", rng.randint(0, 13)) for first in firsts]
        local = ".".join(split(adults[0].name))
        if local in taken:
            continue
        taken.add(local)
        elsewhere = rank % 8 == 5 or not homes
        found.append(
            Family(
                rank,
                tuple(adults),
                tuple(children),
                f"{local}@exemple.ca",
                fictional_number(rng),
                None if elsewhere else rng.choice(homes),
                on_line=not older and rng.random() < 0.4,
                aided=rank % 20 == 3,
            )
        )
    return found


def _named(firsts: Sequence[str], last: str, age: int, rng: Random) -> Relative:
    return Relative(f"{rng.choice(firsts)} {last}", age)
