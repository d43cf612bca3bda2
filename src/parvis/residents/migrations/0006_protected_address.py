from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q


def mark(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What holds already, written on each file that it covers: the one that bears the mark, and those merged with it."""
    person, mark = apps.get_model("residents", "Person"), apps.get_model("residents", "Sensitivity")
    for one in mark.objects.filter(lifted_at=None).select_related("person"):
        root = one.person.kept_id or one.person_id
        values = {"sensitive": True} | ({"address_protected": True} if one.kind == "protected" else {})
        person.objects.filter(Q(pk=root) | Q(kept=root)).update(**values)


class Migration(migrations.Migration):
    dependencies = [
        ("residents", "0005_calls_that_were_wished"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="address_protected",
            field=models.BooleanField(default=False, help_text="as `sensitive`, of the mark of that kind"),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
