"""PostgreSQL spared the indexes that Django makes for LIKE on keys that are only ever compared whole."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.migrations.state import StateApps


def compared_whole(app: str, model: str, *names: str) -> RunPython:
    """A step of a migration: these unique text fields lose their second index, the one that serves LIKE 'abc%'.

    Each row written costs one index less, twice the length of the key. A later migration that alters such a field makes
    the index anew: it must then take this step again.
    """

    def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for sql in _each(apps, schema_editor, "DROP INDEX IF EXISTS {index}"):
            schema_editor.execute(sql)

    def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for sql in _each(apps, schema_editor, "CREATE INDEX {index} ON {table} ({column} varchar_pattern_ops)"):
            schema_editor.execute(sql)

    def _each(apps: StateApps, schema_editor: Any, statement: str) -> list[str]:
        if schema_editor.connection.vendor != "postgresql":
            return []
        meta, quoted = apps.get_model(app, model)._meta, schema_editor.quote_name
        columns = [meta.get_field(name).column for name in names]
        return [
            statement.format(
                index=quoted(schema_editor._create_index_name(meta.db_table, [column], suffix="_like")),
                table=quoted(meta.db_table),
                column=quoted(column),
            )
            for column in columns
        ]

    return RunPython(drop, make, elidable=False)
