from django.db import migrations, models


def number_the_heads(apps, schema_editor):
    """The heads signed before they had numbers get theirs in order."""
    rows = apps.get_model("cases", "Checkpoint").objects.order_by("until")
    previous = ""
    for number, row in enumerate(rows, start=1):
        row.number, row.previous = number, previous
        row.save(update_fields=["number", "previous"])
        previous = row.digest


class Migration(migrations.Migration):
    dependencies = [("cases", "0008_second_person")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="carried_over_at",
            field=models.DateTimeField(
                help_text="brought as it was open in an earlier system: no promise, not public, not counted", null=True
            ),
        ),
        migrations.AddField(model_name="checkpoint", name="logs", field=models.JSONField(default=dict)),
        migrations.AddField(
            model_name="checkpoint",
            name="previous",
            field=models.CharField(blank=True, help_text="the digest of the head before", max_length=64),
        ),
        migrations.AddField(
            model_name="checkpoint",
            name="number",
            field=models.PositiveIntegerField(help_text="from 1, without a gap", null=True),
        ),
        migrations.RunPython(number_the_heads, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="checkpoint",
            name="number",
            field=models.PositiveIntegerField(help_text="from 1, without a gap", unique=True),
        ),
    ]
