"""News items and plain pages: drafted, reviewed, scheduled and published in the editors' space."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from csp.decorators import csp_replace
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.fields import RichTextField
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, Revision, RevisionMixin, WorkflowMixin
from wagtail.rich_text import expand_db_html

from parvis.apps.catalogue.models import Subject
from parvis.apps.places.models import Sector, Street
from parvis.lib.i18n.languages import DEFAULT
from parvis.lib.i18n.localized import localized

FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "link"]


class Publishable(WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, ClusterableModel):
    """A bilingual text with drafts, review, schedule and preview.

    `published_at` is its first publication and `updated_at` the last; both stay when it is withdrawn, so that its
    address can answer that it is gone. `permanent_id` never changes.
    """

    permanent_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    title_fr = models.CharField(_("title, French"), max_length=160)
    title_en = models.CharField(_("title, English"), max_length=160, blank=True)
    published_at = models.DateTimeField(null=True, editable=False)
    updated_at = models.DateTimeField(null=True, editable=False)
    example = models.BooleanField(_("this is an example"), default=False, editable=False)

    OF_THE_ROW: tuple[str, ...] = (
        "permanent_id",
        "published_at",
        "updated_at",
        "example",
    )  # never read from a revision

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the active language."""
        return localized(self, "title")

    def with_content_json(self, content: Any) -> Any:
        """The object as in a revision, with what belongs to the row: a revision older than the publication has none."""
        restored = super().with_content_json(content)
        for name in self.OF_THE_ROW:
            setattr(restored, name, getattr(self, name))
        return restored

    def save_revision(self, *args: Any, **kwargs: Any) -> Revision:
        """A revision, always titled in French: the editors' lists show the same title to everyone."""
        with override(DEFAULT):
            saved: Revision = super().save_revision(*args, **kwargs)
        return saved

    def is_shown(self, at: datetime) -> bool:
        """Whether the public may read it at that moment: published, not lapsed, no example outside a demonstration."""
        lapsed = self.expire_at is not None and self.expire_at <= at
        return bool(self.live) and not lapsed and (settings.PARVIS_DEMO or not self.example)

    @property
    def preview_modes(self) -> list[tuple[str, object]]:
        """The languages in which a draft can be previewed."""
        return [("fr", _("Public page, French")), ("en", _("Public page, English"))]

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        return "editor/news/preview.html"

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        """What the page itself is given."""
        context: dict[str, Any] = super().get_preview_context(request, mode_name)
        return context | {"item": self, "title": self.title, "body": expand_db_html(localized(self, "body"))}

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponseBase:
        """Allow only the editor's space to frame the preview, in the language of the mode."""
        with override(mode_name if mode_name in ("fr", "en") else DEFAULT):
            shown: HttpResponse = super().serve_preview(request, mode_name)
        return csp_replace({"frame-ancestors": ["'self'"]})(lambda _request: shown)(request)


RENDITION = "width-%d|format-webp"
WIDTHS = (480, 800, 1200)


class Illustrated(models.Model):
    """A picture, with its description in French and in English."""

    image = models.ForeignKey(
        "wagtailimages.Image",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("picture"),
    )
    image_description_fr = models.CharField(_("description of the picture, French"), max_length=250, blank=True)
    image_description_en = models.CharField(_("description of the picture, English"), max_length=250, blank=True)

    class Meta:
        abstract = True

    @property
    def image_description(self) -> str:
        """What the picture shows, in the active language."""
        return localized(self, "image_description")

    @property
    def rendition(self) -> Any:
        """The picture, reduced for a page; None when there is none. The first call reduces it."""
        return self.image.get_rendition(RENDITION % max(WIDTHS)) if self.image else None

    @property
    def srcset(self) -> str:
        """The sizes of the picture for the attribute `srcset`; "" when there is none. Two queries at most."""
        if self.image is None:
            return ""
        reduced = self.image.get_renditions(*(RENDITION % width for width in WIDTHS))
        widths = {each.width: each.url for each in reduced.values()}  # a small original is never enlarged
        return ", ".join(f"{url} {width}w" for width, url in sorted(widths.items()))

    def description_errors(self) -> dict[str, str]:
        """The error of a picture that is not described, by field."""
        if self.image_id is None or self.image_description_fr.strip():
            return {}
        return {"image_description_fr": gettext("Describe the picture for those who do not see it.")}


class NewsItem(Illustrated, Publishable):
    """A news item. It concerns the sectors and the streets named; the whole town when there are none.

    `key` is that of the message that published it (`services.publish_item`), "" when it was written by an editor. An
    `expire_at` in the past hides it at once, whatever the job that unpublishes it does.
    """

    key = models.CharField(max_length=120, blank=True, editable=False)
    summary_fr = models.CharField(_("one line, French"), max_length=250, blank=True)
    summary_en = models.CharField(_("one line, English"), max_length=250, blank=True)
    body_fr = RichTextField(_("text, French"), features=FEATURES)
    body_en = RichTextField(_("text, English"), features=FEATURES, blank=True)
    subject = models.ForeignKey(
        Subject, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("subject")
    )
    sectors = ParentalManyToManyField(Sector, blank=True, related_name="+", verbose_name=_("sectors"))
    streets = ParentalManyToManyField(Street, blank=True, related_name="+", verbose_name=_("streets"))

    OF_THE_ROW = (*Publishable.OF_THE_ROW, "key")

    class Meta:
        ordering = ["-published_at", "-pk"]
        verbose_name = _("news item")
        verbose_name_plural = _("news")
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=~models.Q(key=""), name="news_item_key_once"),
        ]
        indexes = [models.Index(fields=["live", "-published_at"], name="news_item_newest")]

    @property
    def summary(self) -> str:
        """One line in the active language; "" when there is none."""
        return localized(self, "summary")

    @property
    def body(self) -> str:
        """The text in the active language, as HTML of the editor."""
        return localized(self, "body")

    def clean(self) -> None:
        super().clean()
        if errors := self.description_errors():
            raise ValidationError(errors)


class PlainPage(Publishable):
    """A page of the site at /pages/<slug>/; the slugs of `rules.standard_pages` have addresses of their own.

    {town}, {phone}, {email} and {address} in its text are replaced by the town's own.
    """

    slug = models.SlugField(_("address of the page"), max_length=80, unique=True)
    body_fr = RichTextField(_("text, French"), features=FEATURES)
    body_en = RichTextField(_("text, English"), features=FEATURES, blank=True)

    class Meta:
        ordering = ["title_fr"]
        verbose_name = _("page")
        verbose_name_plural = _("pages")

    @property
    def body(self) -> str:
        """The text in the active language, as HTML of the editor."""
        return localized(self, "body")
