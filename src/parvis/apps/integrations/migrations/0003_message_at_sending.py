import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0005_case_opened'),
        ('integrations', '0002_scope_names'),
    ]

    operations = [
        migrations.RemoveField(model_name='webhookdelivery', name='payload'),
        migrations.AlterField(
            model_name='webhookdelivery',
            name='entry',
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.entry'
            ),
        ),
    ]
