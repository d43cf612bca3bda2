"""Gestures made on many cases at once, and what became of each."""

from django.db import models

from parvis.apps.directory.models import User


class Batch(models.Model):
    """One gesture made on several cases: each has its own entry; this says which, and what was refused.

    The words of the gesture are in the entries alone: erased there, they are nowhere else. One gesture is no move: to
    see them again later.
    """

    key = models.CharField(max_length=64, unique=True, help_text="idempotency: the preview that was confirmed")
    gesture = models.CharField(max_length=10, help_text="the move of `states` that was made on each")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)


class BatchItem(models.Model):
    """What became of one case of a batch: `before` and `after` are the numbers of its last entry."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    before = models.PositiveIntegerField()
    after = models.PositiveIntegerField()
    refused = models.CharField(max_length=300, blank=True, help_text="why nothing was done")
    undone = models.BooleanField(default=False)
    kept = models.CharField(max_length=300, blank=True, help_text="why it was not undone")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "case"], name="one_item_of_a_batch_once")]
