"""Who must not come for a child, by the decision of a court."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import User
from parvis.apps.households.models.people import Individual
from parvis.lib.row_seals import seal


class PickUpRestriction(models.Model):
    """Someone who must not come for a child, until two people end it. The document was seen, and no copy is kept.

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
    seal = models.CharField(max_length=64, blank=True, help_text="`sealed` when it was last written")

    class Meta:
        ordering = ["pk"]

    @property
    def is_asked(self) -> bool:
        """Whether its end waits for a second person. Reads `endings`."""
        return any(ending.decided_at is None for ending in self.endings.all())

    def sealed(self) -> str:
        """The keyed hash of all that it says, which its `seal` is to be (`parvis verify-journal`)."""
        made = (self.document, self.document_on, self.made_by_id, self.made_at)
        ended = (self.ended_by_id, self.ended_at, self.ended_why)
        return seal("restriction", self.child_id, self.adult_id, self.name, *made, *ended)


class RestrictionEnding(models.Model):
    """Someone asked that a restriction end, by a document of a court that they saw; a second person decides.

    Kept for good, like the restriction: who asked, who decided, and by which document.
    """

    restriction = models.ForeignKey(PickUpRestriction, on_delete=models.CASCADE, related_name="endings")
    document = models.CharField(max_length=10, choices=PickUpRestriction.Document)
    document_on = models.DateField(help_text="the date of the document")
    why = models.CharField(max_length=300)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    approved = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["restriction"], condition=models.Q(decided_at=None), name="one_ending_asked_at_once"
            )
        ]
