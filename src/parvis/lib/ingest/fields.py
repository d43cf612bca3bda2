"""Field types of entries: parsing, validation, and their JSON Schema for editors."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any, NamedTuple

from pydantic import (
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    Strict,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from parvis.lib.i18n.languages import LANGUAGES
from parvis.lib.ingest.entries import Entry, Names, entry_in, nearest, refused, refused_parts


class Texts(NamedTuple):
    """A text in both languages."""

    fr: str
    en: str

    @property
    def by_language(self) -> dict[str, str]:
        """{"fr": ..., "en": ...}"""
        return {"fr": self.fr, "en": self.en}


NOTHING = Texts("", "")
Flag = Annotated[bool, Strict()]
Number = Annotated[int, Strict()]
Text = Annotated[str, StringConstraints(strict=True, strip_whitespace=True)]


# --- Checks on texts -----------------------------------------------------------------------------------------------


class Check(ABC):
    """A constraint on a text, or on each text of a list."""

    @abstractmethod
    def wrong(self, text: str, known: Names) -> str:
        """The error message, to follow the name of the field; "" when the text is valid."""

    def describe(self, schema: dict[str, Any]) -> None:
        """Adds the constraint to the JSON Schema of a text."""
        return None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._run, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        described = deepcopy(handler(schema))
        texts = described.get("properties", {}).values() or [described.get("items", described)]
        for text in texts:
            self.describe(text)
        return described

    def _run(self, value: Any, info: ValidationInfo) -> Any:
        texts = [("", value)] if isinstance(value, str) else [("", text) for text in value]
        if isinstance(value, Texts):
            texts = [(f".{lang}", text) for lang, text in zip(LANGUAGES, value, strict=True)]
        known = info.context or {}
        if errors := [(part, wrong) for part, text in texts if (wrong := self.wrong(text, known))]:
            raise refused_parts(errors, value)
        return value


@dataclass(frozen=True)
class Most(Check):
    """A maximum number of characters."""

    characters: int

    def wrong(self, text: str, known: Names) -> str:
        length, most = len(text), self.characters
        return f"is too long: {length} characters, at most {most}" if length > most else ""

    def describe(self, schema: dict[str, Any]) -> None:
        schema["maxLength"] = self.characters


@dataclass(frozen=True)
class Like(Check):
    """Empty, or matching a pattern that `words` describe."""

    pattern: str
    words: str

    def wrong(self, text: str, known: Names) -> str:
        return "" if not text or re.fullmatch(self.pattern, text) else f"must {self.words}, not {text!r}"

    def describe(self, schema: dict[str, Any]) -> None:
        schema["pattern"] = f"^(?:{self.pattern})?$"


class OneOf(Check):
    """Empty, or one of these values."""

    def __init__(self, values: Iterable[str]) -> None:
        self.values = [str(value) for value in values]

    def wrong(self, text: str, known: Names) -> str:
        if not text or text in self.values:
            return ""
        return f"must be one of {', '.join(sorted(self.values))}, not {text!r}"

    def describe(self, schema: dict[str, Any]) -> None:
        schema["enum"] = self.values


@dataclass(frozen=True)
class Known(Check):
    """Empty, or the name of something that the same folder defines, such as a "department"."""

    kind: str

    def wrong(self, text: str, known: Names) -> str:
        accepted = known.get(self.kind)
        if not text or accepted is None or text in accepted:
            return ""
        return f"names an unknown {self.kind}: {text!r}{nearest(text, accepted)}"


# --- Field types ---------------------------------------------------------------------------------------------------


def read_texts(value: Any) -> Texts:
    """Reads a {fr, en} mapping; ValidationError for anything else."""
    if isinstance(value, Texts):
        return value
    if not isinstance(value, Mapping) or set(value) != set(LANGUAGES):
        raise refused("must give fr and en, and nothing else", value)
    for lang in LANGUAGES:
        if not isinstance(value[lang], str) or not value[lang].strip():
            raise refused(f"needs words in {lang!r}, not {value[lang]!r}", value)
    return Texts(*(value[lang].strip() for lang in LANGUAGES))


def _read_names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
        raise refused(f"must be a list of texts, not {value!r}", value)
    return tuple(text.strip() for text in value)


def _read_day(day: Any) -> date:
    try:
        if isinstance(day, str):
            return date.fromisoformat(day)
    except ValueError:
        pass
    if isinstance(day, date) and not isinstance(day, datetime):
        return day
    raise refused(f"must be a date such as 2026-12-24, not {day!r}", day)


def _read_days(value: Any) -> tuple[date, ...]:
    try:
        return tuple(raw if isinstance(raw, date) else date.fromisoformat(raw) for raw in value)
    except (TypeError, ValueError):
        raise refused(f"must be a list of dates such as 2026-12-24, not {value!r}", value) from None


def _read_hour(value: Any) -> time:
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(value)
    except (TypeError, ValueError):
        raise refused(f'must be a time of day in quotes, such as "19:30", not {value!r}', value) from None


_BOTH = {"type": "string", "minLength": 1}
_BOTH_SCHEMA = {
    "type": "object",
    "properties": {lang: _BOTH for lang in LANGUAGES},
    "required": list(LANGUAGES),
    "additionalProperties": False,
}

Both = Annotated[
    Texts,
    PlainValidator(read_texts),
    PlainSerializer(lambda texts: texts.by_language),
    WithJsonSchema(_BOTH_SCHEMA),
]
Several = Annotated[tuple[str, ...], BeforeValidator(_read_names)]
Day = Annotated[date, BeforeValidator(_read_day)]
Days = Annotated[tuple[date, ...], BeforeValidator(_read_days)]
Hour = Annotated[time, PlainValidator(_read_hour), WithJsonSchema({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}"})]
Slug = Annotated[
    Text,
    Most(80),
    Like("[a-z0-9]+(?:[-_.][a-z0-9]+)*", "hold lower-case letters, digits and hyphens only"),
]
Phone = Annotated[Text, Like(r"\+[1-9][0-9]{7,14}|[0-9]{3}", 'be a phone number such as "+14505550100" or "911"')]
Url = Annotated[Text, Most(200), Like("https?://.*", "be an address such as https://ville.example")]
Icon = Annotated[Text, Most(40)]


class Lists(Entry):
    """A list of texts in each language."""

    fr: Several = ()
    en: Several = ()

    @property
    def by_language(self) -> dict[str, tuple[str, ...]]:
        """{"fr": (...), "en": (...)}"""
        return {"fr": self.fr, "en": self.en}


class Source(Entry):
    """The source of the information in an entry."""

    title: Annotated[Text, Most(200)]
    url: Url = ""


class OptionalSource(Source):
    """The source of the information in an entry, when it is known."""

    title: Annotated[Text, Most(200)] = ""


def columns(entry: Entry, *without: str) -> dict[str, Any]:
    """The fields as model columns: a bilingual text or a source makes two columns; nested entries are skipped."""
    result: dict[str, Any] = {}
    for name, field in type(entry).model_fields.items():
        value = getattr(entry, name)
        if name in without:
            continue
        if isinstance(value, Source):
            result |= {f"{name}_title": value.title, f"{name}_url": value.url}
        elif isinstance(value, Texts):
            result |= {f"{name}_{lang}": text for lang, text in value.by_language.items()}
        elif entry_in(field.annotation) is None:
            result[name] = list(value) if isinstance(value, tuple) else value
    return result
