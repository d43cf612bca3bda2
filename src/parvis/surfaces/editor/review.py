"""The review of a draft in the words of the page: Wagtail keeps one name for it, in one language."""

from typing import Any

from django.db.models.query_utils import DeferredAttribute
from django.utils.translation import pgettext, pgettext_lazy
from wagtail.log_actions import LogActionRegistry, LogFormatter
from wagtail.models import Task, Workflow

from parvis.apps.knowledge.access import WORKFLOW


class NameAsRead(DeferredAttribute):
    """The name that the house gave is read in the language of the page; one that the town typed, as it typed it."""

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        name = super().__get__(instance, owner)
        known = instance is not None and name == WORKFLOW and instance.pk is not None
        return pgettext("workflow", "Review") if known else name

    def __set__(self, instance: Any, value: Any) -> None:
        """Kept on the object, where Django looks for it."""
        instance.__dict__[self.field.attname] = value


def name_as_read() -> None:
    """From now on, the workflow and its step say their name so, wherever Wagtail shows it."""
    for model in (Workflow, Task):
        field = model._meta.get_field("name")
        model.name = NameAsRead(field)
        field.pre_save = lambda row, add: row.__dict__["name"]  # what is written stays the name that was given


class Step(LogFormatter):  # type: ignore[misc]
    """A line of the history of an answer. Wagtail's own would hold the names as they were when it was written."""

    def __init__(self, message: Any) -> None:
        self.label = self.message = message

    def format_comment(self, log_entry: Any) -> str:
        """What was said with it."""
        return str(log_entry.data.get("comment", ""))


STEPS = {
    "wagtail.workflow.start": Step(pgettext_lazy("history of an answer", "Sent for review")),
    "wagtail.workflow.approve": Step(pgettext_lazy("history of an answer", "Approved")),
    "wagtail.workflow.reject": Step(pgettext_lazy("history of an answer", "Sent back with changes to make")),
    "wagtail.workflow.resume": Step(pgettext_lazy("history of an answer", "Sent for review again")),
    "wagtail.workflow.cancel": Step(pgettext_lazy("history of an answer", "Review stopped")),
}


def tell_steps(actions: LogActionRegistry) -> None:
    """The history of an answer, and its filter, say the steps of a review in these words."""
    actions.formatters |= STEPS
    actions.choices = [(name, STEPS[name].label if name in STEPS else label) for name, label in actions.choices]
