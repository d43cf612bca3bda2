"""The languages a town may use with someone, and on what ground. No database.

The Charter of the French language (c. C-11) lets a town that is not recognised as bilingual (s. 29.1) use English only
on listed grounds; they come from the town's `language.yaml`, since the law and its readings change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from parvis.lib.i18n.languages import Lang, clean, pick

SAFETY = "safety"  # ground and kind of messages that someone in danger must understand


class Why(StrEnum):
    """The reason for a decision on English."""

    EVERYONE = "everyone"
    GROUND = "ground"
    SAFETY = "safety"
    NO_GROUND = "no_ground"
    LAPSED = "lapsed"
    ELSEWHERE = "elsewhere"
    FRENCH_ONLY = "french_only"


@dataclass(frozen=True)
class Ground:
    """A legal ground for English. `lasting`: it is stored with the person; `days`: its validity, 0 for ever.

    `channels` and `kinds` restrict it; empty means all.
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
        """The localized name."""
        return pick(self, "name", lang)

    def holds_on(self, day: date, said_on: date | None) -> bool:
        """Whether it is still valid on a day, stated on `said_on`; an unknown date counts as that day."""
        return not self.days or said_on is None or day <= said_on + timedelta(days=self.days)


@dataclass(frozen=True)
class LanguageRule:
    """A town's rule: English `open` to everyone, by `exception` or `off`, and its ordered grounds."""

    status: str
    grounds: Mapping[str, Ground] = field(default_factory=dict)
    source: str = ""
    example: bool = False

    def ground(self, slug: str | None) -> Ground | None:
        """The ground with this slug, if the town has it."""
        return self.grounds.get(slug or "")

    def choices(self, lang: str | None) -> list[tuple[str, str]]:
        """The grounds as form choices, in order."""
        return [(ground.slug, ground.name(lang)) for ground in self.grounds.values()]

    def is_ground(self, slug: str | None) -> bool:
        """Whether it is a known, lasting ground."""
        ground = self.ground(slug)
        return ground is not None and ground.lasting


@dataclass(frozen=True)
class Allowed:
    """The languages that may be used, why, and the ground to record ("" when none is needed or valid)."""

    languages: tuple[Lang, ...]
    why: Why
    ground: str = ""

    @property
    def english(self) -> bool:
        return "en" in self.languages

    def chosen(self, wanted: str | None) -> Lang:
        """The wanted language if allowed, else French."""
        return "en" if clean(wanted) == "en" and self.english else "fr"


def allowed(
    rule: LanguageRule, *, ground: str | None, channel: str, kind: str, day: date, said_on: date | None = None
) -> Allowed:
    """Applies the rule to one exchange, of a kind (a nature, or SAFETY), on a channel and day.

    `said_on` is when the ground was stated. Safety messages are allowed in both languages everywhere.
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
