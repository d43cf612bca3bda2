"""The result of searching the subjects of a message, with its confidence."""

from dataclasses import dataclass

from parvis.apps.content.queries.snapshot import ExternalBody, Kind
from parvis.apps.matching.queries.alarm import Danger
from parvis.apps.matching.queries.asking import Clarify
from parvis.apps.matching.queries.targets import Other
from parvis.apps.matching.rules import calibration
from parvis.apps.matching.rules.text import Understood
from parvis.lib.i18n.languages import Lang

SURE, TELLABLE, POSSIBLE = calibration.SURE, calibration.TELLABLE, calibration.POSSIBLE
"""The lowest confidence to answer without asking, to read an answer out, and to suggest anything at all."""


@dataclass(frozen=True)
class SuggestedSubject:
    """One subject that the message may be about; `confidence` runs from 0 to 1.

    `kind`: "answer" when a published answer exists, "request" when it is only routed, "door" when it is neither and
    belongs to an outside body. `external_body` is that body whenever the subject has one.
    """

    slug: str
    title: str
    summary: str
    kind: Kind
    department: str
    promise_words: str
    confidence: float
    matched: tuple[str, ...]
    lapsed_facts: int
    routable: bool
    urgent: bool
    nature: str
    icon: str
    external_body: ExternalBody | None

    @property
    def percent(self) -> int:
        """The confidence in percent."""
        return round(self.confidence * 100)


@dataclass(frozen=True)
class Suggestion:
    """The search result: hits best first, what was understood, a danger if any, the language detected.

    `other` is the likely out-of-scope topic and `other_confidence` its confidence, from 0 to 1; `clarify` is the
    question that tells similar subjects apart. `water`: the message asks whether the water must be boiled or may be
    drunk, which `water_answer` answers. A `danger` clears all of these and `to_read`. `caution`: a danger is only
    feared, or doubtful.
    """

    hits: tuple[SuggestedSubject, ...]
    understood: tuple[Understood, ...]
    danger: Danger | None
    lang: Lang
    version: int
    other: Other | None = None
    clarify: Clarify | None = None
    other_confidence: float = 0.0
    water: bool = False
    caution: bool = False

    @property
    def to_read(self) -> str:
        """The slug of the answer to read out; "" below TELLABLE, when out of scope, or in danger."""
        readable = not self.danger and bool(self.hits) and self.other is None and self.hits[0].confidence >= TELLABLE
        return self.hits[0].slug if readable else ""

    @property
    def other_percent(self) -> int:
        """The out-of-scope confidence in percent."""
        return round(self.other_confidence * 100)

    @property
    def other_told(self) -> bool:
        """Whether it is certain enough to say that it is out of scope, rather than only suggest it."""
        return self.other is not None and self.other_confidence >= TELLABLE
