"""The keyed hash of a row: whoever changes it in the database, without PARVIS_SECRET_KEY, cannot make the new one."""

import json
from datetime import UTC, date, datetime

from django.utils.crypto import salted_hmac

SALT = "parvis.rows"


def seal(kind: str, *values: str | float | bool | date | datetime | None) -> str:
    """The seal of the values of a row of that kind. Never changed: rows of years ago are compared with theirs."""
    plain = json.dumps([kind, *map(_plain, values)], ensure_ascii=False)
    return salted_hmac(SALT, plain, algorithm="sha256").hexdigest()


def _plain(value: str | float | bool | date | datetime | None) -> str | float | bool | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value
