"""Steps of migrations that take away indexes which Django makes of itself, and which only cost."""

from collections.abc import Callable
from typing import Any

from django.db.migrations import AlterField, RunPython
from django.db.migrations.state import StateApps
from django.db.models import Index


def compared_whole(app: str, model: str, *names: str) -> RunPython:
    """A step of a migration: these unique text fields lose their second index, the one that serves LIKE 'abc%'.

    Each row written costs one index less, twice the length of the key. A later migration that alters such a field makes
    the index anew: it must then take this step again.
    """

    def drop(apps: StateApps, schema_editor: Any) -> None:
        table, columns = _columns(apps, schema_editor)
        for column in columns:
            _drop(schema_editor, table, column, lambda name: name.endswith("_like"))

    def make(apps: StateApps, schema_editor: Any) -> None:
        table, columns = _columns(apps, schema_editor)
        for column in columns:
            name = schema_editor.quote_name(f"{table}_{column}_like")
            quoted = schema_editor.quote_name(column)
            schema_editor.execute(
                f"CREATE INDEX {name} ON {schema_editor.quote_name(table)} ({quoted} varchar_pattern_ops)"
            )

    def _columns(apps: StateApps, schema_editor: Any) -> tuple[str, list[str]]:
        meta = apps.get_model(app, model)._meta
        on_postgresql = schema_editor.connection.vendor == "postgresql"
        return meta.db_table, [meta.get_field(name).column for name in names] if on_postgresql else []

    return RunPython(drop, make, elidable=False)


class Unindexed(AlterField):
    """A foreign key that loses the index which Django makes for it, and changes in nothing else.

    Nothing but the index is touched: on SQLite, Django would write the whole table anew, for minutes over a long past.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drops it."""
        meta = from_state.apps.get_model(app_label, self.model_name)._meta
        declared = {index.name for index in meta.indexes}
        _drop(schema_editor, meta.db_table, meta.get_field(self.name).column, lambda name: name not in declared)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Makes it again."""
        model, index = to_state.apps.get_model(app_label, self.model_name), Index(fields=[self.name])
        index.set_name_with_model(model)
        schema_editor.add_index(model, index)


def _drop(schema_editor: Any, table: str, column: str, wanted: Callable[[str], bool]) -> None:
    """Drops the indexes of that column alone which have a wanted name; one that only sees to uniqueness is none."""
    with schema_editor.connection.cursor() as cursor:
        constraints = schema_editor.connection.introspection.get_constraints(cursor, table)
    for name, result in constraints.items():
        if result["index"] and not result["unique"] and result["columns"] == [column] and wanted(name):
            schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")
