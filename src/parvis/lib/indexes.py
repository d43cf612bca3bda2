"""Steps of migrations that take away indexes which Django makes of itself, and which only cost."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AlterField, RunPython
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


class Unindexed(AlterField):
    """A foreign key that loses the index which Django makes for it, and changes in nothing else.

    Nothing but the index is touched: on SQLite, Django would write the whole table anew, for minutes over a long past.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drops it."""
        meta = from_state.apps.get_model(app_label, self.model_name)._meta
        name = schema_editor._create_index_name(meta.db_table, [meta.get_field(self.name).column])
        schema_editor.execute(f"DROP INDEX IF EXISTS {schema_editor.quote_name(name)}")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Makes it again."""
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(schema_editor._create_index_sql(model, fields=[model._meta.get_field(self.name)]))
