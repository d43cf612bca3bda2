"""Deliveries to webhooks take the states and the moments of every outbox (ADR 0064)."""

from django.db import migrations, models

STATES = [
    (name, name.title())
    for name in ("queued", "held", "sending", "sent", "uncertain", "failed", "expired", "cancelled")
]


def to_states(apps, schema_editor):
    rows = apps.get_model("integrations", "WebhookDelivery").objects
    rows.filter(state="pending").update(state="queued")
    rows.filter(state="delivered").update(state="sent")


class Migration(migrations.Migration):
    dependencies = [("integrations", "0005_calls_to_idempotency_keys")]

    operations = [
        migrations.RemoveIndex("webhookdelivery", "webhook_due"),
        migrations.RenameField("webhookdelivery", "attempts", "log"),
        migrations.RenameField("webhookdelivery", "tries", "attempts"),
        migrations.RenameField("webhookdelivery", "next_at", "not_before"),
        migrations.RenameField("webhookdelivery", "created_at", "queued_at"),
        migrations.RenameField("webhookdelivery", "delivered_at", "sent_at"),
        migrations.RunPython(to_states, migrations.RunPython.noop),
        migrations.AddField(
            "webhookdelivery",
            "attempted_at",
            models.DateTimeField(help_text="when it was last handed over", null=True),
        ),
        migrations.AddField(
            "webhookdelivery",
            "changed_at",
            models.DateTimeField(help_text="when its state changed last", null=True),
        ),
        migrations.AddField("webhookdelivery", "claimed_until", models.DateTimeField(null=True)),
        migrations.AddField("webhookdelivery", "error", models.CharField(blank=True, max_length=300)),
        migrations.AddField("webhookdelivery", "expires_at", models.DateTimeField(null=True)),
        migrations.AlterField(
            "webhookdelivery",
            "attempts",
            models.PositiveSmallIntegerField(default=0, help_text="how many times it was handed over"),
        ),
        migrations.AlterField(
            "webhookdelivery",
            "log",
            models.JSONField(default=list, help_text="[{at, status, error}] of each attempt, the latest last"),
        ),
        migrations.AlterField("webhookdelivery", "not_before", models.DateTimeField(null=True)),
        migrations.AlterField(
            "webhookdelivery",
            "queued_at",
            models.DateTimeField(help_text="when it was queued, or let go after being held"),
        ),
        migrations.AlterField(
            "webhookdelivery", "state", models.CharField(choices=STATES, default="queued", max_length=9)
        ),
        migrations.AddIndex(
            "webhookdelivery",
            models.Index(
                condition=models.Q(("state__in", ("queued", "uncertain"))), fields=["not_before"], name="webhook_due"
            ),
        ),
    ]
