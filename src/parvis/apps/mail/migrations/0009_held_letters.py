from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mail", "0008_letter_hashes")]

    operations = [
        migrations.AlterField(
            model_name="outgoing",
            name="state",
            field=models.CharField(
                choices=[("queued", "Queued"), ("held", "Held"), ("sent", "Sent"), ("refused", "Refused")],
                default="queued",
                max_length=8,
            ),
        ),
    ]
