"""The keys of what was sent, and the answers kept for their repetition."""

from django.db import models


class IdempotencyKey(models.Model):
    """A key that a program chose for a write. Nothing in it is personal: no answer to a write is."""

    scope = models.CharField(max_length=40, help_text='the interface and the id of the API key: "api:12"')
    key = models.CharField(max_length=64, help_text="a digest of the Idempotency-Key")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of what was sent")
    status = models.PositiveSmallIntegerField(default=0, help_text="of the answer; 0 when none is kept")
    body = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["at"], condition=models.Q(status__gt=0), name="idempotency_answer_kept")]
