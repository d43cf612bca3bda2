"""Emptying the tables after a test that commits: those that hold rows alone, of the two hundred that there are.

Django empties them all, then lets every app make its permissions anew: half a second on SQLite, and several on
PostgreSQL, where each emptied table is another file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.core.management.commands import flush
from django.core.management.sql import sql_flush

from parvis.apps.content.services.content import sync_wagtail_groups

# What migrations and the start of the apps make, and no test changes.
KEPT = {
    *("django_content_type", "auth_permission", "auth_group", "auth_group_permissions", "django_migrations"),
    *("wagtailcore_workflow", "wagtailcore_workflowcontenttype", "wagtailcore_workflowtask"),
    *("wagtailcore_task", "wagtailcore_groupapprovaltask", "wagtailcore_groupapprovaltask_groups"),
}


@contextmanager
def quick_flush() -> Iterator[None]:
    """Has Django's `flush` empty only the tables that hold rows; the editors' groups are then made whole again."""
    with (
        patch.object(flush, "sql_flush", _of_filled_tables),
        patch.object(flush, "emit_post_migrate_signal", _sync_groups),
    ):
        yield


def _of_filled_tables(style: Any, connection: Any, **options: Any) -> list[str]:
    if options.get("reset_sequences"):
        return sql_flush(style, connection, **options)
    tables = [table for table in connection.introspection.django_table_names(only_existing=True) if table not in KEPT]
    quote = connection.ops.quote_name
    asked = [f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})" for table in tables]  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        filled = [row[0] for row in cursor.fetchall()]
    return [f"DELETE FROM {quote(table)};" for table in filled]  # noqa: S608


def _sync_groups(*_args: Any) -> None:
    sync_wagtail_groups()
