from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from parvis.lib.postal import short_name


def take_from_the_name(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    for town in apps.get_model("directory", "Town").objects.all():
        town.short_name = short_name(town.name_fr)
        town.save(update_fields=["short_name"])


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0007_lighter_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='town',
            name='short_name',
            field=models.CharField(default='', help_text='the municipality as a postal address names it', max_length=120),
            preserve_default=False,
        ),
        migrations.RunPython(take_from_the_name, migrations.RunPython.noop, elidable=True),
    ]
