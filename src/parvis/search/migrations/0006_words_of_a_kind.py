"""On SQLite, each word of the index names the kind of what holds it: "petremblay" is held by a person.

The rows of every kind were found by a word, then those of one kind kept among them: to find a person by a name, the
requests and the calls that bear the same words were read beside. On PostgreSQL, see 0005.

The place of a word in its text serves nobody, so it is not kept: the index takes half as much.

A later migration that alters SearchRow, whose table Django rebuilds on SQLite, must run `of_a_kind` again: the column and
the triggers do not survive it.
"""

from importlib import import_module

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

DROP = [
    *(f"DROP TRIGGER IF EXISTS search_fts_{change}" for change in ("insert", "delete", "update")),
    "DROP TABLE IF EXISTS search_fts",
]
MAKE = [
    *DROP,
    """ALTER TABLE search_searchrow ADD COLUMN lexemes TEXT
        GENERATED ALWAYS AS (substr(kind, 1, 2) || replace(text, ' ', ' ' || substr(kind, 1, 2))) VIRTUAL""",
    """CREATE VIRTUAL TABLE search_fts USING fts5(
        lexemes, content='search_searchrow', content_rowid='id',
        tokenize="unicode61 remove_diacritics 2", prefix='4 5', detail='none')""",
    """CREATE TRIGGER search_fts_insert AFTER INSERT ON search_searchrow BEGIN
        INSERT INTO search_fts(rowid, lexemes) VALUES (new.id, new.lexemes); END""",
    """CREATE TRIGGER search_fts_delete AFTER DELETE ON search_searchrow BEGIN
        INSERT INTO search_fts(search_fts, rowid, lexemes) VALUES ('delete', old.id, old.lexemes); END""",
    """CREATE TRIGGER search_fts_update AFTER UPDATE ON search_searchrow BEGIN
        INSERT INTO search_fts(search_fts, rowid, lexemes) VALUES ('delete', old.id, old.lexemes);
        INSERT INTO search_fts(rowid, lexemes) VALUES (new.id, new.lexemes); END""",
    "INSERT INTO search_fts(search_fts) VALUES ('rebuild')",
]


def of_a_kind(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the index again, by words of each kind."""
    if schema_editor.connection.vendor == "sqlite":
        for statement in MAKE:
            schema_editor.execute(statement)


def of_any(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The index as migration 0002 made it."""
    if schema_editor.connection.vendor == "sqlite":
        before = import_module("parvis.search.migrations.0002_full_text")
        for statement in [*DROP, "ALTER TABLE search_searchrow DROP COLUMN lexemes", *before.SQLITE]:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("search", "0005_eras_of_a_kind")]
    operations = [migrations.RunPython(of_a_kind, of_any)]
