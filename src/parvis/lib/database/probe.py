"""Whether the database takes writes."""

import secrets

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

PROBE_BYTES = 64_000


def write_trouble() -> str:
    """Why the database refuses a row of PROBE_BYTES, in its words; "" when it takes it. The row is rolled back."""
    row = ("write-probe", secrets.token_hex(PROBE_BYTES // 2), timezone.now())  # random, or it would be compressed
    insert = f"INSERT INTO {settings.CACHES['default']['LOCATION']} (cache_key, value, expires) VALUES (%s, %s, %s)"
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(insert, row)
            transaction.set_rollback(True)
    except DatabaseError as error:
        return str(error).strip().splitlines()[0]
    return ""
