"""What a generator of examples knows of a town: plain values, read once from the database by `reading`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from parvis.apps.directory.rules.calendar import WorkingCalendar
from parvis.operations.demo.people import Spot


@dataclass(frozen=True)
class Staff:
    """Someone of the house. `share` is the part of their time that they give to the answering desk."""

    pk: int
    username: str
    name: str
    extension: str = ""
    share: float = 1.0


@dataclass(frozen=True)
class Office:
    """A department: who works on its cases (never empty), and its head. `outside`: a body that is not the town's."""

    pk: int
    slug: str
    name_fr: str
    name_en: str
    outside: bool
    workers: tuple[Staff, ...]
    head: Staff | None = None


@dataclass(frozen=True)
class Asking:
    """A question that a subject asks. `values` are those of a choice."""

    key: str
    kind: str
    required: bool
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Topic:
    """A subject: what it is called, what it demands, and the ways people ask about it (`said`, by language)."""

    pk: int
    slug: str
    titles: Mapping[str, str]
    nature: str
    place: str
    urgent: bool
    target: str
    ack: str
    proof: str
    office: str
    level_up: str
    external_body: int | None
    answerable: bool
    routable: bool
    questions: tuple[Asking, ...]
    said: Mapping[str, tuple[str, ...]]

    def own_words(self, lang: str) -> tuple[str, ...]:
        """The ways of asking in that language, else in French."""
        return self.said[lang] or self.said["fr"]


@dataclass(frozen=True)
class Spoken:
    """A standard answer as it is said today, for `Given`."""

    answer: int
    revision: int | None
    language: str
    words: str
    facts: list[dict[str, object]]


@dataclass(frozen=True)
class TownData:
    """The whole town. `english` is the rule of the town (open, exception, off); `away` says who is absent, and when."""

    name: str
    zone: ZoneInfo
    calendar: WorkingCalendar
    english: str
    topics: tuple[Topic, ...]
    offices: Mapping[str, Office]
    desk: Office
    agents: tuple[Staff, ...]
    spots: tuple[Spot, ...]
    away: tuple[tuple[int, date, date], ...] = ()

    def is_away(self, staff: Staff, day: date) -> bool:
        """Whether that person is absent on that day."""
        return any(pk == staff.pk and first <= day <= last for pk, first, last in self.away)
