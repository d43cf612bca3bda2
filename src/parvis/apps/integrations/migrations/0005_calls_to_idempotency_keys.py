from django.db import migrations

COPY = """
    INSERT INTO idempotency_idempotencykey (scope, key, fingerprint, status, body, at)
    SELECT 'api:' || api_key_id, key, fingerprint, CASE WHEN body = '{}' THEN 0 ELSE status END, body, at
    FROM integrations_idempotentcall
"""


class Migration(migrations.Migration):
    """Moves the keys of the writes of programs, with the answers kept, to the table of all such keys."""

    dependencies = [("idempotency", "0001_initial"), ("integrations", "0004_incident_events")]
    operations = [
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.DeleteModel("IdempotentCall"),
    ]
