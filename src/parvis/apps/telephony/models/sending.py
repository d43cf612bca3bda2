"""What a manager decided of the texts that leave."""

from django.db import models
from django.utils.translation import pgettext_lazy

from parvis.apps.directory.models import User
from parvis.apps.telephony.rules import sending


class SendingDecision(models.Model):
    """A manager paused, stopped or resumed the texts. The last one holds; the others are its journal."""

    class Mode(models.TextChoices):
        ALL = sending.ALL, pgettext_lazy("texts", "resumed")
        DANGER = sending.DANGER, pgettext_lazy("texts", "paused, but for what tells of a danger")
        NONE = sending.NONE, pgettext_lazy("texts", "all stopped, those of a danger too")

    mode = models.CharField(max_length=6, choices=Mode)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
