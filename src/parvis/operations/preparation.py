"""Everything the service needs before it starts. Each step looks first whether there is anything to do."""

import json
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import distributions
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils import translation
from django.utils.translation.reloader import translation_file_changed

from parvis.apps.cases.services.indexing import index_protected_requests
from parvis.apps.directory.queries import calendar_warnings
from parvis.apps.directory.services import keys
from parvis.apps.directory.services.roles import powers_without_holder, roles_held
from parvis.apps.directory.services.staff import retire_samples
from parvis.apps.intake.services.indexing import index_contacts
from parvis.apps.residents.services.organisations import index_organisations
from parvis.lib.errors import Refused
from parvis.operations import translations
from parvis.operations.demo.households import seed_households_once
from parvis.operations.demo.marks import connect_example, examples_left, retire_example
from parvis.operations.demo.news import seed_news_once
from parvis.operations.demo.seasons import seed_leisure_once
from parvis.operations.demo.services import seed_once
from parvis.operations.schema import load_schema
from parvis.operations.town.load import load
from parvis.operations.town.reading import read

STAMP = "static.json"
TOLD_EVERY = 50_000


def prepare(town: str | None, *, cases: int = 0) -> Iterator[str]:
    """Catalogues, database, static files, the town of that folder, the search; outside demo, nothing left of samples.

    With `cases`, a demonstration that holds none yet begins with so many invented ones.

    Yields a line for each thing done, and for each thing to confirm. Raises TownFileError before the database is
    migrated, when the folder cannot be loaded.
    """
    yield from compile_catalogues()
    if town and _migrations_to_apply():
        read(Path(town))  # its mistakes are told before anything is written
    yield from migrate()
    yield from _static_files()
    if town:
        report = load(town, demo=settings.PARVIS_DEMO)
        if not report.unchanged:
            yield from report.lines()
    yield from fill_search()
    if settings.PARVIS_DEMO:
        connect_example()
    if cases and (made := seed_once(cases=cases)):
        yield made.line()
    if cases and (count := seed_news_once()):
        yield f"Examples of news, events and council sessions: {count}."
    if cases and (count := seed_households_once()):
        yield f"Examples of households: {count}."
        if leisure := seed_leisure_once(cases=cases):
            yield leisure.line()
    yield from _outside_demo()
    yield from role_warnings()


def role_warnings() -> Iterator[str]:
    """A line for each power over the town that nobody holds, and for each key that lost a scope, with what to do.

    Nothing before a town is loaded: there is no department yet.
    """
    if roles_held():
        for role in powers_without_holder():
            yield (
                f"WARNING: nobody is {role}: what it opens is closed to everybody. "
                f"To give it: parvis add-staff USERNAME --department SLUG --role {role}."
            )
    for key, lost in keys.lapsed_scopes().items():
        yield (
            f"WARNING: the key “{key.name}” no longer opens {', '.join(lost)}: {key.created_by.username}, who made it, "
            "does not hold that right over the town. Give them the role, or have who holds it make another key."
        )


def _outside_demo() -> Iterator[str]:
    """What is only good for a demonstration is put out of use, or said aloud."""
    if settings.PARVIS_DEMO:
        return
    retire_example()
    retired = retire_samples()
    if retired.accounts or retired.heads:
        yield f"Sample accounts closed: {retired.accounts}. Departments left without a head: {retired.heads}."
    if examples_left():
        yield "WARNING: invented requests stand among the true ones: begin again with an empty database."
    for line in calendar_warnings():
        yield f"WARNING: {line}."


def compile_catalogues() -> Iterator[str]:
    """The translations are compiled, and read again by this process and those forked from it."""
    count = translations.compile_all()
    if count:
        translation_file_changed(None, Path("compiled.mo"))  # as at a change of any of them: all are read again
        translation.activate(translation.get_language() or settings.LANGUAGE_CODE)
        yield f"Catalogues compiled: {count}."


def migrate() -> Iterator[str]:
    """The database has every table that this version needs: an empty SQLite one takes them from the schema file, then
    the migrations that follow it. Yields a line for what was done.

    Raises Refused when the data was made by code that this version cannot bring forward; nothing is changed then.
    """
    if load_schema():
        yield "Database created."
    yield from apply_migrations()


def _migrations_to_apply() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def apply_migrations() -> Iterator[str]:
    """Applies the migrations that the database lacks. Yields a line when there were any.

    Raises Refused as `migrate` does.
    """
    executor = MigrationExecutor(connection)
    _refuse_earlier_data(executor.loader)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        yield f"Migrations to apply: {len(plan)}."
        executor.migrate(_ends_of_libraries(executor.loader))
        call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)  # looks by itself whether there is anything to do


def _ends_of_libraries(loader: MigrationLoader) -> list[tuple[str, str]]:
    """The last migrations of the libraries. Applied before ours, they cost Django a fifth less of the whole: each
    renders every model that is related to those it touches.
    """
    theirs = {app.label for app in apps.get_app_configs() if not app.name.startswith("parvis.")}
    return [node for node in loader.graph.leaf_nodes() if node[0] in theirs]


def _refuse_earlier_data(loader: MigrationLoader) -> None:
    """The migrations begin anew before the first release: a database that bears others is not brought forward."""
    labels = {app.label: app.name.startswith("parvis.") for app in apps.get_app_configs()}
    applied = {name for name in loader.applied_migrations if labels.get(name[0], True)}
    if unknown := sorted(applied - set(loader.disk_migrations)):
        raise Refused(
            f"This data was made by earlier code ({'.'.join(unknown[-1])}), and this one cannot bring "
            "it forward. Nothing was changed. Set the data aside (PARVIS_DATA, `var/` in the demonstration, or "
            "the database of DATABASE_URL), then load the town anew with `parvis setup --town FOLDER`. The version "
            "that made the data still reads it, and its `parvis backup` keeps it."
        )


def fill_search() -> Iterator[str]:
    """What stood before something could be found is found too. Yields a line for each kind, and one now and then."""
    for what, fill in (("Contacts", index_contacts), ("Organisations", index_organisations)):
        count = told = 0
        for more in fill():
            count += more
            if count >= told + TOLD_EVERY:
                told = count
                yield f"{what} made findable so far: {count}."
        if count > told:
            yield f"{what} made findable: {count}."
    if count := sum(index_protected_requests()):
        yield f"Requests of protected addresses no longer found by their place: {count}."


def _static_files() -> Iterator[str]:
    """Collects the static files again when one of ours, or the version of a package, changed."""
    stamp = settings.STATIC_ROOT / STAMP
    state = _state_of_static_files()
    if stamp.exists() and json.loads(stamp.read_text()) == state:
        return
    yield "Static files are being collected."
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(json.dumps(state))


def _state_of_static_files() -> dict[str, str]:
    ours = sha256()
    for file in sorted(Path(__file__).parents[1].glob("**/static/**/*")):
        if file.is_file():
            ours.update(f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}\n".encode())
    packages = sorted(f"{dist.name}=={dist.version}" for dist in distributions())
    return {"ours": ours.hexdigest(), "packages": sha256("\n".join(packages).encode()).hexdigest()}
