"""The messages of the screens, and the proof that they were painted."""

from django.db import models

from parvis.apps.directory.models import User
from parvis.apps.panels.models.playlists import Playlist
from parvis.apps.panels.models.screens import Screen
from parvis.apps.panels.rules import rotation


class Item(models.Model):
    """A message shown by the screens of its groups from `starts_at` until `expires_at`, unless removed before.

    One of a playlist is shown by the screens that play it instead, in the order of `rank`, between its times of day of
    the town and on its days (ISO 8601; none is every day). `revision` grows at each correction. Rows are kept once
    over: the proof of painting names them.
    """

    key = models.CharField(max_length=120, unique=True)
    revision = models.PositiveIntegerField(default=1)
    text_fr = models.CharField(max_length=300)
    text_en = models.CharField(max_length=300, blank=True)
    english = models.BooleanField(default=False, help_text="health or safety: painted in English too (Charter, s. 22)")
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    priority = models.PositiveSmallIntegerField(default=rotation.ORDINARY)
    groups = models.JSONField(default=list)
    playlist = models.ForeignKey(Playlist, null=True, on_delete=models.PROTECT, related_name="items")
    rank = models.PositiveSmallIntegerField(default=0)
    from_hour = models.TimeField(null=True)
    to_hour = models.TimeField(null=True)
    days = models.JSONField(default=list)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(removed_at__isnull=True), name="panel_item_live")
        ]

    @property
    def texts(self) -> list[str]:
        """What is painted, one text after the other."""
        return [self.text_fr, *([self.text_en] if self.english and self.text_en else [])]

    @property
    def is_alert(self) -> bool:
        return self.priority >= rotation.ALERT


class ProofOfPlay(models.Model):
    """A text of a message that a screen painted in one hour: first and last frame, by its clock once corrected."""

    screen = models.ForeignKey(Screen, on_delete=models.CASCADE, related_name="proofs_of_play")
    key = models.CharField(max_length=120)
    text = models.CharField(max_length=300)
    hour = models.DateTimeField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    told_at = models.DateTimeField(help_text="when the proof arrived")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["screen", "key", "text", "hour"], name="proof_once_an_hour")]
        indexes = [models.Index(fields=["key", "screen"], name="proof_by_key")]
