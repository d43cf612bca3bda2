"""A file of invented civic addresses of a large city, and what people type to find them, with their mistakes."""

import csv
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

SEED = 2026
HOUSES_OF_A_STREET = 190
KINDS = (
    "rue",
    "rue",
    "rue",
    "rue",
    "avenue",
    "avenue",
    "boulevard",
    "chemin",
    "place",
    "croissant",
    "impasse",
    "montée",
)
LINKS = ("", "", "", "du ", "de la ", "des ", "de ")
STARTS = (
    *("Belle", "Mont", "Beau", "Clair", "Haute", "Char", "Ville", "Bois", "Val", "Ber", "Lau", "Des", "Fon", "Grand"),
    *("Mar", "Cham", "Pré", "Rose", "Cour", "Ri", "Du", "Ger", "Al", "Thi", "Jo", "Ma", "Pel", "Lé", "Tru", "Gau"),
)
MIDDLES = ("vi", "ne", "ro", "ti", "la", "bou", "ra", "ve", "ché", "me", "li", "do", "sa", "ber", "ri", "te", "lo", "")
ENDS = (
    *("vue", "ville", "mont", "rive", "lieu", "champ", "val", "court", "nault", "geau", "chette", "din", "reau", "gny"),
    *("ette", "ière", "ois", "ard", "eau", "ault", "ier", "in", "on", "ert", "ac", "as", "et", "elle", "oux", "ay"),
)
SAINTS = ("Joseph", "Jean", "Pierre", "Thérèse", "Hubert", "Denis", "Laurent", "Jacques", "Charles", "Louis", "Anne")
SHORT = {"boulevard": "boul", "chemin": "ch.", "avenue": "av", "montée": "mtée", "place": "pl"}


def streets(count: int) -> list[str]:
    """Names of streets, all different: compound ones, saints, ranks, as in a city of Québec."""
    draw, match = random.Random(SEED), dict[str, None]()
    while len(match) < count:
        kind = draw.choice(KINDS)
        name = draw.choice(STARTS) + draw.choice(MIDDLES) + draw.choice(ENDS)
        sort = draw.random()
        if sort < 0.08:
            saint = draw.choice(SAINTS)
            name = f"{'Sainte' if saint[-1] == 'e' and saint != 'Pierre' else 'Saint'}-{saint}-{name}"
        elif sort < 0.25:
            name = f"{draw.choice(STARTS)}{draw.choice(ENDS)}-{name}"
        elif sort < 0.28:
            match[f"{draw.randint(2, 140)}e {kind}"] = None
            continue
        elif sort < 0.5:
            name = draw.choice(LINKS) + name
        match[f"{kind} {name}"] = None
    return list(match)


def rows(count: int) -> Iterator[tuple[str, str, str, str, str, str]]:
    """(civic, street, unit, postal, lat, lon) of each address."""
    draw = random.Random(SEED + 1)
    names = streets(max(1, count // HOUSES_OF_A_STREET))
    given = 0
    for rank, name in enumerate(names):
        houses = count - given if rank == len(names) - 1 else min(count - given, int(draw.expovariate(1 / 190)) + 5)
        civic, north, east = draw.choice((1, 10, 100, 1000, 2500)), draw.uniform(45.4, 45.7), draw.uniform(-73.9, -73.4)
        postal = f"H{draw.randint(1, 9)}{draw.choice('ABCEGHJK')} {draw.randint(1, 9)}{draw.choice('LMNPRSTV')}"
        for _ in range(houses):
            civic += draw.randint(1, 6)
            unit = str(draw.randint(1, 12)) if draw.random() < 0.1 else ""
            code = f"{postal}{civic // 100 % 9 + 1}"
            yield f"{civic}", name, unit, code, f"{north + civic / 1e6:.5f}", f"{east + civic / 1e6:.5f}"
        given += houses


def write(path: Path, count: int) -> None:
    """Writes the file, unless it is there."""
    if path.exists():
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("civic", "street", "unit", "postal", "lat", "lon"))
        table.writerows(rows(count))


def typed(path: Path, count: int) -> list[tuple[str, str]]:
    """(what someone typed, the label of the address meant), drawn over the whole file."""
    draw, kept = random.Random(SEED + 2), list[Sequence[str]]()
    with path.open(encoding="utf-8", newline="") as file:
        for rank, row in enumerate(csv.reader(file)):
            if rank and len(kept) < count:
                kept.append(row)
            elif rank and (at := draw.randrange(rank)) < count:
                kept[at] = row
    return [(_as_typed(draw, row).replace("  ", " "), _label(row)) for row in kept]


def _label(row: Sequence[str]) -> str:
    return f"{row[0]}, {row[1]}{f', app. {row[2]}' if row[2] else ''}"


def _as_typed(draw: random.Random, row: Sequence[str]) -> str:
    """An address as someone in a hurry writes it."""
    civic, street, unit, postal = row[:4]
    kind, _, name = street.partition(" ") if not street[0].isdecimal() else ("", "", street)
    name = name.replace("Sainte-", "Ste-").replace("Saint-", "St-") if draw.random() < 0.5 else name
    if draw.random() < 0.6:
        name = name.replace("é", "e").replace("è", "e").lower()
    sort = draw.random()
    if sort < 0.45:
        name = _mistake(draw, name)
    elif sort < 0.6:
        name = name[: max(5, len(name) * 2 // 3)]
    shown = {0: f"{kind} {name}", 1: f"{SHORT.get(kind, kind)} {name}", 2: name}[draw.randrange(3)]
    with_unit = draw.choice((f"{unit}-{civic} {shown}", f"{civic} {shown} app {unit}")) if unit else f"{civic} {shown}"
    return draw.choice((with_unit, with_unit, with_unit, f"{with_unit} {postal}", f"{shown} {civic}"))


def _mistake(draw: random.Random, name: str) -> str:
    """One letter missing, doubled, wrong, or exchanged with the next."""
    places = [at for at in range(1, len(name) - 1) if name[at : at + 2].isalpha()]
    if len(name) < 6 or not places or name[0].isdecimal():
        return name
    at = draw.choice(places)
    return draw.choice(
        (
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + draw.choice("aeirst") + name[at + 1 :],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        )
    )
