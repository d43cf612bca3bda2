"""The banner of the site, and the alerts published as CAP 1.2 messages."""

from datetime import datetime

from django.db import models
from django.utils.translation import pgettext_lazy

from parvis.apps.places.models import Sector, Street
from parvis.lib.i18n.localized import localized


class Banner(models.Model):
    """A message on every public page until `expires_at`, which is judged where the page is read.

    `key` is that of the message that showed it. It concerns the sectors and the streets named; the whole town when
    there are none.
    """

    class Level(models.TextChoices):
        INFO = "info", pgettext_lazy("banner", "information")
        WARNING = "warning", pgettext_lazy("banner", "warning")
        DANGER = "danger", pgettext_lazy("banner", "danger")

    key = models.CharField(max_length=120)
    title_fr = models.CharField(max_length=160)
    title_en = models.CharField(max_length=160, blank=True)
    text_fr = models.TextField()
    text_en = models.TextField(blank=True)
    level = models.CharField(max_length=7, choices=Level, default=Level.INFO)
    url = models.CharField(max_length=300, blank=True)
    sectors = models.ManyToManyField(Sector, related_name="+")
    streets = models.ManyToManyField(Street, related_name="+")
    shown_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    hidden_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="banner_key_once")]
        indexes = [models.Index(fields=["hidden_at", "expires_at"], name="banner_in_force")]

    def __str__(self) -> str:
        return self.title_fr

    @property
    def title(self) -> str:
        return localized(self, "title")

    @property
    def text(self) -> str:
        return localized(self, "text")

    def in_force(self, at: datetime) -> bool:
        """Whether pages show it at that moment."""
        return self.hidden_at is None and self.shown_at <= at < self.expires_at


class Alert(models.Model):
    """An alert of the town, as a chain of CAP messages: an Alert, its Updates, perhaps a Cancel."""

    key = models.CharField(max_length=120)
    expires_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="alert_key_once")]
        indexes = [models.Index(fields=["-expires_at"], name="alert_by_expiry")]

    def __str__(self) -> str:
        return self.key


class AlertMessage(models.Model):
    """One CAP 1.2 message as it was published: never changed, so that references to it stay true."""

    class Kind(models.TextChoices):
        ALERT = "Alert"
        UPDATE = "Update"
        CANCEL = "Cancel"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="messages")
    identifier = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=6, choices=Kind)
    sender = models.CharField(max_length=120)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    headline_fr = models.CharField(max_length=160)
    headline_en = models.CharField(max_length=160, blank=True)
    content = models.JSONField(help_text="the arguments of `services.publish_alert`, repeated by a Cancel")
    xml = models.TextField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.identifier

    @property
    def headline(self) -> str:
        return localized(self, "headline")
