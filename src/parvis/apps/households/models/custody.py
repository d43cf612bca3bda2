"""Who must not come for a child, by the decision of a court."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import User
from parvis.apps.households.models.people import Individual


class PickUpRestriction(models.Model):
    """Someone who must not come for a child, until a manager ends it. The document was seen, and no copy is kept.

    `adult` is of a household; null when only a name is known.
    """

    class Document(models.TextChoices):
        JUDGMENT = "judgment", _("Judgment")
        SAFEGUARD = "safeguard", _("Interim order")
        PROTECTION = "protection", _("Order of youth protection")
        CRIMINAL = "criminal", _("Conditions of a criminal court")

    child = models.ForeignKey(Individual, on_delete=models.CASCADE, related_name="pick_up_restrictions")
    adult = models.ForeignKey(Individual, null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=160)
    document = models.CharField(max_length=10, choices=Document)
    document_on = models.DateField(help_text="the date of the document")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
