"""The index behind `search.queries.find`: FTS5 on SQLite, a generated tsvector on PostgreSQL.

SQLite drops triggers when Django rebuilds a table: a later migration that alters SearchRow must run `build` again.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SQLITE = [
    """CREATE VIRTUAL TABLE search_fts USING fts5(
        kind, text, content='search_searchrow', content_rowid='id',
        tokenize="unicode61 remove_diacritics 2", prefix='2 3', detail='column')""",
    """CREATE TRIGGER search_fts_insert AFTER INSERT ON search_searchrow BEGIN
        INSERT INTO search_fts(rowid, kind, text) VALUES (new.id, new.kind, new.text); END""",
    """CREATE TRIGGER search_fts_delete AFTER DELETE ON search_searchrow BEGIN
        INSERT INTO search_fts(search_fts, rowid, kind, text) VALUES ('delete', old.id, old.kind, old.text); END""",
    """CREATE TRIGGER search_fts_update AFTER UPDATE ON search_searchrow BEGIN
        INSERT INTO search_fts(search_fts, rowid, kind, text) VALUES ('delete', old.id, old.kind, old.text);
        INSERT INTO search_fts(rowid, kind, text) VALUES (new.id, new.kind, new.text); END""",
    "INSERT INTO search_fts(search_fts) VALUES ('rebuild')",
]
POSTGRESQL = [
    """ALTER TABLE search_searchrow ADD COLUMN lexemes tsvector
        GENERATED ALWAYS AS (array_to_tsvector(array_remove(string_to_array(text, ' '), ''))) STORED""",
    "CREATE INDEX search_lexemes ON search_searchrow USING gin (lexemes)",
]
UNDO = {
    "sqlite": [
        "DROP TRIGGER search_fts_insert",
        "DROP TRIGGER search_fts_delete",
        "DROP TRIGGER search_fts_update",
        "DROP TABLE search_fts",
    ],
    "postgresql": ["DROP INDEX search_lexemes", "ALTER TABLE search_searchrow DROP COLUMN lexemes"],
}


def build(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the index of this database and fill it."""
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def undo(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Remove the index."""
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunPython(build, undo)]
