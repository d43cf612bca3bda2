"""In which languages a town may speak or write to someone, and on what ground. No database.

The Charter of the French language (c. C-11) lets a town that is not recognised as bilingual (s. 29.1) use English
only on the grounds that it lists; a town's files give them (`language.yaml`), since the law and its readings change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from parvis.lib.languages import Lang, clean, pick

SAFETY = "safety"  # the ground, and the kind, of what must be understood by whoever is in danger


class Why(StrEnum):
    """What an opinion on English rests on."""

    EVERYONE = "everyone"
    GROUND = "ground"
    SAFETY = "safety"
    NO_GROUND = "no_ground"
    LAPSED = "lapsed"
    ELSEWHERE = "elsewhere"
    FRENCH_ONLY = "french_only"


@dataclass(frozen=True)
class Ground:
    """One ground of the law. `lasting`: it stays with the person; `days`: for how long after it was said, 0 for ever.

    `channels` and `kinds` are those that it covers; none named means all.
    """

    slug: str
    name_fr: str
    name_en: str
    source: str = ""
    lasting: bool = False
    days: int = 0
    channels: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def name(self, lang: str | None) -> str:
        """What it is called."""
        return pick(self, "name", lang)

    def holds_on(self, day: date, said_on: date | None) -> bool:
        """Whether it still holds that day, said when it was; a day that is not known is that day."""
        return not self.days or said_on is None or day <= said_on + timedelta(days=self.days)


@dataclass(frozen=True)
class LanguageRule:
    """A town's rule: whether English is `open` to everyone, by `exception`, or `off`; its grounds, in order."""

    status: str
    grounds: Mapping[str, Ground] = field(default_factory=dict)
    source: str = ""
    example: bool = False

    def ground(self, slug: str | None) -> Ground | None:
        """The ground of that name; None for none, or for one that the town does not know."""
        return self.grounds.get(slug or "")

    def choices(self, lang: str | None) -> list[tuple[str, str]]:
        """The grounds to choose from, in order."""
        return [(ground.slug, ground.name(lang)) for ground in self.grounds.values()]

    def is_ground(self, slug: str | None) -> bool:
        """Whether a ground, once said, stays with the person."""
        ground = self.ground(slug)
        return ground is not None and ground.lasting


@dataclass(frozen=True)
class Allowed:
    """The languages that may be used, why, and the ground to record ("" when none is needed or none holds)."""

    languages: tuple[Lang, ...]
    why: Why
    ground: str = ""

    @property
    def english(self) -> bool:
        return "en" in self.languages

    def chosen(self, wanted: str | None) -> Lang:
        """The language wanted when it may be used; French otherwise."""
        return "en" if clean(wanted) == "en" and self.english else "fr"


def allowed(
    rule: LanguageRule, *, ground: str | None, channel: str, kind: str, day: date, said_on: date | None = None
) -> Allowed:
    """What the rule says of one exchange: on that channel, of that kind (a nature, or SAFETY), that day.

    `said_on` is when the ground was said. What keeps someone safe is told in both languages everywhere.
    """
    if rule.status == "open":
        return Allowed(("fr", "en"), Why.EVERYONE)
    if kind == SAFETY:
        return Allowed(("fr", "en"), Why.SAFETY, SAFETY)
    if rule.status == "off":
        return Allowed(("fr",), Why.FRENCH_ONLY)
    known = rule.ground(ground)
    if known is None:
        return Allowed(("fr",), Why.NO_GROUND)
    if (known.channels and channel not in known.channels) or (known.kinds and kind not in known.kinds):
        return Allowed(("fr",), Why.ELSEWHERE)
    if not known.holds_on(day, said_on):
        return Allowed(("fr",), Why.LAPSED)
    return Allowed(("fr", "en"), Why.GROUND, known.slug)
