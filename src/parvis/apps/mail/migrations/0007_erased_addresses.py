from django.conf import settings
from django.db import migrations, models

from parvis.apps.mail.rules.threads import ERASED_HOST, erased_address, without_addresses


def erase_addresses(apps, schema_editor):
    """Letters erased before kept their address: they have left, or never will, and have no words."""
    letters = apps.get_model("mail", "Outgoing").objects
    over = letters.filter(models.Q(state="sent") | models.Q(error="erased"), text="", html="", subject="")
    for letter in over.exclude(to__endswith=f"@{ERASED_HOST}").only("to", "error").iterator():
        to, error = erased_address(letter.to, settings.SECRET_KEY), without_addresses(letter.error)
        letters.filter(pk=letter.pk).update(to=to, error=error)


class Migration(migrations.Migration):

    dependencies = [
        ("mail", "0006_safety"),
    ]

    operations = [
        migrations.AlterField(
            model_name="outgoing",
            name="to",
            field=models.EmailField(
                help_text="once erased, a mark that stands for it: `rules.threads.erased_address`", max_length=254
            ),
        ),
        migrations.RunPython(erase_addresses, migrations.RunPython.noop),
    ]
