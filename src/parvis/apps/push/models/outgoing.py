"""Notices that leave."""

from django.db import models
from django.utils.translation import pgettext_lazy

from parvis.apps.outbox.models import PENDING, OutboxItem, State
from parvis.apps.push.models.device import Device
from parvis.apps.push.rules.notes import Kind, PushNote

_WAITING = pgettext_lazy("notice", "waiting to leave")
_LATE = pgettext_lazy("notice", "too late to be sent")


class OutgoingPush(OutboxItem):
    """A notice to push to one device, queued in the transaction that needs it and sent by the worker (`apps.outbox`).

    `key` is its idempotency key. `result`: the device no longer accepts notices.
    """

    class Result(models.TextChoices):
        GONE = "gone", pgettext_lazy("notice", "the device no longer accepts notices")

    LABELS = {
        **dict.fromkeys(PENDING, _WAITING),
        State.SENT: pgettext_lazy("notice", "sent"),
        State.FAILED: pgettext_lazy("notice", "refused by the push service"),
        **dict.fromkeys((State.EXPIRED, State.CANCELLED), _LATE),
        **dict(Result.choices),
    }

    key = models.CharField(max_length=120)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="pushes")
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=500)
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in Kind])
    topic = models.CharField(max_length=120, blank=True)
    result = models.CharField(max_length=4, choices=Result, blank=True)

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
