"""YAML as people write it: read safely, a field given twice refused, the line of a mistake told."""

from collections.abc import Iterator
from typing import Any

import yaml


class UnreadableYaml(ValueError):
    """The text is no YAML; `line` is where, from 1, or 0 when that is not known."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.line = line


class Placed(dict[Any, Any]):
    """A mapping that knows the line where it begins."""

    line = 0


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader, in C when it is there, that refuses a field given twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """The mapping, or an error naming the second field of the same name."""
        seen = set()
        for key, _value in node.value:
            if key.value in seen:
                problem = f"field {key.value!r} is given twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


class _PlacedLoader(_Loader):
    """The same loader, whose mappings know their line."""

    def construct_placed(self, node: Any) -> Iterator[Placed]:
        """The mapping, in the two steps that let YAML refer to it from inside."""
        placed = Placed()
        placed.line = node.start_mark.line + 1
        yield placed
        placed.update(self.construct_mapping(node))


_PlacedLoader.add_constructor("tag:yaml.org,2002:map", _PlacedLoader.construct_placed)


def read_yaml(text: str, *, lines: bool = False) -> Any:
    """What the text holds, None when it is empty; with `lines`, its mappings are `Placed`. UnreadableYaml otherwise."""
    try:
        return yaml.load(text, Loader=_PlacedLoader if lines else _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise UnreadableYaml(getattr(error, "problem", None) or str(error), mark.line + 1 if mark else 0) from error
