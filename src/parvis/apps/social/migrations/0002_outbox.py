"""Posts take the states and the moments of every outbox (ADR 0064)."""

from django.db import migrations, models
from django.db.models import F

STATES = [
    (name, name.title())
    for name in ("queued", "held", "sending", "sent", "uncertain", "failed", "expired", "cancelled")
]


def to_states(apps, schema_editor):
    rows = apps.get_model("social", "Post").objects
    rows.filter(posted_at=None).update(posted_revision=0)  # the network surely has nothing that is not known
    rows.filter(external_id="", posted_at__isnull=False).update(attempted_at=F("posted_at"))
    rows.filter(state="unknown").update(state="uncertain")
    rows.filter(state="withdrawn", external_id="").update(state="cancelled")
    rows.filter(state="withdrawn").update(state="sent", result="withdrawn")
    scheduled = rows.filter(state="queued", answers=None, attempts=0, not_before__gt=F("queued_at"))
    scheduled.update(queued_at=F("not_before"))
    rows.filter(again_at__isnull=False).update(not_before=F("again_at"))
    # PostgreSQL alters no table while the check of a foreign key waits, and that of a row updated twice does.
    schema_editor.connection.check_constraints(table_names=["social_post"])


class Migration(migrations.Migration):
    dependencies = [("social", "0001_initial")]

    operations = [
        migrations.RemoveIndex("post", "social_post_to_send"),
        migrations.RenameField("post", "tried_at", "attempted_at"),
        migrations.AddField("post", "claimed_until", models.DateTimeField(null=True)),
        migrations.AddField("post", "expires_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "post", "result", models.CharField(blank=True, choices=[("withdrawn", "withdrawn")], max_length=9)
        ),
        migrations.RunPython(to_states, migrations.RunPython.noop),
        migrations.RemoveField("post", "again_at"),
        migrations.RemoveField("post", "posted_at"),
        migrations.AlterField(
            "post", "attempted_at", models.DateTimeField(help_text="when it was last handed over", null=True)
        ),
        migrations.AlterField(
            "post",
            "attempts",
            models.PositiveSmallIntegerField(default=0, help_text="how many times it was handed over"),
        ),
        migrations.AlterField(
            "post",
            "posted_revision",
            models.PositiveIntegerField(default=0, help_text="theirs; 0: the network surely has none"),
        ),
        migrations.AlterField(
            "post", "queued_at", models.DateTimeField(help_text="when it was queued, or let go after being held")
        ),
        migrations.AlterField("post", "sent_at", models.DateTimeField(null=True)),
        migrations.AlterField("post", "state", models.CharField(choices=STATES, default="queued", max_length=9)),
        migrations.AddIndex(
            "post",
            models.Index(
                condition=models.Q(("state__in", ("queued", "uncertain"))),
                fields=["account", "queued_at"],
                name="social_post_to_send",
            ),
        ),
    ]
