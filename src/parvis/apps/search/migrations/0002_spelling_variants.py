"""The misspellings of a word are its spelling variants."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]

    operations = [
        migrations.RemoveIndex("slip", "slip_of_word"),
        migrations.RenameModel("Slip", "SpellingVariant"),
        migrations.RenameField("spellingvariant", "slip", "variant"),
        migrations.AddIndex("spellingvariant", models.Index(fields=["variant", "word"], name="variant_of_word")),
    ]
