"""The departures of a line from its stops are named as GTFS names them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("schedules", "0002_fact_of_a_stream")]

    operations = [
        migrations.RenameModel("Passing", "StopTime"),
        migrations.AlterField(
            "stoptime",
            "stop",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="stop_times", to="schedules.transitstop"
            ),
        ),
        migrations.RenameIndex("stoptime", new_name="stop_time_of_stop", old_name="passing_of_stop"),
    ]
