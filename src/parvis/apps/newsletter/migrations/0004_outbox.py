"""Letters of an issue take the states and the moments of every outbox (ADR 0064)."""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce, Now

STATES = [
    (name, name.title())
    for name in ("queued", "held", "sending", "sent", "uncertain", "failed", "expired", "cancelled")
]


def to_states(apps, schema_editor):
    rows = apps.get_model("newsletter", "Delivery").objects
    issues = apps.get_model("newsletter", "Issue").objects.filter(pk=OuterRef("issue"))
    rows.update(queued_at=Coalesce(Subquery(issues.values("started_at")[:1]), Now()))
    rows.filter(state="queued", attempted_at__isnull=False).update(state="sending")
    rows.filter(state="unknown").update(state="uncertain")
    rows.filter(state="withdrawn", error="").update(state="cancelled")
    rows.filter(state="withdrawn").update(state="expired")
    schema_editor.connection.check_constraints(table_names=["newsletter_delivery"])  # PostgreSQL alters it next


class Migration(migrations.Migration):
    dependencies = [("newsletter", "0003_second_person")]

    operations = [
        migrations.RenameField("delivery", "posted_at", "attempted_at"),
        *(
            migrations.AddField("delivery", name, models.DateTimeField(null=True))
            for name in ("claimed_until", "expires_at", "queued_at")
        ),
        migrations.AddField(
            "delivery",
            "changed_at",
            models.DateTimeField(help_text="when its state changed last", null=True),
        ),
        migrations.RunPython(to_states, migrations.RunPython.noop),
        migrations.AlterField(
            "delivery",
            "queued_at",
            models.DateTimeField(help_text="when it was queued, or let go after being held"),
        ),
        migrations.AlterField("delivery", "state", models.CharField(choices=STATES, default="queued", max_length=9)),
        migrations.AlterField(
            "delivery", "attempted_at", models.DateTimeField(help_text="when it was last handed over", null=True)
        ),
        migrations.AlterField(
            "delivery",
            "attempts",
            models.PositiveSmallIntegerField(default=0, help_text="how many times it was handed over"),
        ),
    ]
