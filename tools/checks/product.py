"""What only Django can tell: its own checks, migrations and the schema kept of them, templates, static files."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template

from tools.checks.tree import Fault, Tree, rule

SETTINGS = "src/parvis/config/settings.py"
SCHEMA = "src/parvis/operations/schema.sqlite.sql"
STATIC = re.compile(r"""{%\s*static\s+["']([^"'{]+)["']""")
RECORDED = re.compile(r"""INSERT INTO "?django_migrations"?.*?;$""", re.DOTALL | re.MULTILINE | re.IGNORECASE)
MIGRATION = re.compile(r"\(\s*\d+\s*,\s*'(\w+)'\s*,\s*'(\w+)'\s*,")


@rule
def django_has_nothing_to_say(tree: Tree) -> Iterator[Fault]:
    """Neither an error nor a warning of Django's own checks."""
    try:
        call_command("check", fail_level="WARNING", stdout=io.StringIO(), stderr=io.StringIO())
    except CommandError as error:
        yield Fault(SETTINGS, 1, str(error))


@rule
def no_model_differs_from_its_migrations(tree: Tree) -> Iterator[Fault]:
    """A changed model comes with its migration."""
    output = io.StringIO()
    try:
        call_command("makemigrations", check_changes=True, dry_run=True, stdout=output, stderr=output)
    except (SystemExit, CommandError) as error:
        yield Fault("src/parvis", 1, f"migrations are missing:\n{output.getvalue() or error}")


@rule
def every_app_with_models_has_its_migrations(tree: Tree) -> Iterator[Fault]:
    """A first migration beside every `models`, but those that only others build on."""
    models = tree.find("src", "/models.py", "/models/__init__.py")
    if not models:
        yield Fault("src", 1, "there are no models")
    for path in models:
        abstract = tree.file(path).text.count("abstract = True")
        if abstract and abstract == tree.file(path).text.count("(models.Model):"):
            continue
        app = path.removesuffix("/__init__.py").removesuffix(".py").removesuffix("/models")
        if not any(one.startswith(f"{app}/migrations/0001_") for one in tree.find(app, ".py")):
            yield Fault(path, 1, "there is no migrations/0001_*.py beside these models")


@rule
def the_schema_holds_every_migration(tree: Tree) -> Iterator[Fault]:
    """The schema from which a new database is made was dumped after the last migration of ours."""
    dump = tree.file(SCHEMA).text if tree.has(SCHEMA) else ""
    held = {found for insert in RECORDED.findall(dump) for found in MIGRATION.findall(insert)}
    for path in tree.find("src", ".py", within="migrations"):
        app, name = path.removesuffix(".py").split("/migrations/")
        if name != "__init__" and (_label(tree, app), name) not in held:
            yield Fault(path, 1, f"{SCHEMA} does not hold this migration: run make schema")


def _label(tree: Tree, app: str) -> str:
    """The label of the app of a folder: as its AppConfig says, else the name of the folder."""
    config = f"{app}/apps.py"
    said = re.search(r"^    label = \"(\w+)\"", tree.file(config).text, re.MULTILINE) if tree.has(config) else None
    return said[1] if said else app.rpartition("/")[2]


@rule
def every_template_compiles(tree: Tree) -> Iterator[Fault]:
    """A template has no error of syntax, its app is installed, and no other app has a template of the same name."""
    for template in tree.templates():
        try:
            found = get_template(template.path.rpartition("/templates/")[2])
        except (TemplateSyntaxError, TemplateDoesNotExist) as error:
            yield template.fault(getattr(getattr(error, "token", None), "lineno", None) or 1, f"{error!r}")
        else:
            if Path(found.origin.name) != template.file:  # type: ignore[attr-defined]
                yield template.fault(1, f"another template has the same name: {found.origin.name}")  # type: ignore[attr-defined]


@rule
def every_static_file_named_by_a_template_exists(tree: Tree) -> Iterator[Fault]:
    """What `{% static "…" %}` names is there."""
    for template in tree.templates():
        for found in STATIC.finditer(template.text):
            if finders.find(found[1]) is None:
                yield template.fault(template.line_at(found.start()), f"there is no static file {found[1]}")
