from django.db import migrations, models
from django.db.models.functions import Coalesce


def understood_when_taken_in(apps, schema_editor):
    """Until now a message was understood as it was taken in."""
    received = apps.get_model("intake", "ReceivedMail")
    incoming = apps.get_model("mail", "Incoming").objects.filter(pk=models.OuterRef("incoming"))
    taken_in = incoming.values(at=Coalesce("taken_in_at", "received_at"))
    received.objects.update(understood_at=models.Subquery(taken_in))


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0008_social'),
        ('mail', '0009_held_letters'),
    ]

    operations = [
        migrations.AddField(
            model_name='receivedmail',
            name='understood_at',
            field=models.DateTimeField(db_index=True, help_text='when its meaning was looked for', null=True),
        ),
        migrations.RunPython(understood_when_taken_in, migrations.RunPython.noop, elidable=True),
    ]
