from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0002_antivirus'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='attachment',
            name='picture',
            field=models.CharField(blank=True, help_text='path of what was decoded of it since; what was stored is then not served', max_length=120),
        ),
        migrations.AddField(
            model_name='attachment',
            name='reading',
            field=models.CharField(blank=True, choices=[('', 'Done'), ('waiting', 'Waiting'), ('failed', 'Failed')], help_text='of a photo kept before it was decoded; empty: nothing to do', max_length=8),
        ),
        migrations.AddField(
            model_name='attachment',
            name='readings',
            field=models.PositiveSmallIntegerField(default=0, help_text='how often it was tried to be decoded, in vain'),
        ),
        migrations.AddIndex(
            model_name='attachment',
            index=models.Index(condition=models.Q(('reading', 'waiting')), fields=['added_at'], name='attachment_to_decode'),
        ),
    ]
