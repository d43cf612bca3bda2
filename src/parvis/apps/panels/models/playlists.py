"""The named playlists of the screens."""

from django.db import models

from parvis.apps.directory.models import User


class Playlist(models.Model):
    """Messages played in an order by the screens that have this playlist, in turn with those of every screen.

    One that is closed is played nowhere; the screens and the messages keep it, so that it may be opened again.
    """

    name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name
