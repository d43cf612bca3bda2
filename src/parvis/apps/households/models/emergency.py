"""Whom to call for the people of a household, in an emergency."""

from django.db import models

from parvis.apps.directory.models import User
from parvis.apps.households.models.people import Household, Individual


class EmergencyContact(models.Model):
    """Someone to call for any of the people of a household, those of the lowest `position` first.

    A child of two households has the contacts of each: neither reads the other's. The words of a row are never changed:
    what is said next replaces it. What was signed with a health form stays in that form.
    """

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="emergency_contacts")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=160)
    phone = models.CharField(max_length=20, help_text="E.164")
    said_at = models.DateTimeField()
    said_by = models.ForeignKey(Individual, null=True, on_delete=models.SET_NULL, related_name="+")
    taken_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", help_text="who wrote it for them, at the desk"
    )
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "pk"]
