from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mail", "0007_erased_addresses")]

    operations = [
        migrations.AddField(
            model_name="outgoing",
            name="content_hash",
            field=models.CharField(
                blank=True,
                help_text="`rules.letter_hash`, once rendered; kept when the words are erased",
                max_length=64,
            ),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="salt",
            field=models.CharField(blank=True, help_text="erased with the words", max_length=32),
        ),
    ]
