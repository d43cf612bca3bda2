"""Dated gatherings: events and council sessions."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.fields import RichTextField

from parvis.apps.catalogue.models import Subject
from parvis.apps.news.models.items import FEATURES, Illustrated, Publishable
from parvis.lib.i18n.localized import localized

A_WHILE = timedelta(hours=2)  # how long a gathering without an end is taken to last
LINKS = _("One link per line: label | address.")


class Gathering(Publishable):
    """What happens at a place from one moment to another. `cancelled`: it stays on the site, said cancelled."""

    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    place_fr = models.CharField(_("place, French"), max_length=200)
    place_en = models.CharField(_("place, English"), max_length=200, blank=True)
    body_fr = RichTextField(_("text, French"), features=FEATURES, blank=True)
    body_en = RichTextField(_("text, English"), features=FEATURES, blank=True)
    cancelled = models.BooleanField(pgettext_lazy("gathering", "cancelled"), default=False)

    class Meta:
        abstract = True

    @property
    def place(self) -> str:
        """Where, in the active language."""
        return localized(self, "place")

    @property
    def body(self) -> str:
        """The text in the active language, as HTML of the editor."""
        return localized(self, "body")

    @property
    def over_at(self) -> datetime:
        """The moment from which it is past."""
        return self.ends_at or self.starts_at + A_WHILE

    def clean(self) -> None:
        super().clean()
        if self.ends_at and self.starts_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": gettext("The end comes before the beginning.")})


class Event(Illustrated, Gathering):
    """A festival, an activity, a public consultation."""

    subject = models.ForeignKey(
        Subject, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("subject")
    )
    url = models.URLField(_("to register, or to know more"), blank=True)

    class Meta:
        ordering = ["-starts_at", "-pk"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [models.Index(fields=["live", "starts_at"], name="event_by_day")]

    def clean(self) -> None:
        super().clean()
        if errors := self.description_errors():
            raise ValidationError(errors)


class CouncilSession(Gathering):
    """A session of the council, with its documents: agenda, minutes, recording."""

    class Kind(models.TextChoices):
        ORDINARY = "ordinary", _("Ordinary session")
        SPECIAL = "special", _("Special session")
        BUDGET = "budget", _("Special session on the budget")

    kind = models.CharField(pgettext_lazy("council", "kind"), max_length=10, choices=Kind, default=Kind.ORDINARY)
    documents_fr = models.TextField(_("documents, French"), blank=True, help_text=LINKS)
    documents_en = models.TextField(_("documents, English"), blank=True, help_text=LINKS)

    class Meta:
        ordering = ["-starts_at", "-pk"]
        verbose_name = _("council session")
        verbose_name_plural = _("council sessions")
        indexes = [models.Index(fields=["live", "starts_at"], name="council_session_by_day")]

    @property
    def documents(self) -> list[tuple[str, str]]:
        """(label, address) of its documents, in the active language."""
        pairs = (line.partition("|") for line in localized(self, "documents").splitlines() if "|" in line)
        return [(label.strip(), address.strip()) for label, _bar, address in pairs if address.strip()]

    def clean(self) -> None:
        super().clean()
        errors = {}
        for name in ("documents_fr", "documents_en"):
            for line in filter(str.strip, getattr(self, name).splitlines()):
                address = line.partition("|")[2].strip()
                if not address.startswith(("https://", "http://", "/")):
                    errors[name] = gettext("“%(line)s” is no link. Write: label | address.") % {"line": line.strip()}
        if errors:
            raise ValidationError(errors)
