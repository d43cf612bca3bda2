"""Validation of raw entries by their schemas; every problem is recorded with its location."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from parvis.lib.ingest.entries import Entry, Mistake, Names, describe_errors, place_of
from parvis.lib.ingest.problems import Problems

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class RawEntry:
    """An entry as parsed from a file: its name ("" for the whole file) and its raw values."""

    file: str
    name: str
    raw: Any


class Reader:
    """Validates entries by their schemas; `known` holds the names that they may refer to."""

    def __init__(self, problems: Problems, known: Names) -> None:
        self.problems, self.known = problems, known

    def one(self, model: type[E], entry: RawEntry | None) -> E | None:
        """The validated entry; None when there is none, or when it is invalid."""
        if entry is None:
            return None
        try:
            return model.model_validate(entry.raw, context=self.known)
        except ValidationError as error:
            for line, place, words in describe_errors(error, model, entry.raw):
                self._add(entry, line, place, words)
        return None

    def each(self, model: type[E], entries: Sequence[RawEntry]) -> list[E]:
        """The valid entries; a duplicate is a problem."""
        return [valid for valid, _entry in self.placed(model, entries)]

    def placed(self, model: type[E], entries: Sequence[RawEntry]) -> list[tuple[E, RawEntry]]:
        """The same, each with its raw entry."""
        pairs = [(valid, entry) for entry in entries if (valid := self.one(model, entry)) is not None]
        seen: dict[str, RawEntry] = {}
        for valid, entry in pairs:
            first = seen.setdefault(valid.identity, entry)
            if first is not entry:
                where = "" if first.file == entry.file else f" in {first.file}"
                self.wrong(model, entry, Mistake(f"the {model.noun} {valid.identity!r} is already defined{where}"))
        return pairs

    def wrong(self, model: type[Entry], entry: RawEntry, mistake: Mistake) -> None:
        """Records a problem that involves several entries."""
        line, place, _model = place_of(mistake.at, model, entry.raw)
        self._add(entry, line, place, mistake.words)

    def _add(self, entry: RawEntry, line: int, place: str, words: str) -> None:
        where = [f"line {line}"] if line else []
        self.problems.add(entry.file, ", ".join([*where, *filter(None, (entry.name, place))]), words)


def names(entries: Iterable[RawEntry], field: str, **having: Any) -> list[str]:
    """The names of raw entries, read before validation; `having` selects those with these values."""
    raws = [entry.raw for entry in entries if isinstance(entry.raw, dict)]
    return [str(raw[field]) for raw in raws if field in raw and all(raw.get(k) == v for k, v in having.items())]
