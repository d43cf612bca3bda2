"""Who added each child was not kept: those never seen, of a household that has an account, are said to be declared, until
the counter says otherwise.
"""

from django.db import migrations


def mark_children(apps, schema_editor):
    link = apps.get_model("households", "HouseholdLink").objects.using(schema_editor.connection.alias)
    individual = apps.get_model("households", "Individual").objects.using(schema_editor.connection.alias)
    on_line = link.filter(role="adult", individual__account__isnull=False, ended_at=None).values("household")
    children = link.filter(role="child", ended_at=None, household__in=on_line).values("individual")
    individual.filter(pk__in=children, person=None, seen_at=None).update(declared=True)


class Migration(migrations.Migration):
    dependencies = [("households", "0004_declared")]

    operations = [migrations.RunPython(mark_children, migrations.RunPython.noop)]
