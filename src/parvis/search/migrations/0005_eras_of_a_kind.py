"""On PostgreSQL, an era is 16,384 objects of one kind, in the order of their numbers; each lexeme names both:
"pe3/tremblay" is held by a person of the fourth era. Two letters tell the kinds apart, and keep the index small.

An era of rows of every kind held few of each: to find a person by a name, all the eras of a town were asked, and the
requests that bear the same words were read beside.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

ERA_OF_ANY_ROW = "(id >> 14)::text"
ERA_OF_A_KIND = "left(kind, 2) || (object_id >> 14)::text"


def _indexed_by(era: str, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    editor.execute("DROP INDEX search_lexemes")
    editor.execute("ALTER TABLE search_searchrow DROP COLUMN lexemes")
    editor.execute(
        rf"""ALTER TABLE search_searchrow ADD COLUMN lexemes tsvector GENERATED ALWAYS AS (array_to_tsvector(
        array_remove(string_to_array(regexp_replace(text, '(\S+)', {era} || '/\1', 'g'), ' '), ''))) STORED"""
    )
    editor.execute("CREATE INDEX search_lexemes ON search_searchrow USING gin (lexemes)")
    editor.execute("ANALYZE search_searchrow")


def by_era_of_a_kind(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the index again, by era of each kind."""
    _indexed_by(ERA_OF_A_KIND, schema_editor)


def by_era_of_any_row(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The index as it was."""
    _indexed_by(ERA_OF_ANY_ROW, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("search", "0004_filled")]
    operations = [migrations.RunPython(by_era_of_a_kind, by_era_of_any_row)]
