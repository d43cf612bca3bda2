"""Wagtail publishes by several doors (screen, workflow, schedule); all of them come through here."""

from typing import Any

from django.dispatch import receiver
from wagtail.signals import published, unpublished

from parvis.apps.knowledge.models import Answer
from parvis.apps.knowledge.publications import note_publication


@receiver([published, unpublished], dispatch_uid="parvis.surfaces.editor.answer_changed")
def answer_changed(sender: type[Any], **told: Any) -> None:
    """An answer was published, withdrawn or expired: it is noted, and every process must read again."""
    if issubclass(sender, Answer):
        note_publication(answer=told["instance"], revision=told.get("revision"))
