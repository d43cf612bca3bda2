from django.db import migrations

COPY = """
    INSERT INTO idempotency_idempotencykey (scope, key, fingerprint, status, body, at)
    SELECT 'open311:' || api_key_id, key, fingerprint, 0, '{}', at FROM open311_submission
"""


class Migration(migrations.Migration):
    """Moves the keys of submissions, and what was sent under them, to the table of all such keys."""

    dependencies = [("idempotency", "0001_initial"), ("open311", "0003_forwarding_rounds")]
    operations = [
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.RemoveConstraint("submission", "submission_key_once"),
        migrations.RemoveField("submission", "key"),
        migrations.RemoveField("submission", "fingerprint"),
    ]
