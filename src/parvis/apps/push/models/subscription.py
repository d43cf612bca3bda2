"""What a device asked to be told, and where."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.apps.places.models import Address
from parvis.apps.push.models.device import Device


class Subscription(models.Model):
    """One subject that a device asked to be told about, for one address. No account, no name."""

    class Kind(models.TextChoices):
        PICKUPS = "pickups", _("Collections, the evening before")
        PARKING = "parking", _("Parking tonight, when it is decided")
        WORKS = "works", _("Works in my street")
        WATER = "water", _("Water: boil notices and cuts")
        ALERTS = "alerts", _("Alerts and notices of the town for my street")

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="subscriptions")
    kind = models.CharField(max_length=8, choices=Kind)
    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "kind", "address"], name="subscription_once")]
        indexes = [models.Index(fields=["kind", "address"], name="subscription_by_kind")]
