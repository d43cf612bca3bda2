"""The attempts counted against a limit."""

from django.db import models


class Count(models.Model):
    """The latest attempts of someone at something. `key` is a keyed hash of both: an address is never stored."""

    key = models.CharField(max_length=64, primary_key=True)
    made = models.JSONField(default=list, help_text="moments of the attempts that count: Unix milliseconds, rising")
    expires_at = models.DateTimeField(db_index=True, help_text="when none of them counts any more")
