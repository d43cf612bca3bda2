"""Wagtail publishes by several doors (screen, workflow, schedule); all of them come through here."""

from typing import Any

from django.dispatch import receiver
from wagtail.signals import published, unpublished

from parvis.knowledge.models import Answer
from parvis.knowledge.services import bump_edition


@receiver([published, unpublished], dispatch_uid="parvis.editor.answer_changed")
def answer_changed(sender: type[Any], **_more: Any) -> None:
    """An answer was published, withdrawn or expired: every process must read again."""
    if issubclass(sender, Answer):
        bump_edition()
