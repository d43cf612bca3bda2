"""Letters take the states and the moments of every outbox (ADR 0064)."""

from django.db import migrations, models
from django.db.models import Q

STATES = [
    (name, name.title())
    for name in ("queued", "held", "sending", "sent", "uncertain", "failed", "expired", "cancelled")
]


def to_states(apps, schema_editor):
    refused = apps.get_model("mail", "Outgoing").objects.filter(state="refused")
    refused.filter(Q(error="called off") | Q(error="erased")).update(state="cancelled")
    refused.update(state="failed")


class Migration(migrations.Migration):
    dependencies = [("mail", "0010_urgent_letters")]

    operations = [
        migrations.RenameField("outgoing", "tried_at", "attempted_at"),
        *(
            migrations.AddField("outgoing", name, models.DateTimeField(null=True))
            for name in ("claimed_until", "expires_at")
        ),
        migrations.AddField(
            "outgoing",
            "changed_at",
            models.DateTimeField(help_text="when its state changed last", null=True),
        ),
        migrations.AlterField("outgoing", "state", models.CharField(choices=STATES, default="queued", max_length=9)),
        migrations.AlterField(
            "outgoing", "attempted_at", models.DateTimeField(help_text="when it was last handed over", null=True)
        ),
        migrations.AlterField(
            "outgoing",
            "attempts",
            models.PositiveSmallIntegerField(default=0, help_text="how many times it was handed over"),
        ),
        migrations.AlterField(
            "outgoing",
            "queued_at",
            models.DateTimeField(help_text="when it was queued, or let go after being held"),
        ),
        migrations.RunPython(to_states, migrations.RunPython.noop),
    ]
