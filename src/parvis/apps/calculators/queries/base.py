"""The parts of a computed answer: the facts of one day, the result, and its words in both languages."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.content.models import Fact
from parvis.apps.content.queries import rendering
from parvis.apps.content.queries.facts import facts_current
from parvis.apps.content.queries.rendering import FactStatus, ShownFact
from parvis.lib import quebec
from parvis.lib.i18n.languages import LANGUAGES, Lang, clean

R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One line of the result; `strong`: the main one; `sample`: its mark when unconfirmed; `url`: a page to link."""

    label: str
    value: str
    strong: bool = False
    sample: str = ""
    url: str = ""


@dataclass(frozen=True)
class CalculationText:
    """A result in words, in one language. `short` is the sentence to say.

    `checks` must be verified before the result is taken as true; when there are any, people should ask the town.
    """

    short: str
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Computed(Generic[R_co]):
    """A computed answer: its name, reference day, inputs, result, facts and words.

    `estimate`: only an official document settles it. `facts` holds every fact read, told or not, by language.
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
        """The facts behind the result, as that reader sees them."""
        return [fact for fact in self.facts[clean(lang)] if fact.told]

    def stamp(self, lang: str) -> str:
        """Identifies these words, to detect a change between reading and recording."""
        return sha256(repr(self.words(lang)).encode()).hexdigest()[:16]

    @property
    def given_inputs(self) -> dict[str, Any]:
        """The value of `Given.inputs`, sufficient to compute the answer again."""
        return {"computed": self.name, "on": self.on.isoformat(), **plain(self.inputs), "result": plain(self.result)}

    def given_facts(self, lang: str) -> list[dict[str, object]]:
        """The value of `Given.facts`: the version of each fact, as shown."""
        return [fact.as_given for fact in self.facts[clean(lang)]]

    def as_json(self) -> dict[str, Any]:
        """Everything as plain values: dates in ISO 8601, amounts in cents, percentages as text."""
        return {
            "name": self.name,
            "on": self.on.isoformat(),
            "inputs": plain(self.inputs),
            "result": plain(self.result),
            "estimate": self.estimate,
            "to_check": any(text.checks for text in self.said.values()),
            "facts": [fact.as_given for fact in self.facts["fr"]],
            "words": {lang: plain(text) for lang, text in self.said.items()},
        }


def plain(value: Any) -> Any:
    """A JSON-serialisable form of a value."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Decimal) else value


def sample(example: bool) -> str:
    """The mark of an example, in the active language; "" otherwise."""
    return rendering.MARKS[FactStatus.EXAMPLE][_lang()] if example else ""


def _lang() -> Lang:
    return clean(translation.get_language())


class FactBook:
    """The facts of one computation, in the versions in force on a day; one query.

    A value that may not be told (missing, expired, or unconfirmed outside a demonstration) reads as None.
    """

    def __init__(self, keys: Iterable[str], on: date) -> None:
        self.on, self.demo = on, bool(settings.PARVIS_DEMO)
        self._known = facts_current(keys, on)
        self._read: dict[str, None] = {}

    def has(self, key: str) -> bool:
        """Whether the town has a fact with that key, told or not."""
        return key in self._known

    def told(self, key: str) -> bool:
        """Whether its value may be told; also marks the fact as used."""
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
        """A phone number, in E.164 form."""
        return self._as(key, Fact.Kind.PHONE, str)

    def sample(self, *keys: str) -> str:
        """The mark of an example among these facts, else of an unconfirmed value, in the active language."""
        shown = [self.shown(key, _lang()) for key in keys if key in self._read]
        marks = {fact.status: fact.mark for fact in shown if fact.told and fact.mark}
        return marks.get(FactStatus.EXAMPLE, "") or next(iter(marks.values()), "")

    def text(self, words: str, lang: Lang) -> str:
        """A text with its facts substituted."""
        return rendering.plain_text(words, self._known, lang, demo=self.demo, today=self.on)

    def used(self, lang: Lang) -> tuple[ShownFact, ...]:
        """Every fact read so far, in reading order."""
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
    """The computed answer with its words in both languages, marked when it rests on unconfirmed values."""
    texts, facts = {}, {}
    for lang in LANGUAGES:
        with translation.override(lang):
            text = say(lang)
            facts[lang] = book.used(lang)
            texts[lang] = _with_marks(text, facts[lang], lang)
    return Computed(name, book.on, inputs, result, facts, texts, estimate)


def _with_marks(words: CalculationText, facts: Iterable[ShownFact], lang: Lang) -> CalculationText:
    marked = [fact.label for fact in facts if fact.told and fact.mark]
    if not marked:
        return words
    check = _("This rests on values that nobody has confirmed: %(labels)s.") % {"labels": quebec.join(marked, lang)}
    return replace(words, checks=(*words.checks, check))
