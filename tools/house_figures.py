"""Figures about the code base: its size, and where it is harder to read than necessary.

    python tools/house_figures.py                 for this checkout
    python tools/house_figures.py --before REF    for that commit too, side by side

Nothing is executed: the code is read as text and as syntax, so a commit needs no environment of its own.
"""

import argparse
import ast
import json
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONG_TEMPLATE_LINE = 200
DIALECT = ("one", "found")  # local names that do not describe their value
# Performance code: server, drivers, caches, templates folded or written in Python. Removed, or kept with a reason.
MACHINERY = (
    *(
        "lib/rows.py",
        "lib/database/rows.py",
        "lib/database/postgresql/base.py",
        "lib/database/sqlite/base.py",
        "lib/postgresql/direct.py",
        "lib/postgresql/base.py",
        "lib/sqlite/base.py",
        "lib/ttl_cache.py",
    ),
    *("lib/broker.py", "lib/prefork.py", "lib/turns.py", "lib/turn_pool.py", "lib/even.py", "lib/long_address.py"),
    *("lib/gc_paused.py", "runtime/prefork.py", "ui/folding.py", "ui/links.py", "ui/widgets.py", "ui/statics.py"),
    *("desk/templatetags/desk_queue.py", "desk/templatetags/desk_search.py", "apps/matching/rules/disk_cache.py"),
    *("knowledge/disk_cache.py", "light_commands.py"),
)


def python_files(root: Path, *folders: str) -> Iterator[Path]:
    """The Python files under these folders of a checkout, except migrations."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def lines(paths: Iterator[Path]) -> int:
    """Total lines of these files."""
    return sum(path.read_text().count("\n") for path in paths)


def modules_with_private_names(root: Path) -> int:
    """Files that use a name beginning with an underscore that our own code does not define."""
    trees = {path: ast.parse(path.read_text()) for path in python_files(root, "src")}
    ours = {name for tree in trees.values() for name in _defined(tree)}
    return sum(any(name not in ours for name in _private_names(tree)) for tree in trees.values())


def _defined(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr


def _private_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
        names += [node.attr] if isinstance(node, ast.Attribute) else []
        yield from filter(_private, names)


def _private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in ("_meta", "_replace", "_exit")


def import_cycles(root: Path) -> tuple[int, int]:
    """Pairs of apps that import each other, and apps on a longer import cycle."""
    package = root / "src/parvis"
    edges: dict[str, set[str]] = defaultdict(set)
    for path in python_files(root, "src/parvis"):
        app = _app(path.relative_to(package).parts)
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name.startswith("parvis."):
                    edges[app].add(_app(tuple(name.split(".")[1:])))
    pairs = sum(app in edges[other] for app in edges for other in edges[app] if app < other)
    return pairs, sum(_reaches(edges, app, app) for app in list(edges)) - 2 * pairs


def _app(parts: tuple[str, ...]) -> str:
    return ".".join(parts[:2]) if parts[0] in ("apps", "surfaces") else parts[0].removesuffix(".py")


def _reaches(edges: dict[str, set[str]], start: str, end: str) -> bool:
    seen, ahead = set[str](), [app for app in edges[start] if app != start]
    while ahead:
        app = ahead.pop()
        if app == end:
            return True
        if app not in seen:
            seen.add(app)
            ahead += edges.get(app, set())
    return False


def contract_lines(root: Path) -> int:
    """Lines of import-linter configuration, except blank lines and comments."""
    text, inside, count = (root / "pyproject.toml").read_text(), False, 0
    tomllib.loads(text)
    for line in text.splitlines():
        if line.startswith("["):
            inside = "importlinter" in line
        count += inside and bool(line.strip()) and not line.startswith("#")
    return count


def flattest(root: Path) -> tuple[str, int]:
    """The folder with the most Python files, and their number."""
    counts = Counter(path.parent for path in python_files(root, "src/parvis") if path.name != "__init__.py")
    folder, count = counts.most_common(1)[0]
    return str(folder.relative_to(root / "src/parvis")), count


def dialect(root: Path) -> int:
    """Occurrences of local names that do not describe their value."""
    count = 0
    for path in python_files(root, "src", "tests", "bench", "tools"):
        count += sum(
            isinstance(node, ast.Name) and node.id in DIALECT for node in ast.walk(ast.parse(path.read_text()))
        )
    return count


def long_template_lines(root: Path) -> int:
    """Template lines over LONG_TEMPLATE_LINE characters."""
    files = (root / "src").rglob("*.html")
    return sum(len(line) > LONG_TEMPLATE_LINE for file in files for line in file.read_text().splitlines())


FIGURES: dict[str, Callable[[Path], object]] = {
    "Lines of Python, migrations and the generator of examples apart": lambda root: lines(
        path for path in python_files(root, "src") if "seeding" not in path.parts
    ),
    "Lines of tests": lambda root: lines(python_files(root, "tests")),
    "Modules that use private names of other packages": modules_with_private_names,
    "Lines of what exists to be fast": lambda root: lines(
        path for name in MACHINERY if (path := root / "src/parvis" / name).exists()
    ),
    f"Template lines over {LONG_TEMPLATE_LINE} characters": long_template_lines,
    "Lines of import contracts": contract_lines,
    "Python files in the flattest folder": lambda root: "{} ({})".format(*flattest(root)[::-1]),
    "Apps importing each other both ways, on a cycle": lambda root: "{}, {}".format(*import_cycles(root)),
    "Migrations": lambda root: len(list((root / "src").rglob("migrations/0*.py"))),
    f"Local names {' and '.join(f'`{name}`' for name in DIALECT)}": dialect,
}


def checkout_of(ref: str, into: Path) -> Path:
    """The tree of a commit, unpacked in a folder."""
    packed = subprocess.run(["git", "-C", ROOT, "archive", ref], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(into, filter="data")
    return into


def main() -> int:
    """Prints the table; returns 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--before", metavar="REF", help="a commit to show beside this checkout")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        roots = ([checkout_of(args.before, Path(folder))] if args.before else []) + [ROOT]
        table = {name: [measure(root) for root in roots] for name, measure in FIGURES.items()}
    if args.json:
        print(json.dumps(table, indent=2))
        return 0
    for name, values in table.items():
        print(f"{name:<66}", *(f"{value:>14,}" if isinstance(value, int) else f"{value!s:>14}" for value in values))
    return 0


if __name__ == "__main__":
    sys.exit(main())
