from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0008_short_name'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='left_at',
            field=models.DateTimeField(help_text='when a manager said that they left: nothing opens it again', null=True),
        ),
    ]
