"""Codes of places and equipment, and how often each is opened."""

from django.db import models
from django.db.models import Q

from parvis.apps.catalogue.models.subjects import Subject
from parvis.apps.directory.models import User
from parvis.apps.places.models import Address, MapShape
from parvis.lib.i18n.localized import localized


class SiteCode(models.Model):
    """A place or a piece of equipment that bears a code. The code never changes, so that a label stays good."""

    code = models.CharField(max_length=10, unique=True, help_text="what the short address ends with")
    kind = models.CharField(max_length=40, blank=True, help_text="in the town's words: streetlight, bus shelter, park")
    name_fr = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    number = models.CharField(max_length=30, blank=True, help_text="the one painted on the equipment")
    place_text = models.CharField(max_length=120, blank=True, help_text="where it stands, in words")
    latitude = models.FloatField()
    longitude = models.FloatField()
    address = models.ForeignKey(Address, null=True, blank=True, on_delete=models.SET_NULL, related_name="site_codes")
    shape = models.ForeignKey(MapShape, null=True, blank=True, on_delete=models.SET_NULL, related_name="site_codes")
    subject = models.ForeignKey(Subject, null=True, blank=True, on_delete=models.SET_NULL, related_name="site_codes")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "name_fr", "number", "place_text"],
                condition=Q(retired_at__isnull=True),
                name="one_code_of_a_thing",
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def point(self) -> tuple[float, float]:
        """Latitude and longitude."""
        return self.latitude, self.longitude

    @property
    def label(self) -> str:
        """Its name, with the number painted on it: "Lampadaire 1042"."""
        return self.numbered(localized(self, "name") or self.name_fr)

    def numbered(self, name: str) -> str:
        """A name of it, followed by its number unless the number is one of its words already."""
        return f"{name} {self.number}" if self.number and self.number not in name.split() else name

    @property
    def full_place(self) -> str:
        """Its label and where it stands, as the place of a request."""
        return f"{self.label}, {self.place_text}" if self.place_text else self.label


class DailyOpenings(models.Model):
    """How many times a code was opened in one day: a figure, and nothing of who did."""

    site_code = models.ForeignKey(SiteCode, on_delete=models.CASCADE, related_name="openings")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site_code", "day"], name="openings_of_a_day_once")]
