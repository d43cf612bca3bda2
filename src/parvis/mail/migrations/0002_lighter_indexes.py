from django.db import migrations

from parvis.lib.indexes import compared_whole


class Migration(migrations.Migration):

    dependencies = [
        ('mail', '0001_initial'),
    ]

    operations = [
        compared_whole('mail', 'outgoing', 'key', 'message_id'),
    ]
