import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_case_changed"), ("site_codes", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="CaseSite",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="site", to="cases.case"
                    ),
                ),
                (
                    "site_code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="site_codes.sitecode"
                    ),
                ),
            ],
        ),
    ]
