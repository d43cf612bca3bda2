from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0002_public_subjects"),
    ]

    operations = [
        migrations.AddField(
            model_name="subject",
            name="restricted_to",
            field=models.JSONField(
                default=list,
                help_text="[{department, role}]: the only posts that open its requests; none: no restriction",
            ),
        ),
    ]
