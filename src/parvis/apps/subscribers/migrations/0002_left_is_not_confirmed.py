from django.db import migrations


def unconfirm(apps, schema_editor):
    """Who left must confirm to come back: what was asked for them since, without confirming, sends nothing."""
    points = apps.get_model("subscribers", "ContactPoint").objects
    points.filter(left_at__isnull=False, confirmed_at__isnull=False).update(confirmed_at=None)


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0001_initial")]

    operations = [migrations.RunPython(unconfirm, migrations.RunPython.noop)]
