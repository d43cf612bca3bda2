"""Notices that leave."""

from django.db import models
from django.utils.translation import pgettext_lazy

from parvis.apps.push.models.device import Device
from parvis.apps.push.rules.notes import Kind, PushNote


class OutgoingPush(models.Model):
    """A notice to push to one device, queued in the transaction that needs it and sent by the worker.

    `key` is its idempotency key. `ttl`, in seconds, counts from `queued_at`: later, it is not sent. `claimed_at`: when
    a worker took it, before another takes over. Nothing leaves before `not_before`: the push service asked to wait, or
    the last attempt failed.
    """

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("notice", "waiting to leave")
        SENT = "sent", pgettext_lazy("notice", "sent")
        FAILED = "failed", pgettext_lazy("notice", "refused by the push service")
        GONE = "gone", pgettext_lazy("notice", "the device no longer accepts notices")
        EXPIRED = "expired", pgettext_lazy("notice", "too late to be sent")

    key = models.CharField(max_length=120)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="pushes")
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=500)
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in Kind])
    topic = models.CharField(max_length=120, blank=True)
    ttl = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    queued_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="outgoing_push_key_once")]
        indexes = [
            models.Index(fields=["state", "queued_at"], name="outgoing_push_by_state"),
            models.Index(fields=["topic"], name="outgoing_push_by_topic"),
        ]

    @property
    def note(self) -> PushNote:
        """What the device shows."""
        return PushNote(self.title, self.body, self.url, self.kind, self.topic)
