"""The health form of someone, as a household said it; what that household consents to for them, by purpose."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import User
from parvis.apps.households.models.people import Household, Individual

LONGEST_ANSWER = 300


class HealthForm(models.Model):
    """What whoever leads an activity must know of someone's health, as signed for one household.

    A child of two households has a form in each: neither reads the other's. A new form replaces the one before, which
    stays until it is destroyed: then its words are empty, and `destroyed_at` says when.
    """

    WORDS = ("allergies", "conditions", "medication", "what_to_do", "contact_name", "contact_phone")

    individual = models.ForeignKey(Individual, on_delete=models.CASCADE, related_name="health_forms")
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="health_forms")
    version = models.PositiveSmallIntegerField(help_text="of the questions")
    nothing_to_report = models.BooleanField(default=False)
    allergies = models.CharField(max_length=LONGEST_ANSWER, blank=True)
    conditions = models.CharField(max_length=LONGEST_ANSWER, blank=True)
    medication = models.CharField(max_length=LONGEST_ANSWER, blank=True)
    what_to_do = models.CharField(max_length=LONGEST_ANSWER, blank=True)
    contact_name = models.CharField(max_length=160, blank=True)
    contact_phone = models.CharField(max_length=20, blank=True, help_text="E.164")
    signed_at = models.DateTimeField()
    signed_by = models.ForeignKey(
        Individual, null=True, on_delete=models.SET_NULL, related_name="+", help_text="the adult who said it"
    )
    taken_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", help_text="who wrote it for them, at the desk"
    )
    replaced_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-signed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["individual", "household"], condition=models.Q(replaced_at=None), name="health_form_once"
            )
        ]


class ConsentPurpose(models.TextChoices):
    """What a household may consent to, each apart; the words asked are in `queries.CONSENT_TEXTS`."""

    PHOTOGRAPHS = "photographs", _("Photographs")
    LEAVES_ALONE = "leaves_alone", _("Leaves alone")
    FIRST_AID = "first_aid", _("First aid")


class Consent(models.Model):
    """A consent given, refused or withdrawn for someone by a household, to one version of its words. Never changed: the
    last one counts.
    """

    individual = models.ForeignKey(Individual, on_delete=models.CASCADE, related_name="consents")
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=12, choices=ConsentPurpose)
    version = models.PositiveSmallIntegerField(help_text="of the words that were shown")
    given = models.BooleanField(help_text="False: refused or withdrawn")
    at = models.DateTimeField()
    said_by = models.ForeignKey(Individual, null=True, on_delete=models.SET_NULL, related_name="+")
    taken_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", help_text="who wrote it for them, at the desk"
    )

    class Meta:
        ordering = ["pk"]
