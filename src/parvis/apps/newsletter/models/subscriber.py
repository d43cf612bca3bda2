"""Subscribers: how they are reached, what they asked to be told, and where."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.catalogue.models import Group
from parvis.apps.newsletter.rules.contact_points import masked
from parvis.apps.places.models import Address, Sector, Street


class Subscriber(models.Model):
    """Someone who asked to be told of things. No account, no name."""

    language = models.CharField(max_length=2, default="fr")
    created_at = models.DateTimeField()


class ContactPoint(models.Model):
    """An address or a number of a subscriber: an e-mail address in lower case, or a number in E.164.

    Nothing but the request to confirm goes to one that is not confirmed. `secret` opens its preferences and is sent to
    it only. One that was left is no longer confirmed. Once erased by law `target` is empty, and `digest` alone remains
    (`queries.digest`). `soft_failures` counts the temporary delivery failures since a letter last went through.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        TEXT = "text", _("Text message")
        VOICE = "voice", pgettext_lazy("channel", "Call")

    class Suppressed(models.TextChoices):
        BOUNCED = "bounced", _("the address does not work")
        COMPLAINED = "complained", _("marked as unwanted by its reader")

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="points")
    channel = models.CharField(max_length=5, choices=Channel)
    target = models.CharField(max_length=254, blank=True)
    digest = models.CharField(max_length=64)
    secret = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True, help_text="when it was left without any subscription")
    suppressed_at = models.DateTimeField(null=True)
    suppressed_why = models.CharField(max_length=10, choices=Suppressed, blank=True)
    suppressed_words = models.CharField(max_length=300, blank=True, help_text="what the mail server said")
    soft_failures = models.PositiveSmallIntegerField(default=0)
    soft_failed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["secret"], name="contact_point_secret_once"),
            models.UniqueConstraint(
                fields=["channel", "target"], condition=~models.Q(target=""), name="contact_point_target_once"
            ),
        ]
        indexes = [models.Index(fields=["digest"], name="contact_point_digest")]

    @property
    def reachable(self) -> bool:
        """Whether messages may be sent to it."""
        return bool(self.target and self.confirmed_at and not self.suppressed_at)

    @property
    def masked(self) -> str:
        """What recalls it to its owner, and tells it to nobody else: "l•••@e•••.ca", "••• 0123"."""
        return masked(self.target)


class Subscription(models.Model):
    """What is sent to a contact point: news of a family of subjects, or of all without `group`; alerts."""

    class Kind(models.TextChoices):
        NEWS = "news", _("The newsletter")
        ALERTS = "alerts", _("Alerts and urgent notices")

    point = models.ForeignKey(ContactPoint, on_delete=models.CASCADE, related_name="subscriptions")
    kind = models.CharField(max_length=6, choices=Kind)
    group = models.ForeignKey(Group, null=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["point", "kind", "group"], name="subscription_of_group_once"),
            models.UniqueConstraint(
                fields=["point", "kind"], condition=models.Q(group=None), name="subscription_to_all_once"
            ),
        ]
        indexes = [models.Index(fields=["kind", "point"], name="subscription_of_kind")]


class WatchedPlace(models.Model):
    """A place that a subscriber asked about: an address, else a street, else a sector. Without any, the whole town."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="places")
    address = models.ForeignKey(Address, null=True, on_delete=models.CASCADE, related_name="+")
    street = models.ForeignKey(Street, null=True, on_delete=models.CASCADE, related_name="+")
    sector = models.ForeignKey(Sector, null=True, on_delete=models.CASCADE, related_name="+")

    @property
    def label(self) -> str:
        """The place in words. Reads `address.street`, `street` or `sector`."""
        return self.address.label if self.address else str(self.street or self.sector or "")
