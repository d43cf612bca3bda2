"""The proof of consent: rows are only added."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.directory.models import User
from parvis.apps.newsletter.models.subscriber import ContactPoint


class Consent(models.Model):
    """One step of a consent: asked, confirmed, changed, withdrawn; never changed afterwards.

    `words` are the exact words shown or said. `network` is a keyed digest of the address of the network it came from,
    which nobody can read back, and which is compared only before a court. `clerk` is who did it for the person, and
    `evidence` what the clerk has seen or the file the row came from.
    """

    class Action(models.TextChoices):
        ASKED = "asked", _("asked, not confirmed yet")
        GIVEN = "given", _("consent given")
        CHANGED = "changed", _("choices changed")
        WITHDRAWN = "withdrawn", _("consent withdrawn")
        ERASED = "erased", _("erased by law")

    class Via(models.TextChoices):
        WEB = "web", pgettext_lazy("consent", "web page")
        COUNTER = "counter", pgettext_lazy("consent", "counter")
        PHONE = "phone", pgettext_lazy("consent", "phone")
        EMAIL = "email", pgettext_lazy("consent", "e-mail")
        TEXT = "text", pgettext_lazy("consent", "text message")
        ONE_CLICK = "one_click", pgettext_lazy("consent", "button of the mail program")
        COMPLAINT = "complaint", pgettext_lazy("consent", "complaint reported by the mail provider")
        IMPORT = "import", pgettext_lazy("consent", "imported list")

    point = models.ForeignKey(ContactPoint, on_delete=models.CASCADE, related_name="consents")
    action = models.CharField(max_length=9, choices=Action)
    kinds = models.JSONField(default=list, help_text="values of Subscription.Kind")
    via = models.CharField(max_length=9, choices=Via)
    words = models.TextField(blank=True)
    page = models.CharField(max_length=200, blank=True, help_text="path of the page that showed the words")
    network = models.CharField(max_length=64, blank=True)
    evidence = models.CharField(max_length=300, blank=True)
    clerk = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["point", "at"], name="consent_of_point")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Adds the row. TypeError for one that exists: a proof is not rewritten."""
        if self.pk is not None:
            raise TypeError("a consent is never changed")
        super().save(*args, **kwargs)
