"""The schema of one entry of a file, and the words of its mistakes."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, ClassVar, NamedTuple, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

Names = Mapping[str, Collection[str]]  # what may be named, by kind of thing: {"department": ["greffe", ...]}
E = TypeVar("E", bound="Entry")

ENTRY, FIELD = "entry", "field"  # whether the words of a mistake follow the name of the field
_WORDS = {
    "string_type": "must be a text in quotes, not {!r}",
    "bool_type": "must be true or false, not {!r}",
    "int_type": "must be a whole number, not {!r}",
    "tuple_type": "must be a list, not {!r}",
    "dict_type": "must be fields with values, not {!r}",
}


def _allow_null(schema: dict[str, Any]) -> None:
    """A field that is not required may be null in a file: it is then absent."""
    for name, field in schema.get("properties", {}).items():
        field.pop("title", None)
        if name not in schema.get("required", ()):
            default = field.pop("default", None)
            kept = {"default": default} if isinstance(default, str) and default else {}
            schema["properties"][name] = {"anyOf": [field, {"type": "null"}], **kept}


class Mistake(NamedTuple):
    """Something wrong in an entry, or in the part of it that stands `at`."""

    words: str
    at: tuple[str | int, ...] = ()


class Entry(BaseModel):
    """One mapping of a file: the fields declared, no others; a field that is null is absent.

    `named_by` is the field that names an entry of this kind in a list, `noun` what it is called when named twice. A
    required part that is absent is read as an empty one, so that what is missing in it is told.
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
        result = [
            InitErrorDetails(type=PydanticCustomError(ENTRY, "{words}", {"words": words}), loc=at, input=self)
            for words, at in self.mistakes(info.context or {})
        ]
        if result:
            raise ValidationError.from_exception_data(type(self).__name__, result)
        return self

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """What is wrong although each field is right by itself; `known` is what the entry may name."""
        yield from ()

    @property
    def identity(self) -> str:
        """What no other entry of the list may have too."""
        return str(getattr(self, self.named_by))


def refused(words: str, value: object) -> ValidationError:
    """The refusal of the value of one field; the words follow its name."""
    return refused_parts([("", words)], value)


def refused_parts(wrong: Iterable[tuple[str, str]], value: object) -> ValidationError:
    """The same with several mistakes: (which part of the value, ".fr", or "" for the whole; words)."""
    result = [
        InitErrorDetails(type=PydanticCustomError(FIELD, "{words}", {"part": part, "words": words}), input=value)
        for part, words in wrong
    ]
    return ValidationError.from_exception_data(FIELD, result)


def twice(entries: Sequence[Entry], field: str) -> Iterator[Mistake]:
    """Each entry of a list inside a field whose identity was met before in it."""
    met: set[str] = set()
    for rank, entry in enumerate(entries):
        if entry.identity in met:
            yield Mistake(f"the {entry.noun} {entry.identity!r} is already defined", (field, rank))
        met.add(entry.identity)


def told(error: ValidationError, model: type[Entry], raw: object) -> Iterator[tuple[int, str, str]]:
    """Each mistake as (line of the mapping at fault or 0, its place in the entry, words)."""
    for each in error.errors(include_url=False):
        kind, steps = each["type"], list(each["loc"])
        name = ""
        if kind != ENTRY:
            while isinstance(steps[-1], int):
                steps.pop()
            name = str(steps.pop())
        line, place, holder = place_of(steps, model, raw)
        yield line, place, _words(kind, name, each, holder)


def name_of(raw: object, label: str, rank: int) -> str:
    """How an entry of a list is called in a mistake: its own name, otherwise its rank."""
    name = raw.get(label) if isinstance(raw, Mapping) else None
    return str(name) if name else f"entry {rank + 1}"


def nearest(item: str, accepted: Collection[str]) -> str:
    """A suggestion to end a sentence with; "" when nothing is near."""
    near = get_close_matches(item, sorted(accepted), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def entry_in(annotation: Any) -> type[Entry] | None:
    """The entry that a field holds, alone or in a list or in a mapping; None when it holds plain values."""
    if isinstance(annotation, type) and issubclass(annotation, Entry):
        return annotation
    return next(filter(None, map(entry_in, get_args(annotation))), None)


def place_of(steps: Sequence[str | int], model: type[Entry], raw: Any) -> tuple[int, str, type[Entry]]:
    """The line (0 when it is not known), the name and the kind of the part of an entry to which these steps lead."""
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


def _words(kind: str, name: str, error: Any, model: type[Entry]) -> str:
    if kind == "missing":
        return f"{name!r} is missing"
    if kind == "extra_forbidden":
        names = [field.alias or each for each, field in model.model_fields.items()]
        return f"field {name!r} does not exist{nearest(name, names)}"
    if kind == ENTRY:
        return str(error["ctx"]["words"])
    if kind == FIELD:
        part, words = error["ctx"]["part"], error["ctx"]["words"]
        return f"{name + part!r}{'' if words.startswith(':') else ' '}{words}"
    return f"{name!r} {_WORDS.get(kind, error['msg']).format(error['input'])}"
