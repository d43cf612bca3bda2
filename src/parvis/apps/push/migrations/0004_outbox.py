"""Notices take the states and the moments of every outbox (ADR 0064); the seconds they live become their end."""

from datetime import timedelta

from django.db import migrations, models
from django.db.models import F


def to_states(apps, schema_editor):
    rows = apps.get_model("push", "OutgoingPush").objects
    for ttl in set(rows.values_list("ttl", flat=True)):
        rows.filter(ttl=ttl).update(expires_at=F("queued_at") + timedelta(seconds=ttl))
    rows.filter(state="expired", error="cancelled").update(state="cancelled", error="called off")
    rows.filter(state="gone").update(state="failed", result="gone")
    # PostgreSQL alters no table while the check of a foreign key waits, and that of a row updated twice does.
    schema_editor.connection.check_constraints(table_names=["push_outgoingpush"])


STATES = [
    (name, name.title())
    for name in ("queued", "held", "sending", "sent", "uncertain", "failed", "expired", "cancelled")
]


class Migration(migrations.Migration):
    dependencies = [("push", "0003_alerts_and_topics")]

    operations = [
        migrations.AddField("outgoingpush", "attempted_at", models.DateTimeField(help_text="when it was last handed over", null=True)),
        migrations.AddField(
            "outgoingpush", "changed_at", models.DateTimeField(help_text="when its state changed last", null=True)
        ),
        migrations.AddField("outgoingpush", "claimed_until", models.DateTimeField(null=True)),
        migrations.AddField("outgoingpush", "expires_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "outgoingpush",
            "result",
            models.CharField(blank=True, choices=[("gone", "the device no longer accepts notices")], max_length=4),
        ),
        migrations.AlterField(
            "outgoingpush", "state", models.CharField(choices=STATES, default="queued", max_length=9)
        ),
        migrations.RunPython(to_states, migrations.RunPython.noop),
        migrations.RemoveField("outgoingpush", "claimed_at"),
        migrations.RemoveField("outgoingpush", "ttl"),
        migrations.AlterField(
            "outgoingpush",
            "attempts",
            models.PositiveSmallIntegerField(default=0, help_text="how many times it was handed over"),
        ),
        migrations.AlterField(
            "outgoingpush",
            "queued_at",
            models.DateTimeField(help_text="when it was queued, or let go after being held"),
        ),
    ]
