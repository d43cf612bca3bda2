"""The groups that a household noted, to ask for a place once it may."""

from django.db import models
from django.db.models import Q

from parvis.apps.households.models import Household, Individual
from parvis.apps.leisure.models.groups import Group


class Wish(models.Model):
    """A group that a household noted for someone: it takes no place, and gives no right to one.

    Those of one group have the same `position`, `together` and moments. It ends with the place that it was for.
    """

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="wishes")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")
    individual = models.ForeignKey(
        Individual, null=True, on_delete=models.CASCADE, related_name="+", help_text="null: to be chosen"
    )
    together = models.BooleanField(default=False, help_text="all or none, as they would take their places")
    position = models.PositiveIntegerField(help_text="the order of the household, from the first one")
    noted_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, help_text="when its places were asked for, while a line was on")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["household", "group", "individual"], name="wish_once"),
            models.UniqueConstraint(
                fields=["household", "group"], condition=Q(individual=None), name="wish_to_choose_once"
            ),
        ]
