from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("households", "0003_bring_emergency_contacts")]

    operations = [
        migrations.AddField(
            model_name="individual",
            name="declared",
            field=models.BooleanField(default=False, help_text="added on line by their household, not by the town"),
        ),
    ]
