"""To be called was written of whoever had no e-mail: from now on, it is said of those alone who asked for it."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def forget_what_nobody_wished(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Those who have no e-mail go on being called: nothing says that they would not be written to."""
    apps.get_model("residents", "Person").objects.filter(reach="phone", email="").update(reach="email")


class Migration(migrations.Migration):
    dependencies = [("residents", "0004_persons_file")]
    operations = [migrations.RunPython(forget_what_nobody_wished, migrations.RunPython.noop)]
