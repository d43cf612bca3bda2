"""What the code is made of: sizes, imports, signals, private names, who writes in the database, what exists."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module

from parvis.lib.jobs import JOB_NAMES, resolve
from tools.checks.tree import Fault, Module, Tree, rule

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
FORMS_THAT_CALL_A_SERVICE = {"src/parvis/surfaces/editor/viewsets.py": {"self.form"}}
# The one receiver of a signal that decides something: what Wagtail publishes, by its screen, a workflow or a schedule.
# The two others decide nothing: the groups of the editors exist once the tables do; a job's log lines bear its name.
SIGNALS_ALLOWED = {
    "src/parvis/surfaces/editor/receivers.py": {"published", "unpublished"},
    "src/parvis/apps/content/apps.py": {"post_migrate"},
    "src/parvis/runtime/worker.py": {"pre_execute"},
    "src/parvis/apps/mail/web/webhooks.py": {"inbound", "tracking"},
}
# Names that begin with an underscore and are documented all the same: Django's Model API, named tuples, os.
DOCUMENTED = {"_meta", "_replace", "_exit"}
# What Django keeps of a row that `insert` has written without `save` (tests/lib/test_rows.py).
PRIVATE_ALLOWED = {"src/parvis/lib/database/rows.py": {"_state"}}
OURS = {"parvis", "bench", "tests", "tools"}
MAKE_CASES = ("src/parvis/apps/cases/", "src/parvis/apps/intake/services/requests.py")
JOBS = "src/parvis/lib/jobs.py"
NOT_IMPORTED = {"parvis.config.wsgi", "parvis.config.asgi"}  # they begin to serve


@rule
def no_file_is_longer_than_a_reader_bears(tree: Tree) -> Iterator[Fault]:
    """Files of the product up to 500 lines."""
    for module in tree.modules():
        if (lines := len(module.text.splitlines())) > MOST_LINES:
            yield module.fault(lines, f"a file of {lines} lines: {MOST_LINES} at most")


@rule
def no_function_is_longer_than_a_screen(tree: Tree) -> Iterator[Fault]:
    """Functions of the product up to 60 lines."""
    for module in tree.modules():
        for node in module.functions:
            if (length := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION:
                yield module.fault(node, f"{node.name} has {length} lines: {MOST_LINES_OF_A_FUNCTION} at most")


@rule
def no_line_of_a_template_is_longer_than_an_editor_shows(tree: Tree) -> Iterator[Fault]:
    """`make format` breaks lines at 120 where a blank changes nothing; what it leaves longer is broken by hand."""
    for template in tree.templates():
        for number, line in enumerate(template.text.splitlines(), start=1):
            if template.path.endswith(".html") and len(line) > MOST_LETTERS_OF_A_TEMPLATE_LINE:
                yield template.fault(
                    number, f"a line of {len(line)} letters: {MOST_LETTERS_OF_A_TEMPLATE_LINE} at most"
                )


@rule
def imports_stand_at_the_head_of_the_file(tree: Tree) -> Iterator[Fault]:
    """No import inside a function, except in `apps.py`."""
    for module in tree.modules():
        if module.path.endswith("/apps.py"):
            continue
        for node in [*module.every(ast.Import), *module.every(ast.ImportFrom)]:
            if any(function.lineno <= node.lineno <= (function.end_lineno or 0) for function in module.functions):
                yield module.fault(node, f"an import inside a function: {ast.unparse(node)}")


@rule
def a_package_exports_nothing_of_its_modules(tree: Tree) -> Iterator[Fault]:
    """The `__init__.py` of a layer is its docstring; that of `models` alone gathers what the modules define."""
    for module in tree.modules("src/parvis/apps"):
        if module.path.endswith("/__init__.py") and not module.path.endswith("/models/__init__.py"):
            for node in module.tree.body:
                if not isinstance(node, ast.Expr):
                    yield module.fault(node, f"import from the module that defines it: {ast.unparse(node)[:90]}")


@rule
def no_signal_decides_anything_but_the_one_of_publication(tree: Tree) -> Iterator[Fault]:
    """What happens is called by name: the signals listened to are those of a short list."""
    for module in tree.modules():
        allowed = SIGNALS_ALLOWED.get(module.path, set())
        for call in module.every(ast.Call):
            listened: ast.expr | None = None
            if isinstance(call.func, ast.Attribute) and call.func.attr == "connect":
                listened = call.func.value
            elif _last_name(call.func).endswith("receiver"):
                listened = call.args[0] if call.args else call
            if listened and not set(re.findall(r"\w+$|\w+(?=[,\]])", ast.unparse(listened))) <= allowed:
                yield module.fault(call, f"a signal is listened to: {ast.unparse(call)[:80]}")


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _private(name: str) -> bool:
    return name.startswith("_") and name.strip("_") != "" and not name.startswith("__") and name not in DOCUMENTED


@rule
def no_private_name_of_another_package_is_used(tree: Tree) -> Iterator[Fault]:
    """`self._x` is ours when some class of ours makes `_x`; any other `one._x`, when that file makes it or `one` is a
    module of ours.
    """
    modules = list(tree.modules("src", "bench", "tests", "tools"))
    made = {module.path: {name for _line, name in _private_names_made(module)} for module in modules}
    every = set().union(*made.values())
    for module in modules:
        imported = module.every(ast.ImportFrom)
        ours = {
            name.asname or name.name
            for node in imported
            if node.module and node.module.split(".")[0] in OURS
            for name in node.names
        }
        for node in imported:
            if node.module and not node.level and node.module.split(".")[0] not in OURS:
                names = [name.name for name in node.names] + node.module.split(".")
                if any(map(_private, names)):
                    yield module.fault(node, f"a private name of another package: {ast.unparse(node)}")
        for one in module.every(ast.Attribute):
            if not _private(one.attr) or one.attr in PRIVATE_ALLOWED.get(module.path, ()):
                continue
            owner = ast.unparse(one.value)
            known = every if owner in ("self", "cls", "super()") else made[module.path]
            if one.attr not in known and owner not in ours:
                yield module.fault(one, f"a private name of another package: {ast.unparse(one)[:90]}")


def _private_names_made(module: Module) -> Iterator[tuple[int, str]]:
    """The functions, classes and variables of a file, and the attributes that its objects give themselves, by line."""
    for definition in [*module.functions, *module.every(ast.ClassDef)]:
        if _private(definition.name):
            yield definition.lineno, definition.name
    for name in module.every(ast.Name):
        if _private(name.id) and isinstance(name.ctx, ast.Store):
            yield name.lineno, name.id
    for one in module.every(ast.Attribute):
        if _private(one.attr) and isinstance(one.ctx, ast.Store) and ast.unparse(one.value) == "self":
            yield one.lineno, one.attr


@rule
def no_class_redefines_what_a_class_of_another_package_keeps_private(tree: Tree) -> Iterator[Fault]:
    """A subclass of another package's class makes no name that this one keeps for itself."""
    for module in tree.modules():
        made = list(_private_names_made(module))
        for node in module.tree.body:
            if not isinstance(node, ast.ClassDef):
                continue
            names = {name for line, name in made if node.lineno <= line <= (node.end_lineno or 0)}
            if not names or module.name in NOT_IMPORTED:
                continue
            lines = getattr(import_module(module.name), node.name).__mro__
            kept = {name for base in lines if base.__module__.split(".")[0] not in OURS for name in vars(base)}
            for name in sorted(names & kept):
                yield module.fault(node, f"{node.name} redefines {name}, which its base keeps private")


@rule
def a_surface_never_writes_to_the_database(tree: Tree) -> Iterator[Fault]:
    """Surfaces call services, which write."""
    for module in tree.modules("src/parvis/surfaces"):
        for call in module.every(ast.Call):
            if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITES:
                continue
            owner = ast.unparse(call.func.value)
            if owner in FORMS_THAT_CALL_A_SERVICE.get(module.path, set()):
                continue
            if not NOT_ROWS.search(owner) and not _is_a_service(module.tree, owner) and not owner.startswith("super()"):
                yield module.fault(call, f"a surface writes to the database: {ast.unparse(call)[:90]}")


@rule
def requests_are_opened_in_one_way(tree: Tree) -> Iterator[Fault]:
    """`intake.services.requests` alone makes a NewCase of what people ask, and `cases` of what they correct."""
    for module in tree.modules("src", "bench", "tools"):
        if module.path.startswith(MAKE_CASES):
            continue
        for call in module.every(ast.Call):
            if _last_name(call.func) == "NewCase":
                yield module.fault(call, "a NewCase is made here: call intake.services.requests.open_request")


def _is_a_service(tree: ast.Module, owner: str) -> bool:
    """Whether that name is a services module imported by the file: its functions may well be called `update`."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("parvis."):
            for name in node.names:
                as_called = name.asname or name.name
                if as_called == owner and (name.name == "services" or node.module.endswith(".services")):
                    return True
    return False


@rule
def every_module_can_be_imported(tree: Tree) -> Iterator[Fault]:
    """No module fails when it is imported alone; jobs are declared then."""
    for module in tree.modules():
        if module.name in NOT_IMPORTED or module.name in sys.modules:
            continue
        try:
            import_module(module.name)
        except Exception as error:
            yield module.fault(1, f"cannot be imported: {error!r}")


@rule
def every_job_named_in_the_code_exists(tree: Tree) -> Iterator[Fault]:
    """A job is declared by `job("its.dotted.name")`, which leads to a function."""
    declared = set()
    for module, call, name in _names_given_to("job", tree):
        declared.add(name)
        if not _leads_to_a_function(name):
            yield module.fault(call, f"there is no job {name}")
    if not declared:
        yield Fault(JOBS, 1, "no job is declared")
    for name in sorted(JOB_NAMES - declared) if tree.has(JOBS) else ():
        yield Fault(JOBS, 1, f'{name} is declared otherwise than by job("{name}")')


@rule
def no_job_is_named_from_below_or_beside_its_app(tree: Tree) -> Iterator[Fault]:
    """A dotted name is held to the layers of the linter as an import is: what is above listens to an event."""
    layers = _layers(tree)
    for module, call, name in _names_given_to("job", tree):
        if not _reaches(layers, module.name, name):
            yield module.fault(call, f"a job above or beside what names it: {name}")


@rule
def every_event_listened_to_is_announced_by_an_app_below(tree: Tree) -> Iterator[Fault]:
    """`when("telephony.text_received", ...)` stands above the app `texts`, which declares that event."""
    layers, declared = _layers(tree), set()
    for module, call, name in _names_given_to("event", tree):
        declared.add(name)
        if not module.name.startswith(f"parvis.apps.{name.partition('.')[0]}."):
            yield module.fault(call, f"{name} is not named after the app that announces it")
    for module, call, name in _names_given_to("when", tree):
        if name not in declared:
            yield module.fault(call, f"nothing announces {name}")
        elif not _reaches(layers, module.name, f"parvis.apps.{name}"):
            yield module.fault(call, f"an event announced above or beside: {name}")


def _names_given_to(function: str, tree: Tree) -> Iterator[tuple[Module, ast.Call, str]]:
    """The calls of a function of `lib.jobs` whose first argument is a name in quotes, and that name."""
    for module in tree.modules():
        for call in module.every(ast.Call):
            if _last_name(call.func) == function and call.args and isinstance(call.args[0], ast.Constant):
                yield module, call, str(call.args[0].value)


def _layers(tree: Tree) -> list[dict[str, int]]:
    """Of each contract of import-linter on the layers of one package: its modules, and their rank from the top."""
    contracts = tomllib.loads(tree.file("pyproject.toml").text)["tool"]["importlinter"]["contracts"]
    return [
        {f"{container}.{name.strip()}": rank for rank, layer in enumerate(one["layers"]) for name in layer.split("|")}
        for one in contracts
        if one["type"] == "layers"
        for container in one["containers"]
        if "*" not in container
    ]


def _reaches(layers: list[dict[str, int]], module: str, name: str) -> bool:
    """Whether that module stands above what has that dotted name, or in the same part, in each contract."""
    for ranks in layers:
        here, there = (
            next((part for part in ranks if f"{one}.".startswith(f"{part}.")), None) for one in (module, name)
        )
        if here and there and here != there and ranks[here] >= ranks[there]:
            return False
    return True


@rule
def every_letter_named_in_the_code_exists(tree: Tree) -> Iterator[Fault]:
    """The `renderer` of a letter, a dotted name, leads to a function."""
    for module in tree.modules():
        for node in module.every(ast.keyword):
            name = str(node.value.value) if isinstance(node.value, ast.Constant) else ""
            if node.arg == "renderer" and name and not _leads_to_a_function(name):
                yield module.fault(node, f"there is no letter {name}")


def _leads_to_a_function(name: str) -> bool:
    try:
        return callable(resolve(name))
    except (ImportError, AttributeError, ValueError):
        return False
