"""The screens of the town."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.directory.models import User
from parvis.apps.panels.models.playlists import Playlist


class Screen(models.Model):
    """A digital panel: a browser that opens the page at its secret address, or a sign that speaks NTCIP 1203.

    Hours are times of day of the town; off while `on_at` to `off_at` is over, across midnight too; always on without
    them. What a screen last told of itself is kept beside: `drift` is by how many seconds its clock is ahead.
    """

    class Kind(models.TextChoices):
        PAGE = "page", pgettext_lazy("panel", "page in a browser")
        SIGN = "sign", pgettext_lazy("panel", "NTCIP 1203 sign")

    kind = models.CharField(max_length=4, choices=Kind, default=Kind.PAGE)
    name = models.CharField(max_length=80)
    place = models.CharField(max_length=160, blank=True)
    width = models.PositiveIntegerField(default=1920)
    height = models.PositiveIntegerField(default=1080)
    groups = models.JSONField(default=list, help_text="slugs; a message without a group is shown everywhere")
    playlist = models.ForeignKey(Playlist, null=True, on_delete=models.SET_NULL, related_name="screens")
    on_at = models.TimeField(null=True)
    off_at = models.TimeField(null=True)
    night_from = models.TimeField(null=True, help_text="when its colours become those of the night")
    night_to = models.TimeField(null=True)
    secret = models.CharField(max_length=32, unique=True)
    example = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    seen_at = models.DateTimeField(null=True)
    drift = models.FloatField(null=True)
    version = models.CharField(max_length=40, blank=True)
    told_width = models.PositiveIntegerField(null=True)
    told_height = models.PositiveIntegerField(null=True)
    shows_key = models.CharField(max_length=120, blank=True)
    shows_text = models.CharField(max_length=300, blank=True)
    shows_since = models.DateTimeField(null=True)
    alarmed_at = models.DateTimeField(null=True, help_text="when the managers were told that it is silent")

    sign_host = models.CharField(max_length=120, blank=True)
    sign_port = models.PositiveIntegerField(default=161)
    sign_community = models.CharField(max_length=80, blank=True)
    sign_error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("screen")

    def __str__(self) -> str:
        return self.name

    @property
    def is_strip(self) -> bool:
        """Whether it is low and wide, of two lines, as a LED panel over a street."""
        return self.height < 240 or self.width >= self.height * 2.6
