"""Bulk actions on cases, and the outcome for each case."""

from django.db import models

from parvis.apps.directory.models import User


class Batch(models.Model):
    """One bulk action: each case has its own entry, and its item says what was refused.

    The words are stored only in the entries, so that erasing them there is enough. Snoozing is no transition.
    """

    key = models.CharField(max_length=64, unique=True, help_text="idempotency: the preview that was confirmed")
    action = models.CharField(max_length=10, help_text="the transition of `states` that was made on each")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)


class BatchItem(models.Model):
    """The outcome for one case: `before` and `after` are the numbers of its last entry."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    before = models.PositiveIntegerField()
    after = models.PositiveIntegerField()
    refused = models.CharField(max_length=300, blank=True, help_text="why nothing was done")
    undone = models.BooleanField(default=False)
    kept = models.CharField(max_length=300, blank=True, help_text="why it was not undone")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "case"], name="one_item_of_a_batch_once")]
