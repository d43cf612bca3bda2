"""What the town pays of the registrations of a household that has not the means."""

from django.db import models
from django.db.models import Q

from parvis.apps.directory.models import User
from parvis.apps.households.models import Household
from parvis.apps.leisure.models.groups import Season


class FinancialAid(models.Model):
    """Financial aid of a household for a season: `percent` of what it would pay before taxes, `most_cents` in all.

    It is taken off what is billed up to the day `ends_on`, included. A change ends it and makes another, so that who
    decided what, and why, stays. `reason` is for who manages leisure only.
    """

    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="aids")
    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="aids")
    percent = models.PositiveSmallIntegerField()
    most_cents = models.PositiveIntegerField()
    ends_on = models.DateField(help_text="the last day when it is taken off what is billed")
    reason = models.CharField(max_length=300)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["household", "season"], condition=Q(ended_at=None), name="aid_one_held")
        ]
