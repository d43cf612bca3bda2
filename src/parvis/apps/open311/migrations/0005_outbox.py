"""Cases sent to outside servers take the states and the moments of every outbox (ADR 0064)."""

from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

STATES = [
    (name, name.title())
    for name in ("queued", "held", "sending", "sent", "uncertain", "failed", "expired", "cancelled")
]
RESULTS = [
    ("accepted", "Accepted"),
    ("untold", "Not accepted"),
    ("closed", "Closed on their side"),
    ("taken_back", "Taken back"),
]


def to_states(apps, schema_editor):
    rows = apps.get_model("open311", "Forwarding").objects
    numbered = ~Q(service_request_id="") | ~Q(token="")
    sent = {"state": "sent", "sent_at": Coalesce(F("attempted_at"), F("queued_at"))}
    # each row once: PostgreSQL alters no table whose row was updated twice in the transaction
    rows.filter(state="unknown").update(state="uncertain")
    rows.filter(state="accepted").update(result="accepted", **sent)
    rows.filter(state="closed").update(result="closed", **sent)
    rows.filter(numbered, state="failed").update(result="untold", **sent)
    rows.filter(numbered, state="taken_back").update(result="taken_back", **sent)
    rows.filter(state="taken_back").update(state="cancelled", result="taken_back")


class Migration(migrations.Migration):
    dependencies = [("open311", "0004_submissions_to_idempotency_keys")]

    operations = [
        migrations.RemoveConstraint("forwarding", "forwarding_live_once"),
        migrations.RemoveIndex("forwarding", "forwarding_due"),
        *(
            migrations.RenameField("forwarding", old, new)
            for old, new in (
                ("asked_at", "queued_at"),
                ("next_at", "not_before"),
                ("sends", "attempts"),
                ("trouble", "error"),
                ("sent_at", "attempted_at"),
                ("first_sent_at", "first_attempted_at"),
            )
        ),
        *(
            migrations.AddField("forwarding", name, models.DateTimeField(null=True))
            for name in ("claimed_until", "expires_at", "sent_at")
        ),
        migrations.AddField(
            "forwarding", "changed_at", models.DateTimeField(help_text="when its state changed last", null=True)
        ),
        migrations.AddField("forwarding", "result", models.CharField(blank=True, choices=RESULTS, max_length=10)),
        migrations.RunPython(to_states, migrations.RunPython.noop),
        migrations.AlterField("forwarding", "state", models.CharField(choices=STATES, default="queued", max_length=9)),
        migrations.AlterField(
            "forwarding",
            "queued_at",
            models.DateTimeField(help_text="when it was queued, or let go after being held"),
        ),
        migrations.AlterField("forwarding", "not_before", models.DateTimeField(null=True)),
        migrations.AlterField(
            "forwarding",
            "attempts",
            models.PositiveSmallIntegerField(default=0, help_text="how many times it was handed over"),
        ),
        migrations.AlterField(
            "forwarding", "attempted_at", models.DateTimeField(help_text="when it was last handed over", null=True)
        ),
        migrations.AlterField(
            "forwarding",
            "first_attempted_at",
            models.DateTimeField(help_text="of what they may have, once it is sent again", null=True),
        ),
        migrations.AddConstraint(
            "forwarding",
            models.UniqueConstraint(
                condition=~Q(result__in=("closed", "taken_back")), fields=("case",), name="forwarding_live_once"
            ),
        ),
        migrations.AddIndex("forwarding", models.Index(fields=["state", "not_before"], name="forwarding_due")),
    ]
