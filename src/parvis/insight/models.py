"""What the town knows of its own service."""

from django.db import models


class Week(models.Model):
    """The figures of one week of a trial. Once frozen they never change, whatever becomes of the records behind them.

    `figures` is what `insight.figures.Figures` holds, as plain values.
    """

    monday = models.DateField(unique=True)
    first_day = models.DateField(help_text="the first day counted: the trial may begin in the middle of the week")
    last_day = models.DateField()
    figures = models.JSONField(default=dict)
    counted_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["monday"]
