"""What a search of the subjects that words may be about found, and how sure that is."""

from dataclasses import dataclass

from parvis.apps.knowledge import calibration
from parvis.apps.knowledge.alarm import Danger
from parvis.apps.knowledge.asking import Clarify
from parvis.apps.knowledge.snapshot import ExternalBody, Kind
from parvis.apps.knowledge.targets import Other
from parvis.apps.knowledge.text import Understood
from parvis.lib.languages import Lang

SURE, TELLABLE, POSSIBLE = calibration.SURE, calibration.TELLABLE, calibration.POSSIBLE
"""The confidence from which an answer may be given without asking, from which it may be read at all, and under which
nothing is known."""


@dataclass(frozen=True)
class SuggestedSubject:
    """One subject that words may be about.

    `kind`: "answer" when a published answer exists, "request" when it is only routed, "door" when it is neither and
    belongs to an outside body. `door` is that body whenever the subject has one. `confidence` runs from 0 to 1.
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
        """The confidence as it is shown."""
        return round(self.confidence * 100)


@dataclass(frozen=True)
class Suggestion:
    """What a search found, best first; what was understood of the words; a danger they tell; the language read.

    `other` is whose it is when it is most likely not ours, `other_confidence` how sure that is, from 0 to 1; `clarify`
    what to ask when siblings cannot be told apart. `water`: they ask whether the water must be boiled or may be drunk,
    which `water_answer` says. Under a `danger` none of these is given, and nothing is `to_read`. `caution` is a danger
    only feared, or doubtful.
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
        """The subject that may be read out: the surest; "" below half certainty, when it is most likely not ours, or
        when a danger is told.
        """
        known = not self.danger and bool(self.hits) and self.other is None and self.hits[0].confidence >= TELLABLE
        return self.hits[0].slug if known else ""

    @property
    def other_percent(self) -> int:
        """The confidence that it is not ours, as it is shown."""
        return round(self.other_confidence * 100)

    @property
    def other_told(self) -> bool:
        """Whether it is likely enough not ours for that to be said, rather than only shown as what it may be."""
        return self.other is not None and self.other_confidence >= TELLABLE
