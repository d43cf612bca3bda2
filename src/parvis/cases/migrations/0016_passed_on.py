from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0015_lighter_indexes'),
        ('catalogue', '0005_rules_of_the_product'),
        ('directory', '0009_departures'),
        ('places', '0003_sides_and_units'),
        ('residents', '0004_persons_file'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(models.Q(('state', 'closed'), _negated=True), ('hand_offs__gte', 2)), fields=['-id'], name='case_passed_on'),
        ),
    ]
