from django.db import migrations

NEW_NAMES = {"requests:read": "cases:read", "requests:write": "cases:write", "messages:write": "contacts:write"}


def rename_scopes(apps, schema_editor):
    """Gives the scopes of existing keys the names that the API has for them."""
    for key in apps.get_model("directory", "ApiKey").objects.all():
        scopes = [NEW_NAMES.get(scope, scope) for scope in key.scopes]
        if scopes != key.scopes:
            key.scopes = scopes
            key.save(update_fields=["scopes"])


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_initial")]
    operations = [migrations.RunPython(rename_scopes, migrations.RunPython.noop)]
