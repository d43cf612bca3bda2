"""What the town publishes of a case: words written by an agent, a landmark, photos with rectangles burnt in."""

from django.db import models

from parvis.apps.cases.models.cases import Case
from parvis.apps.directory.models import User
from parvis.apps.files.models import Attachment
from parvis.lib.i18n.localized import localized


class Publication(models.Model):
    """The public side of a case. Without a row, only the facts that need no judgement are public.

    The words are the town's own: nothing that a citizen wrote is ever copied here by the program.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="publication")
    words_fr = models.TextField(blank=True)
    words_en = models.TextField(blank=True)
    landmark = models.CharField(max_length=160, blank=True, help_text="the place in the town's words: a park, a corner")
    exact_place = models.BooleanField(default=False, help_text="a public place: its point is shown as it was given")
    hidden_at = models.DateTimeField(null=True, help_text="since when nothing of it is public")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    @property
    def words(self) -> str:
        """In the active language, else in French."""
        return localized(self, "words")


class PublicPhoto(models.Model):
    """The decision on one photo of a case. `masked` is a new picture, in which the rectangles replaced the pixels."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="photos")
    original = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+")
    masked = models.OneToOneField(Attachment, on_delete=models.PROTECT, related_name="+")
    rectangles = models.JSONField(default=list, help_text="[[x, y, width, height]] in thousandths of the picture")
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["publication", "original"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="photo_published_once",
            )
        ]
