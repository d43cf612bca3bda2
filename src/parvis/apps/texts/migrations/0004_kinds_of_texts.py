"""Gives the texts that left before kinds were kept the kind that their key tells; their parts stay counted as one."""

from django.db import migrations
from django.db.migrations.state import StateApps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

KINDS = {"told/": "request", "contact/": "agent", "auto/": "warning", "outreach-": "notice"}


def tell_kinds(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    texts = apps.get_model("texts", "OutgoingText").objects.using(editor.connection.alias)
    for prefix, kind in KINDS.items():
        texts.filter(key__startswith=prefix).update(kind=kind)


class Migration(migrations.Migration):
    dependencies = [("texts", "0003_spending")]
    operations = [migrations.RunPython(tell_kinds, migrations.RunPython.noop)]
