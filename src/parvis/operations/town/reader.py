"""Entries of a town's files made into what their schemas say, with every mistake noted where it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from parvis.lib.ingest.entries import Entry, Mistake, Names, place_of, told
from parvis.lib.ingest.problems import Problems

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class Written:
    """One entry as a file gives it: what it is called there, "" when it is the whole file, and its raw values."""

    file: str
    name: str
    raw: Any


class Reader:
    """Reads entries by their schemas; `known` is what they may name."""

    def __init__(self, problems: Problems, known: Names) -> None:
        self.problems, self.known = problems, known

    def one(self, model: type[E], written: Written | None) -> E | None:
        """The entry; None when there is none, or when something is wrong in it."""
        if written is None:
            return None
        try:
            return model.model_validate(written.raw, context=self.known)
        except ValidationError as error:
            for line, place, words in told(error, model, written.raw):
                self._note(written, line, place, words)
        return None

    def each(self, model: type[E], written: Sequence[Written]) -> list[E]:
        """The entries that are right; one that was met before is a mistake."""
        return [entry for entry, _written in self.placed(model, written)]

    def placed(self, model: type[E], written: Sequence[Written]) -> list[tuple[E, Written]]:
        """The same, each with its place."""
        result = [(entry, each) for each in written if (entry := self.one(model, each)) is not None]
        first: dict[str, Written] = {}
        for entry, each in result:
            before = first.setdefault(entry.identity, each)
            if before is not each:
                there = "" if before.file == each.file else f" in {before.file}"
                self.wrong(model, each, Mistake(f"the {model.noun} {entry.identity!r} is already defined{there}"))
        return result

    def wrong(self, model: type[Entry], written: Written, mistake: Mistake) -> None:
        """Note what no entry shows by itself."""
        line, place, _model = place_of(mistake.at, model, written.raw)
        self._note(written, line, place, mistake.words)

    def _note(self, written: Written, line: int, place: str, words: str) -> None:
        where = [f"line {line}"] if line else []
        self.problems.add(written.file, ", ".join([*where, *filter(None, (written.name, place))]), words)


def names(written: Iterable[Written], field: str, **having: Any) -> list[str]:
    """The names that entries give themselves, read before the rest; `having` picks those with these values."""
    raws = [each.raw for each in written if isinstance(each.raw, dict)]
    return [str(raw[field]) for raw in raws if field in raw and all(raw.get(k) == v for k, v in having.items())]
