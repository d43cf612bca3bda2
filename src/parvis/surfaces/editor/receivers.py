"""Signals of publication, since Wagtail publishes in several ways (screen, workflow, schedule)."""

from typing import Any

from django.dispatch import receiver
from wagtail.signals import published, unpublished

from parvis.apps.content.models import Answer
from parvis.apps.content.services.publications import note_publication
from parvis.apps.news.models import Publishable
from parvis.apps.news.services.items import note_publication as note_news


@receiver([published, unpublished], dispatch_uid="parvis.surfaces.editor.answer_changed")
def answer_changed(sender: type[Any], **kwargs: Any) -> None:
    """Records that an answer was published, unpublished or expired, so that every process reloads the content."""
    if issubclass(sender, Answer):
        note_publication(answer=kwargs["instance"], revision=kwargs.get("revision"))


@receiver(published, dispatch_uid="parvis.surfaces.editor.news_published")
def news_published(sender: type[Any], **kwargs: Any) -> None:
    """Dates the publication or the correction of a news item, a page, an event or a council session.

    Wagtail sends this signal too when a first publication is only scheduled.
    """
    if issubclass(sender, Publishable) and kwargs["instance"].live:
        note_news(item=kwargs["instance"], published=True)


@receiver(unpublished, dispatch_uid="parvis.surfaces.editor.news_withdrawn")
def news_withdrawn(sender: type[Any], **kwargs: Any) -> None:
    """Dates the withdrawal or the end of one of them."""
    if issubclass(sender, Publishable):
        note_news(item=kwargs["instance"], published=False)
