"""Calls take the states and the moments of every outbox (ADR 0064); what became of an attempt is their result."""

from django.db import migrations, models
from django.db.models import F

RESULTS = ("confirmed", "heard", "machine", "unanswered", "busy", "hung_up")


def to_states(apps, schema_editor):
    rows = apps.get_model("voice", "OutgoingCall").objects
    rows.update(attempted_at=F("sent_at"))
    doubtful = rows.filter(state="queued", posted_at__isnull=False)
    doubtful.update(state="uncertain", attempted_at=F("posted_at"), not_before=None)
    rows.filter(state__in=("queued", "uncertain")).update(result=F("missed"))
    rows.filter(state__in=RESULTS).update(result=F("state"))
    rows.filter(state__in=("placed", *RESULTS)).update(state="sent")
    rows.filter(state="failed", sent_at__isnull=False).exclude(error="unknown").update(state="sent", result="failed")
    refused = rows.filter(state="refused")
    refused.filter(error="too late").update(state="expired")
    refused.filter(error="refuses calls", sent_at=None).update(state="failed", result="refused")
    refused.filter(error="refuses calls").update(state="sent", result="refused")
    refused.update(state="cancelled")


STATES = [
    (name, name.title())
    for name in ("queued", "held", "sending", "sent", "uncertain", "failed", "expired", "cancelled")
]


class Migration(migrations.Migration):
    dependencies = [("voice", "0001_initial")]

    operations = [
        migrations.RenameField("outgoingcall", "placed_at", "sent_at"),
        migrations.AddField(
            "outgoingcall", "attempted_at", models.DateTimeField(help_text="when it was last handed over", null=True)
        ),
        migrations.AddField("outgoingcall", "claimed_until", models.DateTimeField(null=True)),
        migrations.AddField(
            "outgoingcall",
            "result",
            models.CharField(
                blank=True,
                choices=[
                    ("confirmed", "confirmed by a key"),
                    ("heard", "heard to its end"),
                    ("machine", "left on an answering machine"),
                    ("unanswered", "no answer"),
                    ("busy", "busy"),
                    ("hung_up", "hung up before the end"),
                    ("failed", "could not be placed"),
                    ("refused", "not placed"),
                ],
                max_length=10,
            ),
        ),
        migrations.RunPython(to_states, migrations.RunPython.noop),
        migrations.RemoveField("outgoingcall", "asked_at"),
        migrations.RemoveField("outgoingcall", "posted_at"),
        migrations.RemoveField("outgoingcall", "missed"),
        migrations.AlterField("outgoingcall", "sent_at", models.DateTimeField(null=True)),
        migrations.AlterField(
            "outgoingcall",
            "attempts",
            models.PositiveSmallIntegerField(default=0, help_text="how many times it was handed over"),
        ),
        migrations.AlterField(
            "outgoingcall",
            "queued_at",
            models.DateTimeField(help_text="when it was queued, or let go after being held"),
        ),
        migrations.AlterField(
            "outgoingcall", "state", models.CharField(choices=STATES, default="queued", max_length=9)
        ),
    ]
