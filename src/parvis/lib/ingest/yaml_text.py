"""Safe YAML loading that rejects duplicate keys and keeps line numbers for error messages."""

from collections.abc import Iterator
from typing import Any

import yaml


class UnreadableYaml(ValueError):
    """Invalid YAML; `line` is the line of the error, from 1, or 0 when unknown."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.line = line


class Placed(dict[Any, Any]):
    """A mapping that records the line where it begins."""

    line = 0


class Clock(int):
    """A whole number written with colons and without quotes: to YAML 1.1, 12:30 is 750. Shown as what it is."""

    written: str

    def __repr__(self) -> str:
        return f'{int(self)}, which is what YAML reads in {self.written} without quotes: write "{self.written}"'


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader (in C when available), rejecting duplicate keys."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """The mapping; ConstructorError naming a key that is repeated."""
        seen = set()
        for key, _value in node.value:
            if key.value in seen:
                problem = f"field {key.value!r} is given twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping

    def construct_whole(self, node: Any) -> int:
        """The whole number; a `Clock` when it is written with colons."""
        number = int(self.construct_yaml_int(node))
        if ":" not in node.value:
            return number
        clock = Clock(number)
        clock.written = node.value
        return clock


class _PlacedLoader(_Loader):
    """The same loader, building `Placed` mappings."""

    def construct_placed(self, node: Any) -> Iterator[Placed]:
        """The mapping, built in two steps so that YAML anchors inside it may refer to it."""
        placed = Placed()
        placed.line = node.start_mark.line + 1
        yield placed
        placed.update(self.construct_mapping(node))


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_whole)
_PlacedLoader.add_constructor("tag:yaml.org,2002:map", _PlacedLoader.construct_placed)


def read_yaml(text: str, *, lines: bool = False) -> Any:
    """Parses YAML, None when empty; with `lines`, mappings are `Placed`. Raises UnreadableYaml."""
    try:
        return yaml.load(text, Loader=_PlacedLoader if lines else _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise UnreadableYaml(getattr(error, "problem", None) or str(error), mark.line + 1 if mark else 0) from error
