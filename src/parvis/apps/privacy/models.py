"""What the town says of each form and of each processor, and the assessments of its effects on privacy."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.models import User
from parvis.lib.i18n.localized import localized


class Collection(models.Model):
    """A public form, or someone outside the town who receives personal information: what the town says of it.

    `slug` is one of `rules.FORMS` or `rules.PROCESSORS`. `right` is the law that allows it; `refusing` what happens to
    who refuses.
    """

    class Kind(models.TextChoices):
        FORM = "form", _("Form")
        PROCESSOR = "processor", _("Outside the town")

    WORDS = ("purpose", "collected", "readers", "destination", "kept", "right", "refusing")

    kind = models.CharField(max_length=9, choices=Kind)
    slug = models.SlugField(max_length=40, unique=True)
    title_fr = models.CharField(max_length=160)
    title_en = models.CharField(max_length=160, blank=True)
    purpose_fr = models.TextField()
    purpose_en = models.TextField(blank=True)
    collected_fr = models.TextField()
    collected_en = models.TextField(blank=True)
    readers_fr = models.TextField()
    readers_en = models.TextField(blank=True)
    destination_fr = models.TextField()
    destination_en = models.TextField(blank=True)
    kept_fr = models.TextField()
    kept_en = models.TextField(blank=True)
    right_fr = models.TextField(blank=True)
    right_en = models.TextField(blank=True)
    refusing_fr = models.TextField(blank=True)
    refusing_en = models.TextField(blank=True)
    outside_quebec = models.BooleanField(default=False)
    example = models.BooleanField(default=False)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["kind", "slug"]

    def __str__(self) -> str:
        return localized(self, "title")


class Assessment(models.Model):
    """An assessment of the privacy effects of a form or of a processor (A-2.1, a. 63.5 and 70.1). Append-only.

    `recorded_by` is null for one of the town's files, which `example` marks when it is invented.
    """

    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="assessments")
    made_on = models.DateField()
    title = models.CharField(max_length=200)
    reference = models.CharField(max_length=300, help_text="its link, or where it is filed")
    approved_by = models.CharField(max_length=160)
    review_on = models.DateField(help_text="by when it is looked at again")
    example = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-made_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["collection", "made_on", "title"], name="assessment_once"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Inserts it. Raises TypeError for one already written."""
        if self.pk:
            raise TypeError("an assessment is never changed: record another one")
        super().save(*args, **kwargs)
