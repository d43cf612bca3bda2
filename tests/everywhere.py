"""Where words are held, in every table: what an erasure must have left nowhere."""

from django.apps import apps
from django.db import connection


def tables_holding(*words: str) -> set[str]:
    """The "table.column" of every row that holds one of these words, whatever its case."""
    found = set[str]()
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    with connection.cursor() as cursor:
        for table in sorted(tables & set(connection.introspection.table_names(cursor))):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            names = [column[0] for column in cursor.description or ()]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    if any(word.lower() in str(value).lower() for word in words):
                        found.add(f"{table}.{name}")
    return found
