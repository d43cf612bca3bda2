"""Files uploaded by citizens and staff, or received with a message."""

import uuid

from django.db import models

from parvis.apps.directory.models import User
from parvis.apps.files.rules.decoder import SMALL_SIDE


class Attachment(models.Model):
    """A stored file, under an unguessable name in the `received` storage.

    The row outlives bytes erased by law, since the journal's hashes are verified against it.
    """

    class Scan(models.TextChoices):
        NONE = ""
        PENDING = "pending"
        CLEAN = "clean"
        INFECTED = "infected"

    class Reading(models.TextChoices):
        DONE = ""
        WAITING = "waiting"
        FAILED = "failed"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200, help_text="as it was called by who sent it")
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    stored = models.CharField(max_length=120, help_text="path in the storage")
    thumbnail = models.CharField(
        max_length=120, blank=True, help_text="path of the reduced picture; empty: the whole one is small enough"
    )
    width = models.PositiveIntegerField(default=0, help_text="pixels; 0: not known")
    height = models.PositiveIntegerField(default=0, help_text="pixels; 0: not known")
    added_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()
    scan = models.CharField(
        max_length=8, choices=Scan, blank=True, help_text="what the antivirus said; empty: it was not asked"
    )
    virus = models.CharField(max_length=120, blank=True, help_text="what it found; the bytes are removed")
    erased_at = models.DateTimeField(null=True, help_text="when its bytes and its name were erased by law")
    reading = models.CharField(
        max_length=8,
        choices=Reading,
        blank=True,
        help_text="of a photo kept before it was decoded; empty: nothing to do",
    )
    readings = models.PositiveSmallIntegerField(default=0, help_text="how often it was tried to be decoded, in vain")
    picture = models.CharField(
        max_length=120, blank=True, help_text="path of what was decoded of it since; what was stored is then not served"
    )

    class Meta:
        indexes = [
            models.Index(fields=["added_at"], name="attachment_to_scan", condition=models.Q(scan="pending")),
            models.Index(fields=["added_at"], name="attachment_to_decode", condition=models.Q(reading="waiting")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_served(self) -> bool:
        """Whether it may be opened: not before the antivirus and the decoder are done, nor when a virus was found."""
        return self.erased_at is None and not self.is_awaited and self.scan != self.Scan.INFECTED

    @property
    def is_awaited(self) -> bool:
        """Whether the antivirus or the decoder has yet to say what it is."""
        return self.scan == self.Scan.PENDING or self.reading == self.Reading.WAITING

    @property
    def is_picture(self) -> bool:
        """Whether a browser may show it; anything else is downloaded."""
        return self.content_type.startswith("image/")

    @property
    def thumbnail_width(self) -> int:
        """Width of the thumbnail in pixels; 0 when unknown."""
        return round(self.width * self._reduction)

    @property
    def thumbnail_height(self) -> int:
        """Height of the thumbnail in pixels; 0 when unknown."""
        return round(self.height * self._reduction)

    @property
    def _reduction(self) -> float:
        return min(1.0, SMALL_SIDE / max(self.width, self.height, 1))

    @property
    def served(self) -> str:
        """The path of what may be opened, once `is_served`; `stored` is what the hashes of the journals cover."""
        return self.picture or self.stored

    @property
    def paths(self) -> list[str]:
        """Its paths in the storage."""
        return [path for path in (self.stored, self.picture, self.thumbnail) if path]
