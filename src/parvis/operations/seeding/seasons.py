"""When people write to a town, and about what: the year, the week, the day, and the storms. Pure.

The curves are those of the field in Québec: snow until April, potholes at the thaw, pools and permits in June, taxes
when the bills fall due, branches after the wind. A subject takes the curve of the first theme whose words it bears.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any

from parvis.lib.words import split
from parvis.operations.seeding.town_data import Topic

Weighted = tuple[tuple[Any, float], ...]

FLAT = (4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0)
WEEKDAYS = (1.18, 1.08, 1.02, 1.0, 0.82, 0.16, 0.14)  # Monday first; on closed days nobody answers, people still write
WRITING_HOURS = (
    (7, 3),
    (8, 6),
    (9, 8),
    (10, 8),
    (11, 7),
    (12, 7),
    (13, 6),
    (14, 6),
    (16, 6),
    (18, 6),
    (19, 8),
    (20, 9),
    (21, 8),
)
CHANNELS = (("phone", 62.0), ("counter", 13.0), ("email", 13.0), ("web", 12.0))
CLOSED_CHANNELS = (("email", 45.0), ("web", 55.0))
AUDIENCES = (("resident", 64.0), ("owner", 25.0), ("merchant", 8.0), ("promoter", 3.0))


@dataclass(frozen=True)
class Theme:
    """One curve: `words` that a subject's slug or title holds, weight by month, `storms` that multiply it, `usual`
    the frequency beside other themes."""

    name: str
    words: tuple[str, ...]
    months: tuple[float, ...] = FLAT
    storms: Mapping[str, float] = field(default_factory=dict)
    usual: float = 1.0


THEMES = (
    Theme(
        "snow",
        ("neige", "deneigement", "glace", "snow"),
        (10, 10, 7, 2, 0.05, 0, 0, 0, 0, 0.3, 4, 9),
        {"snow": 14, "ice": 8},
        2.2,
    ),
    Theme("leaves", ("branches", "feuilles", "branch"), (1, 0.4, 1, 6, 8, 4, 4, 3, 5, 9, 6, 1), {"wind": 15, "ice": 9}),
    Theme("tree", ("arbre", "arbres", "tree"), (1, 1, 2, 4, 6, 6, 7, 6, 5, 4, 3, 1), {"wind": 26, "ice": 22}),
    Theme(
        "water",
        ("eau", "fuite", "aqueduc", "water"),
        (5, 5, 5, 6, 4, 4, 5, 4, 3, 4, 3, 4),
        {"rain": 24, "thaw": 12, "ice": 3},
        0.8,
    ),
    Theme(
        "sewer",
        ("egout", "puisard", "fosse", "inondation", "sewer"),
        (3, 3, 6, 9, 5, 4, 5, 4, 3, 5, 4, 3),
        {"rain": 28, "thaw": 16},
        0.6,
    ),
    Theme(
        "road",
        ("nid", "chaussee", "chemin", "trottoir", "pothole"),
        (2, 3, 8, 10, 8, 5, 4, 4, 4, 4, 3, 2),
        {"thaw": 8, "rain": 3},
        1.6,
    ),
    Theme("works", ("travaux", "entraves", "chantier"), (1, 1, 2, 4, 7, 9, 8, 8, 8, 6, 3, 1)),
    Theme("light", ("lampadaire", "eclairage", "streetlight"), (6, 5, 4, 3, 2, 2, 2, 3, 5, 7, 8, 8), {"wind": 5}),
    Theme("sign", ("signalisation", "feux", "panneau", "vitesse"), FLAT, {"wind": 6, "snow": 2, "ice": 3}),
    Theme("pool", ("piscine", "spa", "pool"), (0.4, 1, 3, 7, 10, 11, 7, 3, 1, 0.5, 0.3, 0.2)),
    Theme(
        "build",
        *(
            ("permis", "cabanon", "garage", "gazebo", "abri", "amenagement", "remblai", "riverain", "construction"),
            (2, 3, 6, 9, 10, 8, 6, 6, 6, 4, 2, 1),
        ),
        usual=0.5,
    ),
    Theme("missed", ("oubliee", "missed"), (6, 4, 4, 5, 6, 6, 6, 6, 5, 6, 4, 7), {"snow": 8}),
    Theme("bin", ("bac", "bacs", "brise", "bin"), (6, 5, 5, 6, 6, 6, 6, 5, 5, 5, 4, 5), {"wind": 4}, 0.8),
    Theme(
        "waste",
        ("collectes", "collecte", "dechets", "ecocentre", "residus", "recyclage"),
        (5, 3, 4, 5, 6, 6, 6, 6, 5, 6, 4, 6),
        {"snow": 3},
        1.7,
    ),
    Theme("grant", ("subvention", "programme"), (3, 4, 5, 5, 4, 4, 3, 3, 5, 4, 3, 2), usual=0.3),
    Theme("moving", ("mutation", "bienvenue"), (3, 3, 4, 5, 6, 8, 11, 7, 5, 4, 3, 3), usual=0.5),
    Theme(
        "tax",
        ("taxes", "taxe", "paiement", "arrerages", "evaluation", "comptant"),
        (5, 12, 6, 2, 2, 7, 2, 1, 6, 2, 2, 2),
        usual=0.8,
    ),
    Theme("leisure", ("loisir", "loisirs", "camp", "camps", "bibliotheque"), (5, 3, 8, 8, 6, 6, 4, 7, 9, 4, 3, 5)),
    Theme("park", ("parc", "patinoire", "jeu"), (6, 5, 3, 4, 7, 8, 8, 7, 5, 3, 2, 4), {"wind": 3}),
    Theme("noise", ("bruit", "odeurs", "fumee", "noise"), (2, 2, 2, 4, 7, 9, 10, 9, 6, 4, 2, 3)),
    Theme("animals", ("animaux", "chien", "chat"), (4, 3, 4, 6, 8, 9, 9, 8, 6, 5, 4, 3)),
    Theme("clean", ("malproprete", "proprete", "depot", "nuisance", "graffiti"), (2, 2, 4, 8, 9, 8, 9, 8, 7, 6, 3, 2)),
    Theme("parking", ("stationnement", "constats"), (7, 7, 5, 3, 4, 4, 5, 5, 4, 4, 4, 7), {"snow": 7}),
    Theme("claim", ("reclamation", "dommage"), (5, 5, 7, 7, 4, 4, 4, 3, 3, 3, 3, 4), {"ice": 4, "rain": 6}, 0.4),
    Theme("service", ("plainte", "personnel"), usual=0.3),
    Theme("papers", ("assermentation", "authentification", "information", "document"), usual=0.3),
    Theme("reach", ("joindre", "suivi", "contact"), usual=0.7),
)
OTHER = Theme("other", ())

# Kind of storm: the months that may bring one, and how many come in a year.
STORMS: dict[str, tuple[tuple[int, ...], float]] = {
    "snow": ((1, 2, 3, 12), 3.0),
    "ice": ((1, 3, 4, 12), 0.7),
    "wind": ((5, 6, 7, 8, 9, 10), 2.0),
    "rain": ((4, 7, 8, 10), 1.5),
    "thaw": ((3, 4), 1.0),
}
FADES = (1.0, 0.7, 0.35, 0.15)  # what remains of a storm day after day


def theme_of(topic: Topic) -> Theme:
    """The theme that a subject's slug names, else its French title, else the flat one."""
    for text in (topic.slug, topic.titles["fr"]):
        held = set(split(text))
        for theme in THEMES:
            if held.intersection(theme.words):
                return theme
    return OTHER


def storms_between(first: date, last: date, rng: Random) -> dict[date, dict[str, float]]:
    """The storms of that time: for each day touched, how strong each kind still is (1.0 on its first day)."""
    result: dict[date, dict[str, float]] = {}
    for year in range(first.year, last.year + 1):
        for kind, (months, each_year) in STORMS.items():
            count = int(each_year) + (rng.random() < each_year % 1)
            for _ in range(count):
                start = date(year, rng.choice(months), rng.randint(1, 28))
                for after, strength in enumerate(FADES):
                    day = result.setdefault(start + timedelta(days=after), {})
                    day[kind] = max(day.get(kind, 0.0), strength)
    return result


def weight(theme: Theme, day: date, storms: Mapping[str, float]) -> float:
    """How often that theme comes up on that day, beside other days and other themes; the week is for `day_weight`."""
    burst = sum(strength * theme.storms.get(kind, 0.0) for kind, strength in storms.items())
    return theme.usual * theme.months[day.month - 1] * (1 + burst)


def day_weight(day: date, *, worked: bool, years: float) -> float:
    """How much comes in on that day: the week, the days when the offices are closed, a growth of 6 % a year."""
    usual = WEEKDAYS[day.weekday()] if worked else min(WEEKDAYS[day.weekday()], WEEKDAYS[5])
    return float(usual * 1.06**years)


def drawn(table: Weighted, rng: Random) -> Any:
    """One of the values of a table of (value, weight)."""
    values, weights = _spread(table)
    return rng.choices(values, cum_weights=weights)[0]


@cache
def _spread(table: Weighted) -> tuple[list[Any], list[float]]:
    return [value for value, _part in table], list(accumulate(part for _value, part in table))
