"""The content of a fact, and proposals for new versions."""

from typing import Any

from django.db import models
from django.utils.translation import pgettext_lazy

from parvis.apps.directory.models import Department, User
from parvis.apps.places.models import Sector
from parvis.lib.i18n.localized import localized

CONTENT = (
    *("key", "kind", "value", "unit", "label_fr", "label_en", "source_title", "source_url"),
    *("valid_from", "valid_to", "verified_on", "verified_by", "example", "owner", "area"),
)


class FactContent(models.Model):
    """A dated, sourced value, for the whole town or for one sector of it (`area`).

    `value` by kind: money in integer cents, length in metres, area in square metres, count and percent as numbers,
    date and time in ISO 8601, phone in E.164, text as {fr, en}, hours and list as {fr: [...], en: [...]}.
    """

    class Kind(models.TextChoices):
        MONEY = "money", pgettext_lazy("kind of fact", "amount")
        DATE = "date", pgettext_lazy("kind of fact", "date")
        TIME = "time", pgettext_lazy("kind of fact", "time of day")
        HOURS = "hours", pgettext_lazy("kind of fact", "opening hours")
        LENGTH = "length", pgettext_lazy("kind of fact", "length")
        AREA = "area", pgettext_lazy("kind of fact", "area")
        COUNT = "count", pgettext_lazy("kind of fact", "count")
        PERCENT = "percent", pgettext_lazy("kind of fact", "percentage")
        PHONE = "phone", pgettext_lazy("kind of fact", "phone number")
        TEXT = "text", pgettext_lazy("kind of fact", "words")
        LIST = "list", pgettext_lazy("kind of fact", "list")

    key = models.CharField(max_length=80, db_index=True)
    label_fr = models.CharField(max_length=160)
    label_en = models.CharField(max_length=160)
    kind = models.CharField(max_length=8, choices=Kind)
    value = models.JSONField()
    unit = models.CharField(max_length=40, blank=True)
    source_title = models.CharField(max_length=200)
    source_url = models.URLField(blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    verified_on = models.DateField(null=True, blank=True)
    verified_by = models.CharField(max_length=120, blank=True)
    example = models.BooleanField(default=False)
    owner = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="%(class)ss")
    area = models.ForeignKey(Sector, null=True, blank=True, on_delete=models.PROTECT, related_name="%(class)ss")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return localized(self, "label")

    @property
    def content(self) -> dict[str, Any]:
        """All fields of a version, as `services.set_fact` takes them."""
        return {name: getattr(self, name) for name in CONTENT}


class FactProposal(FactContent):
    """A version of a fact written by an editor, hidden from readers until a publisher approves it.

    At most one is pending for each fact. Decided rows are kept: who proposed what, who decided, and why.
    """

    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    approved = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True, help_text="why it was sent back")

    class Meta:
        ordering = ["proposed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(decided_at__isnull=True, area__isnull=True),
                name="one_proposal_waits_for_a_fact",
            ),
            models.UniqueConstraint(
                fields=["key", "area"],
                condition=models.Q(decided_at__isnull=True, area__isnull=False),
                name="one_proposal_waits_in_an_area",
            ),
        ]
