"""The people we answer: who they are, and how they wish to be reached."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.catalogue.models import Audience
from parvis.places.models import Address


class Person(models.Model):
    """Someone who contacted the town. Nothing is demanded but a name; a contact may also have no person at all."""

    class Reach(models.TextChoices):
        EMAIL = "email", _("by e-mail")
        PHONE = "phone", _("by phone: call, do not write")
        PAPER = "paper", _("by letter, on paper")
        NONE = "none", _("does not wish to be contacted")

    name = models.CharField(max_length=160)
    email = models.EmailField(blank=True, db_index=True)
    language = models.CharField(max_length=2, default="fr")
    english_ground = models.CharField(max_length=40, blank=True, help_text="a lasting ground, as the person said it")
    english_since = models.DateField(null=True, help_text="the day when it was said")
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.RESIDENT)
    organisation = models.CharField(max_length=160, blank=True)
    reach = models.CharField(max_length=5, choices=Reach, default=Reach.EMAIL)
    address = models.ForeignKey(Address, null=True, blank=True, on_delete=models.SET_NULL, related_name="people")
    address_text = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def writes_to(self) -> str:
        """The e-mail address to write to, empty when the person has none or asked not to be written to."""
        return self.email if self.reach == self.Reach.EMAIL else ""

    @property
    def postal_address(self) -> str:
        """Where a letter on paper goes, empty when it is not known. Reads `address.street`."""
        return self.address.label if self.address else self.address_text


class PhoneNumber(models.Model):
    """One number of one person, in E.164. Several people may share a number."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="phones")
    number = models.CharField(max_length=20, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "number"], name="one_number_once")]
