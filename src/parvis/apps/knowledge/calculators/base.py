"""What every computed answer is made of: the facts of one day, the result, and its words in both languages."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.knowledge import rendering
from parvis.apps.knowledge.facts import facts_current
from parvis.apps.knowledge.models import Fact
from parvis.apps.knowledge.rendering import FactStatus, ShownFact
from parvis.lib import quebec
from parvis.lib.languages import LANGUAGES, Lang, clean

R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One line of the result: what it is, its value; `strong` is the line that one came for, `sample` the mark of one
    that rests on an example ("example") or on a value that nobody confirmed, in words; `url` the page that it names.
    """

    label: str
    value: str
    strong: bool = False
    sample: str = ""
    url: str = ""


@dataclass(frozen=True)
class CalculationText:
    """A result in words, in one language. `short` is said aloud, in one breath.

    `checks` is what must be checked before it is taken as true; when there is any, the town's people are to be asked.
    """

    short: str
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Computed(Generic[R_co]):
    """A computed answer: its name, the day it stands for, the inputs, the result, the facts and the words.

    `estimate`: an official paper alone settles it. `facts` holds every fact read, told or not, in each language.
    """

    name: str
    on: date
    inputs: Mapping[str, Any]
    result: R_co
    facts: Mapping[Lang, tuple[ShownFact, ...]]
    said: Mapping[Lang, CalculationText]
    estimate: bool = False

    def words(self, lang: str) -> CalculationText:
        """The words for a reader of that language."""
        return self.said[clean(lang)]

    def facts_told(self, lang: str) -> list[ShownFact]:
        """The facts that the result rests on, as that reader sees them."""
        return [fact for fact in self.facts[clean(lang)] if fact.told]

    def stamp(self, lang: str) -> str:
        """Tells these words from those that other facts would give, for whoever reads them before they are recorded."""
        return sha256(repr(self.words(lang)).encode()).hexdigest()[:16]

    @property
    def given_inputs(self) -> dict[str, Any]:
        """What `Given.inputs` keeps, so that what was said can be worked out again."""
        return {"computed": self.name, "on": self.on.isoformat(), **plain(self.inputs), "result": plain(self.result)}

    def given_facts(self, lang: str) -> list[dict[str, object]]:
        """What `Given.facts` keeps: the version of each fact, as it was shown."""
        return [fact.as_given for fact in self.facts[clean(lang)]]

    def as_json(self) -> dict[str, Any]:
        """All of it as plain values: dates in ISO 8601, amounts in cents, percentages as text."""
        return {
            "name": self.name,
            "on": self.on.isoformat(),
            "inputs": plain(self.inputs),
            "result": plain(self.result),
            "estimate": self.estimate,
            "to_check": any(said.checks for said in self.said.values()),
            "facts": [fact.as_given for fact in self.facts["fr"]],
            "words": {lang: plain(said) for lang, said in self.said.items()},
        }


def plain(value: Any) -> Any:
    """A value as JSON writes it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Decimal) else value


def sample(example: bool) -> str:
    """The mark of what is an example, in the language of the moment; "" for what is none."""
    return rendering.MARKS[FactStatus.EXAMPLE][_lang()] if example else ""


def _lang() -> Lang:
    return clean(translation.get_language())


class FactBook:
    """The facts that one computation reads, in the version in force on a day; one query.

    A value that may not be told (missing, lapsed, an example or unverified outside the demonstration) reads as None.
    """

    def __init__(self, keys: Iterable[str], on: date) -> None:
        self.on, self.demo = on, bool(settings.PARVIS_DEMO)
        self._known = facts_current(keys, on)
        self._read: dict[str, None] = {}

    def has(self, key: str) -> bool:
        """Whether the town has a fact of that key, told or not."""
        return key in self._known

    def told(self, key: str) -> bool:
        """Whether its value may be told; from now on it is one of the facts used."""
        self._read[key] = None
        return self.shown(key, "fr").told

    def shown(self, key: str, lang: Lang) -> ShownFact:
        """The fact as a reader sees it."""
        return rendering.show_fact(key, self._known.get(key), lang, demo=self.demo, today=self.on)

    def cents(self, key: str) -> int | None:
        """An amount, in cents."""
        return self._as(key, Fact.Kind.MONEY, lambda value: int(str(value)))

    def count(self, key: str) -> int | None:
        """A whole number."""
        return self._as(key, Fact.Kind.COUNT, lambda value: int(str(value)))

    def percent(self, key: str) -> Decimal | None:
        """A percentage."""
        return self._as(key, Fact.Kind.PERCENT, lambda value: Decimal(str(value)))

    def day(self, key: str) -> date | None:
        """A date."""
        return self._as(key, Fact.Kind.DATE, lambda value: date.fromisoformat(str(value)))

    def phone(self, key: str) -> str | None:
        """A phone number, in international form."""
        return self._as(key, Fact.Kind.PHONE, str)

    def sample(self, *keys: str) -> str:
        """The mark of an example among these, else of a value that nobody confirmed, in the language of the moment."""
        shown = [self.shown(key, _lang()) for key in keys if key in self._read]
        marks = {fact.status: fact.mark for fact in shown if fact.told and fact.mark}
        return marks.get(FactStatus.EXAMPLE, "") or next(iter(marks.values()), "")

    def text(self, words: str, lang: Lang) -> str:
        """A text with its facts in their place."""
        return rendering.plain_text(words, self._known, lang, demo=self.demo, today=self.on)

    def used(self, lang: Lang) -> tuple[ShownFact, ...]:
        """Every fact read so far, in the order it was read."""
        return tuple(self.shown(key, lang) for key in self._read)

    def _as(self, key: str, kind: str, read: Callable[[object], T]) -> T | None:
        fact = self._known.get(key)
        if not self.told(key) or fact is None or fact.kind != kind:
            return None
        return read(fact.value)


def compute(
    name: str,
    book: FactBook,
    inputs: Mapping[str, Any],
    result: T,
    say: Callable[[Lang], CalculationText],
    *,
    estimate: bool = False,
) -> Computed[T]:
    """The answer with its words in both languages; what rests on an example says so."""
    said, facts = {}, {}
    for lang in LANGUAGES:
        with translation.override(lang):
            words = say(lang)
            facts[lang] = book.used(lang)
            said[lang] = _with_marks(words, facts[lang], lang)
    return Computed(name, book.on, inputs, result, facts, said, estimate)


def _with_marks(words: CalculationText, facts: Iterable[ShownFact], lang: Lang) -> CalculationText:
    marked = [fact.label for fact in facts if fact.told and fact.mark]
    if not marked:
        return words
    check = _("This rests on values that nobody has confirmed: %(labels)s.") % {"labels": quebec.join(marked, lang)}
    return CalculationText(words.short, words.rows, words.notes, (*words.checks, check), words.documents)
