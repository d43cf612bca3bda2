from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mail", "0009_held_letters")]

    operations = [
        migrations.AddField(
            model_name="outgoing",
            name="urgent",
            field=models.BooleanField(default=False, help_text="someone waits for it: a danger, an approval, a code"),
        ),
    ]
