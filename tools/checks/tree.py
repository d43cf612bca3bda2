"""The files of the project, each read and parsed once, and the register of the rules that look at them."""

import ast
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import polib

SKIPPED = {"__pycache__", "var", "results", "node_modules", "dist"}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```[\s\S]*?```|`[^`\n]+`|^    .*$", re.MULTILINE)
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True, order=True)
class Fault:
    """One thing to mend: a path from the root of the tree, a line from 1, and what is wrong there."""

    path: str
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.words}"


Rule = Callable[["Tree"], Iterator[Fault]]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    """Registers a rule under the name of its function."""
    RULES[function.__name__] = function
    return function


class File:
    """A text file of the tree."""

    def __init__(self, root: Path, path: str) -> None:
        self.path, self.file = path, root / path
        self.text = self.file.read_text(encoding="utf-8")

    def fault(self, where: int | ast.AST | None, words: str) -> Fault:
        """A fault of this file, at a line (1 when none is known) or at a node of its syntax tree."""
        line = where if isinstance(where, int) else getattr(where, "lineno", 1)
        return Fault(self.path, line, words)

    def line_at(self, position: int) -> int:
        """The line of a position in the text."""
        return self.text.count("\n", 0, position) + 1

    def line_of(self, words: str) -> int:
        """The line on which `words` first stands; 1 when it stands nowhere."""
        return self.line_at(max(self.text.find(words), 0))


class Module(File):
    """A Python module, with the nodes of its syntax tree by their type."""

    def __init__(self, root: Path, path: str) -> None:
        super().__init__(root, path)
        self.tree = ast.parse(self.text)
        self.nodes: dict[type[ast.AST], list[Any]] = {}
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            node = waiting.pop()
            self.nodes.setdefault(type(node), []).append(node)
            for value in node.__dict__.values():
                if isinstance(value, list):
                    waiting += [item for item in value if isinstance(item, ast.AST)]
                elif isinstance(value, ast.AST):
                    waiting.append(value)

    def every(self, *kinds: type[Node]) -> list[Node]:
        """The nodes of these very types, at any depth."""
        return [node for kind in kinds for node in self.nodes.get(kind, ())]

    @cached_property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method, at any depth."""
        return [*self.every(ast.FunctionDef), *self.every(ast.AsyncFunctionDef)]

    @cached_property
    def name(self) -> str:
        """As it is imported: parvis.lib.clock for src/parvis/lib/clock.py."""
        return self.path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class Page(File):
    """A Markdown page: its code, its prose, and its headings as (level, text)."""

    def __init__(self, root: Path, path: str) -> None:
        super().__init__(root, path)
        self.code = "\n".join(CODE.findall(self.text))
        self.prose = CODE.sub(lambda found: "x" + "\n" * found[0].count("\n"), self.text)
        self.headings = [(len(level), text) for level, text in HEADING.findall(self.text)]
        self.anchors = {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for _level, text in self.headings}


class Catalogue(File):
    """A catalogue of translations: its entries, and whether it is the French one."""

    def __init__(self, root: Path, path: str) -> None:
        super().__init__(root, path)
        self.entries = list(polib.pofile(str(self.file)))
        self.is_french = "/fr/" in path


@dataclass
class Tree:
    """The files below a folder; what git never holds is left out."""

    root: Path
    read: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def paths(self) -> list[str]:
        """Every file, as a path from the root, in order."""
        result = []
        for folder, inside, names in os.walk(self.root):
            inside[:] = [name for name in inside if name not in SKIPPED and not name.startswith(".")]
            here = Path(folder).relative_to(self.root)
            result += [(here / name).as_posix() for name in names]
        return sorted(result)

    def find(self, folder: str = "", *endings: str, within: str = "") -> list[str]:
        """The paths below `folder` that end so, and have a folder named `within` on their way when one is given."""
        start = f"{folder}/" if folder else ""
        return [
            path
            for path in self.paths
            if path.startswith(start) and path.endswith(endings or "") and (not within or f"/{within}/" in path)
        ]

    def has(self, path: str) -> bool:
        """Whether there is such a file or folder."""
        return (self.root / path).exists()

    def _once(self, kind: type[Any], path: str) -> Any:
        if not isinstance(self.read.get(path), kind):
            self.read[path] = kind(self.root, path)
        return self.read[path]

    def file(self, path: str) -> File:
        """Any text file, read once."""
        result: File = self._once(File, path)
        return result

    def module(self, path: str) -> Module:
        """A Python module, parsed once."""
        result: Module = self._once(Module, path)
        return result

    def page(self, path: str) -> Page:
        """A Markdown page, parsed once."""
        result: Page = self._once(Page, path)
        return result

    def catalogues(self) -> Iterator["Catalogue"]:
        """Every catalogue of translations, in every language."""
        for path in self.find("src", "/LC_MESSAGES/django.po", within="locale"):
            yield self._once(Catalogue, path)

    def modules(self, *folders: str) -> Iterator[Module]:
        """Every Python module of these folders (our product's by default), migrations left out."""
        for folder in folders or ("src",):
            for path in self.find(folder, ".py"):
                if "/migrations/" not in path:
                    yield self.module(path)

    def templates(self) -> Iterator[File]:
        """Every template of the product."""
        return (self.file(path) for path in self.find("src", ".html", ".txt", within="templates"))

    def pages(self, folder: str = "") -> Iterator[Page]:
        """Every Markdown page of the project (the answers of a town are data, not pages)."""
        return (self.page(path) for path in self.find(folder, ".md") if "/answers/" not in path)
