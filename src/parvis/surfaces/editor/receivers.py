"""Signals of publication, since Wagtail publishes in several ways (screen, workflow, schedule)."""

from typing import Any

from django.dispatch import receiver
from wagtail.signals import published, unpublished

from parvis.apps.content.models import Answer
from parvis.apps.content.services.publications import note_publication


@receiver([published, unpublished], dispatch_uid="parvis.surfaces.editor.answer_changed")
def answer_changed(sender: type[Any], **kwargs: Any) -> None:
    """Records that an answer was published, unpublished or expired, so that every process reloads the content."""
    if issubclass(sender, Answer):
        note_publication(answer=kwargs["instance"], revision=kwargs.get("revision"))
