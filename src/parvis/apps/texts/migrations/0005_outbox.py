"""Texts take the states and the moments of every outbox (ADR 0064)."""

from django.db import migrations, models
from django.db.models import F, Q


def to_states(apps, schema_editor):
    rows = apps.get_model("texts", "OutgoingText").objects
    rows.filter(state="queued").exclude(held_for="").update(state="held")
    rows.filter(state="queued", posted_at__isnull=False).update(state="uncertain", attempted_at=F("posted_at"))
    rows.filter(state="delivered").update(state="sent", result="delivered")
    rows.filter(state="refused", error="too late").update(state="expired")
    rows.filter(state="refused", error="STOP").update(state="failed", result="refused")
    rows.filter(state="refused", error="stopped").update(state="failed", result="refused")
    rows.filter(state="refused").update(state="cancelled")
    rows.filter(~Q(held_for="") & ~Q(state="held")).update(held_for="")


STATES = [
    (name, name.title())
    for name in ("queued", "held", "sending", "sent", "uncertain", "failed", "expired", "cancelled")
]


class Migration(migrations.Migration):
    dependencies = [("texts", "0004_kinds_of_texts")]

    operations = [
        migrations.RenameField("outgoingtext", "tried_at", "attempted_at"),
        migrations.AddField("outgoingtext", "claimed_until", models.DateTimeField(null=True)),
        migrations.AddField(
            "outgoingtext",
            "result",
            models.CharField(blank=True, choices=[("delivered", "delivered"), ("refused", "not sent")], max_length=9),
        ),
        migrations.RunPython(to_states, migrations.RunPython.noop),
        migrations.RemoveField("outgoingtext", "posted_at"),
        migrations.AlterField(
            "outgoingtext", "attempted_at", models.DateTimeField(help_text="when it was last handed over", null=True)
        ),
        migrations.AlterField(
            "outgoingtext",
            "attempts",
            models.PositiveSmallIntegerField(default=0, help_text="how many times it was handed over"),
        ),
        migrations.AlterField(
            "outgoingtext",
            "state",
            models.CharField(choices=STATES, default="queued", max_length=9),
        ),
    ]
