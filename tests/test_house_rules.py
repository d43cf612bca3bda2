"""The rules of the house that no linter knows: sizes, imports, signals, who writes in the database, what exists."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import yaml

import parvis
from parvis.config.environment import ENVIRONMENT
from parvis.lib.jobs import JOB_NAMES, resolve

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src/parvis"
MOST_LINES = 500
MOST_LINES_OF_A_FUNCTION = 60
MOST_LETTERS_OF_A_TEMPLATE_LINE = 200

WRITES = {
    *("save", "create", "acreate", "update", "delete", "bulk_create", "bulk_update"),
    *("get_or_create", "update_or_create", "set_password", "set_unusable_password"),
}
# Objects of these names have methods of the same names that write nothing to the database.
NOT_ROWS = re.compile(
    r"(^|\.)(headers|attrs|context|kwargs|params|query|data|GET|POST|session|widget|digest|__dict__)$"
)
# A form of Wagtail's screens, whose `save` is written to call the use case of knowledge.services.
FORMS_THAT_CALL_A_SERVICE = {"surfaces/editor/viewsets.py": {"self.form"}}
# The one receiver of a signal that decides something: what Wagtail publishes, by its screen, a workflow or a schedule.
# The two others decide nothing: the groups of the editors exist once the tables do; a job's log lines bear its name.
SIGNALS_ALLOWED = {
    "surfaces/editor/receivers.py": {"published", "unpublished"},
    "apps/content/apps.py": {"post_migrate"},
    "runtime/worker.py": {"pre_execute"},
    "apps/mail/web/webhooks.py": {"inbound", "tracking"},
}

SHIPPED = [
    module.name
    for module in walk_packages(parvis.__path__, "parvis.")
    if "migrations" not in module.name and module.name not in ("parvis.config.wsgi", "parvis.config.asgi")
]
# Names that begin with an underscore and are documented all the same: Django's Model API, named tuples, os.
DOCUMENTED = {"_meta", "_replace", "_exit"}
# What Django keeps of a row that `insert` has written without `save` (tests/lib/test_rows.py).
PRIVATE_ALLOWED = {"src/parvis/lib/database/rows.py": {"_state"}}


def modules(folder: Path = SOURCE) -> Iterator[tuple[Path, ast.Module]]:
    """Every source file of ours, migrations left out, with its syntax tree."""
    for path in sorted(folder.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, ast.parse(path.read_text())


def where(path: Path, node: ast.AST) -> str:
    """file:line, as an editor opens it."""
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, at any depth."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Every call, decorators included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node


def test_no_source_file_is_longer_than_a_reader_bears() -> None:
    long = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p, _ in modules()}
    assert {path: lines for path, lines in long.items() if lines > MOST_LINES} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    result = [
        f"{where(path, node)} {node.name}: {length} lines"
        for path, tree in modules()
        for node in functions(tree)
        if (length := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]
    assert result == []


def test_no_line_of_a_template_is_longer_than_an_editor_shows() -> None:
    """`make format` breaks lines at 120 where a blank changes nothing; what it leaves longer is broken by hand."""
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted(SOURCE.rglob("templates/**/*.html"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > MOST_LETTERS_OF_A_TEMPLATE_LINE
    ]
    assert long == []


def test_imports_stand_at_the_head_of_the_file() -> None:
    result = {
        where(path, inner)
        for path, tree in modules()
        if path.name != "apps.py"
        for node in functions(tree)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    }
    assert result == set()


def test_no_signal_decides_anything_but_the_one_of_publication() -> None:
    result = []
    for path, tree in modules():
        allowed = SIGNALS_ALLOWED.get(str(path.relative_to(SOURCE)), set())
        for call in calls(tree):
            made = ast.unparse(call.func)
            if not made.endswith((".connect", "receiver")):
                continue
            listened = ast.unparse(call.args[0]) if made.endswith("receiver") else made.removesuffix(".connect")
            if not set(re.findall(r"\w+$|\w+(?=[,\]])", listened)) <= allowed:
                result.append(f"{where(path, call)} {ast.unparse(call)[:80]}")
    assert result == []


def private(name: str) -> bool:
    return name.startswith("_") and name.strip("_") != "" and not name.startswith("__") and name not in DOCUMENTED


def test_no_private_name_of_another_package_is_used() -> None:
    """`self._x` is ours when some class of ours makes `_x`; any other `one._x`, when that file makes it or `one` is a
    module of ours.
    """
    trees = [(path, tree) for folder in ("src", "bench", "tests", "tools") for path, tree in modules(ROOT / folder)]
    made = {path: _names_made(tree) for path, tree in trees}
    every = set().union(*made.values())
    result = []
    for path, tree in trees:
        allowed = PRIVATE_ALLOWED.get(str(path.relative_to(ROOT)), set())
        ours = _modules_of_ours(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [name.name for name in node.names] + node.module.split(".")
                if node.module.split(".")[0] not in OURS and any(map(private, names)):
                    result.append(f"{where(path, node)} {ast.unparse(node)}")
            if isinstance(node, ast.Attribute) and private(node.attr) and node.attr not in allowed:
                owner = ast.unparse(node.value)
                known = every if owner in ("self", "cls", "super()") else made[path]
                if node.attr not in known and owner not in ours:
                    result.append(f"{where(path, node)} {ast.unparse(node)[:90]}")
    assert result == []


OURS = {"parvis", "bench", "tests", "tools"}


def _names_made(tree: ast.AST) -> set[str]:
    """The functions, classes and variables of a file or class, and the attributes that its objects give themselves."""
    names_made = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names_made.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names_made.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self":
            names_made.add(node.attr)
    return names_made


def _modules_of_ours(tree: ast.Module) -> set[str]:
    return {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS
        for name in node.names
    }


def test_no_class_redefines_what_a_class_of_another_package_keeps_private() -> None:
    result = []
    for module in map(import_module, SHIPPED):
        for node in ast.parse(Path(str(module.__file__)).read_text()).body:
            if isinstance(node, ast.ClassDef):
                bases = [
                    base for base in getattr(module, node.name).__mro__ if base.__module__.split(".")[0] not in OURS
                ]
                kept = {name for base in bases for name in vars(base)}
                result += [
                    f"{module.__name__}.{node.name} {name}"
                    for name in _names_made(node)
                    if private(name) and name in kept
                ]
    assert result == []


def test_a_surface_never_writes_to_the_database() -> None:
    result = []
    for surface in sorted((SOURCE / "surfaces").iterdir()):
        for path, tree in modules(surface):
            for call in calls(tree):
                if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITES:
                    continue
                owner = ast.unparse(call.func.value)
                if owner in FORMS_THAT_CALL_A_SERVICE.get(str(path.relative_to(SOURCE)), set()):
                    continue
                if not NOT_ROWS.search(owner) and not _is_a_service(tree, owner) and not owner.startswith("super()"):
                    result.append(f"{where(path, call)} {ast.unparse(call)[:90]}")
    assert result == []


def _is_a_service(tree: ast.Module, owner: str) -> bool:
    """Whether that name is a services module imported by the file: its functions may well be called `update`."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("parvis."):
            for name in node.names:
                as_called = name.asname or name.name
                if as_called == owner and (name.name == "services" or node.module.endswith(".services")):
                    return True
    return False


def test_every_job_and_every_letter_named_in_the_code_exists() -> None:
    for name in SHIPPED:
        import_module(name)
    assert JOB_NAMES
    assert [name for name in sorted(JOB_NAMES) if not callable(resolve(name))] == []
    named = {
        word
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "renderer" and isinstance(node.value, ast.Constant)
        for word in [str(node.value.value)]
    }
    assert [name for name in sorted(named) if not callable(resolve(name))] == []


def test_every_setting_is_documented_with_its_default() -> None:
    page = (ROOT / "docs/run/settings.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| (?:`([^`]*)`|none) \|", page, flags=re.MULTILINE))
    assert rows == {name: default for name, (default, _) in ENVIRONMENT.items()}


def test_nothing_of_a_town_is_in_the_code() -> None:
    words = set()
    for folder in (ROOT / "towns/carignan", ROOT / "tests/towns/val-des-aulnes"):
        town = yaml.safe_load((folder / "town.yaml").read_text())
        words |= {town["slug"], town.get("short_name") or town["name"]["fr"].removeprefix("Ville de ")}
        words |= {person["username"] for person in yaml.safe_load((folder / "staff.yaml").read_text())}
    result = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in sorted(SOURCE.rglob("*"))
        if path.suffix in (".py", ".html", ".txt", ".js", ".css", ".po")
        for word in words
        if re.search(rf"\b{re.escape(word)}\b", path.read_text(), flags=re.IGNORECASE)
    ]
    assert result == []


def test_every_app_with_models_has_its_migrations() -> None:
    apps = [path.parent for path in SOURCE.rglob("models.py")]
    apps += [path.parent.parent for path in SOURCE.rglob("models/__init__.py")]
    assert apps
    assert [app.name for app in apps if not list(app.glob("migrations/0001_*.py"))] == []
