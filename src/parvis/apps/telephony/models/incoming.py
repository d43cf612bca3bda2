"""Text messages that come in."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class IncomingText(models.Model):
    """A text as it was received. `outcome` is empty until `intake.services.texts.received.take_in_text` takes it in."""

    class Outcome(models.TextChoices):
        NEW = "new", _("a new message")
        JOINED = "joined", _("joined to a request")
        STOP = "stop", _("refuses texts")
        START = "start", _("accepts texts again")

    provider_id = models.CharField(max_length=64)
    sender = models.CharField(max_length=20, help_text="E.164; empty once erased")
    body = models.TextField(blank=True)
    files = models.PositiveSmallIntegerField(default=0, help_text="pictures sent with it, which are not fetched")
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=6, choices=Outcome, blank=True)
    taken_in_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True, help_text="when its words and its number were erased by law")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider_id"], name="incoming_text_once")]
        indexes = [models.Index(fields=["outcome", "received_at"], name="incoming_text_by_outcome")]
