import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def forget_requests_to_cut(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """An access is cut by one manager now: what was asked of a second one is dropped, and may be done at once."""
    apps.get_model("directory", "User").objects.filter(is_active=True).update(departure_asked_by=None)


def give_keys_a_department(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A key belongs to the first department that its maker manages; to every manager when there is none."""
    memberships = apps.get_model("directory", "Membership").objects.filter(role="manager").order_by("-pk")
    departments = dict(memberships.values_list("user", "department"))
    for key in apps.get_model("directory", "ApiKey").objects.filter(created_by__in=departments):
        key.department_id = departments[key.created_by_id]
        key.save(update_fields=["department"])


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0003_open311"),
    ]

    operations = [
        migrations.RunPython(forget_requests_to_cut, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name="user",
            name="departure_asked_at",
        ),
        migrations.RenameField(
            model_name="user",
            old_name="departure_asked_by",
            new_name="cut_by",
        ),
        migrations.AlterField(
            model_name="user",
            name="cut_by",
            field=models.ForeignKey(
                help_text="the manager who cut their access",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="department",
            field=models.ForeignKey(
                help_text="whose managers look after it",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="directory.department",
            ),
        ),
        migrations.RunPython(give_keys_a_department, migrations.RunPython.noop),
    ]
