"""Base schema of an entry in a file, and readable messages for its validation errors."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, ClassVar, NamedTuple, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

Names = Mapping[str, Collection[str]]  # known names by kind: {"department": ["greffe", ...]}
E = TypeVar("E", bound="Entry")

ENTRY, FIELD = "entry", "field"  # with FIELD, the message follows the name of the field
_WORDS = {
    "string_type": "must be a text in quotes, not {!r}",
    "bool_type": "must be true or false, not {!r}",
    "int_type": "must be a whole number, not {!r}",
    "tuple_type": "must be a list, not {!r}",
    "dict_type": "must be fields with values, not {!r}",
}


def _allow_null(schema: dict[str, Any]) -> None:
    """Lets optional fields be null in the JSON Schema: a null field counts as absent."""
    for name, field in schema.get("properties", {}).items():
        field.pop("title", None)
        if name not in schema.get("required", ()):
            default = field.pop("default", None)
            shown_default = {"default": default} if isinstance(default, str) and default else {}
            schema["properties"][name] = {"anyOf": [field, {"type": "null"}], **shown_default}


class Mistake(NamedTuple):
    """An error in an entry, or in the part of it at the path `at`."""

    words: str
    at: tuple[str | int, ...] = ()


class Entry(BaseModel):
    """One mapping of a file: declared fields only; a null field counts as absent.

    `named_by` is the field that identifies an entry of this kind in a list, `noun` its name in messages on duplicates.
    A required nested entry that is absent is read as an empty one, so that its missing fields are reported.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_allow_null)
    named_by: ClassVar[str]
    noun: ClassVar[str]

    def __init_subclass__(cls, *, named_by: str = "", noun: str = "entry", **config: Any) -> None:
        cls.named_by, cls.noun = named_by, noun
        super().__init_subclass__(**config)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: Any) -> Any:
        if not isinstance(raw, Mapping):
            raise PydanticCustomError(ENTRY, "{words}", {"words": f"must be fields with values, not {raw!r}"})
        parts: dict[str, Any] = {
            field.alias or name: {}
            for name, field in cls.model_fields.items()
            if field.is_required() and field.annotation is entry_in(field.annotation)
        }
        return parts | {str(name): value for name, value in raw.items() if value is not None}

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Self:
        errors = [
            InitErrorDetails(type=PydanticCustomError(ENTRY, "{words}", {"words": words}), loc=at, input=self)
            for words, at in self.mistakes(info.context or {})
        ]
        if errors:
            raise ValidationError.from_exception_data(type(self).__name__, errors)
        return self

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Errors across fields, once each field is valid; `known` holds the names that the entry may refer to."""
        yield from ()

    @property
    def identity(self) -> str:
        """The value that must be unique among the entries of a list."""
        return str(getattr(self, self.named_by))


def refused(words: str, value: object) -> ValidationError:
    """A validation error on the value of one field; the message follows the name of the field."""
    return refused_parts([("", words)], value)


def refused_parts(wrong: Iterable[tuple[str, str]], value: object) -> ValidationError:
    """The same with several errors: (part of the value such as ".fr", "" for the whole; message)."""
    errors = [
        InitErrorDetails(type=PydanticCustomError(FIELD, "{words}", {"part": part, "words": words}), input=value)
        for part, words in wrong
    ]
    return ValidationError.from_exception_data(FIELD, errors)


def duplicates(entries: Sequence[Entry], field: str) -> Iterator[Mistake]:
    """Yields a mistake for each entry of a list field whose identity was already used in it."""
    seen: set[str] = set()
    for rank, entry in enumerate(entries):
        if entry.identity in seen:
            yield Mistake(f"the {entry.noun} {entry.identity!r} is already defined", (field, rank))
        seen.add(entry.identity)


def describe_errors(error: ValidationError, model: type[Entry], raw: object) -> Iterator[tuple[int, str, str]]:
    """Yields each error as (line of the faulty mapping or 0, its place in the entry, message)."""
    for detail in error.errors(include_url=False):
        kind, steps = detail["type"], list(detail["loc"])
        name = ""
        if kind != ENTRY:
            while isinstance(steps[-1], int):
                steps.pop()
            name = str(steps.pop())
        line, place, holder = place_of(steps, model, raw)
        yield line, place, _message(kind, name, detail, holder)


def name_of(raw: object, label: str, rank: int) -> str:
    """How messages call an entry of a list: by its own name, otherwise by its rank."""
    name = raw.get(label) if isinstance(raw, Mapping) else None
    return str(name) if name else f"entry {rank + 1}"


def nearest(name: str, accepted: Collection[str]) -> str:
    """A suggestion to append to a message ("; did you mean ...?"); "" when no accepted name is close."""
    matches = get_close_matches(name, sorted(accepted), n=1)
    return f"; did you mean {matches[0]!r}?" if matches else ""


def entry_in(annotation: Any) -> type[Entry] | None:
    """The Entry type in a field's annotation, alone or in a list or mapping; None for plain values."""
    if isinstance(annotation, type) and issubclass(annotation, Entry):
        return annotation
    return next(filter(None, map(entry_in, get_args(annotation))), None)


def place_of(steps: Sequence[str | int], model: type[Entry], raw: Any) -> tuple[int, str, type[Entry]]:
    """Follows a path inside an entry: (line, 0 when unknown; readable name of the part; its Entry type)."""
    places: list[str] = []
    for step in steps:
        if isinstance(step, int):
            raw = raw[step] if isinstance(raw, Sequence) and step < len(raw) else None
            places[-1] += f" {name_of(raw, model.named_by, step)}"
        else:
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            if step in fields:
                model = entry_in(fields[step].annotation) or model
            raw = raw.get(step) if isinstance(raw, Mapping) else None
            places.append(step)
    return getattr(raw, "line", 0), ", ".join(places), model


def _message(kind: str, name: str, error: Any, model: type[Entry]) -> str:
    if kind == "missing":
        return f"{name!r} is missing"
    if kind == "extra_forbidden":
        names = [field.alias or attribute for attribute, field in model.model_fields.items()]
        return f"field {name!r} does not exist{nearest(name, names)}"
    if kind == ENTRY:
        return str(error["ctx"]["words"])
    if kind == FIELD:
        part, words = error["ctx"]["part"], error["ctx"]["words"]
        return f"{name + part!r}{'' if words.startswith(':') else ' '}{words}"
    return f"{name!r} {_WORDS.get(kind, error['msg']).format(error['input'])}"
