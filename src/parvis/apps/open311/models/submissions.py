"""The requests that programs sent, each with the key that sent it."""

from django.db import models

from parvis.apps.cases.models import Case
from parvis.apps.directory.models import ApiKey


class Submission(models.Model):
    """A request opened with an API key. It holds nothing personal: the case does, and the law erases it there."""

    class Media(models.TextChoices):
        """What became of the picture that a `media_url` points to."""

        NONE = ""
        WAITING = "waiting"
        KEPT = "kept"
        FAILED = "failed"

    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="submission")
    media = models.CharField(max_length=8, choices=Media, blank=True)
    media_error = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["api_key", "at"], name="submission_of_key")]
