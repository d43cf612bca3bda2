"""What people ask of a town, by theme, and what they and the staff write: `texts.yaml`, in French and English."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import yaml

from parvis.lib.words import split

_TEXTS = yaml.safe_load(Path(__file__).with_name("texts.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Theme:
    """What subjects whose slug or title holds one of `words` have in common.

    `months` are weights from January on, `storms` multiply them, `usual` is the frequency beside other themes;
    `requests` are sentences by language.
    """

    name: str
    words: Sequence[str] = ()
    months: Sequence[float] = (4.0,) * 12
    storms: Mapping[str, float] = field(default_factory=dict)
    usual: float = 1.0
    requests: Mapping[str, Sequence[str]] = field(default_factory=dict)


OTHER = Theme("other")
INCIDENT: Mapping[str, str] = _TEXTS["incident"]
"""What is said of an incident, in both languages, at its beginning and at its end."""
THEMES = [
    Theme(requests={lang: row.pop(lang) for lang in ("fr", "en") if lang in row}, **row) for row in _TEXTS["themes"]
]


def theme_of(slug: str, title: str) -> Theme:
    """The theme that a subject's slug names, else its French title, else `OTHER`."""
    for text in (slug, title):
        held = set(split(text))
        for theme in THEMES:
            if held.intersection(theme.words):
                return theme
    return OTHER


def picked(group: str, name: str, lang: str, rng: Random) -> str:
    """One sentence of a list (group `citizens`, `staff` or `closings`); those of the staff alone are in French."""
    by_language = _TEXTS[group][name]
    return str(rng.choice(by_language.get(lang) or by_language["fr"]))


def proof_words(rng: Random) -> str:
    """What proves that the work was done."""
    return picked("staff", "proofs", "fr", rng).format(n=rng.randint(10_000, 99_999))


def request_words(own: Sequence[str], title: str, theme: Theme, lang: str, rng: Random) -> str:
    """A request in one or two sentences; `own` are the town's own ways of asking about the subject of that title."""
    if theme.requests and (not own or rng.random() < 0.5):
        first = rng.choice(theme.requests[lang]).format(since=picked("citizens", "since", lang, rng))
    else:
        first = question_words(own, title, rng)
        first = first if first[-1:] in ".?!" else f"{first}."
    return f"{first} {picked('citizens', 'more', lang, rng)}".strip()


def question_words(own: Sequence[str], title: str, rng: Random) -> str:
    """A question, with a capital: one of the town's own ways of asking about the subject, else its title."""
    text = rng.choice(own) if own else title
    return text[:1].upper() + text[1:]


def drawn(table: Sequence[tuple[Any, float]], rng: Random) -> Any:
    """One of the values of a table of (value, weight)."""
    return rng.choices([value for value, _weight in table], [weight for _value, weight in table])[0]
