"""Wagtail's review workflow in the language of the page: Wagtail stores its names in one language."""

from typing import Any

from django.db.models.query_utils import DeferredAttribute
from django.utils.translation import pgettext, pgettext_lazy
from wagtail.log_actions import LogActionRegistry, LogFormatter
from wagtail.models import Task, Workflow

from parvis.apps.content.rules.access import WORKFLOW


class TranslatedName(DeferredAttribute):
    """Translates our default workflow name on reading; a name typed by the town is left as is."""

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        name = super().__get__(instance, owner)
        is_default = instance is not None and name == WORKFLOW and instance.pk is not None
        return pgettext("workflow", "Review") if is_default else name

    def __set__(self, instance: Any, value: Any) -> None:
        """Stores the value in the instance's __dict__, where Django looks for it."""
        instance.__dict__[self.field.attname] = value


def translate_names() -> None:
    """Installs TranslatedName on Wagtail's workflows and tasks."""
    for model in (Workflow, Task):
        field = model._meta.get_field("name")
        model.name = TranslatedName(field)
        field.pre_save = lambda row, add: row.__dict__["name"]  # saves the stored name, not its translation


class Step(LogFormatter):  # type: ignore[misc]
    """An entry of an answer's history. Wagtail's own formatter would show the workflow's name as stored."""

    def __init__(self, message: Any) -> None:
        self.label = self.message = message

    def format_comment(self, log_entry: Any) -> str:
        return str(log_entry.data.get("comment", ""))


STEPS = {
    "wagtail.workflow.start": Step(pgettext_lazy("history of an answer", "Sent for review")),
    "wagtail.workflow.approve": Step(pgettext_lazy("history of an answer", "Approved")),
    "wagtail.workflow.reject": Step(pgettext_lazy("history of an answer", "Sent back with changes to make")),
    "wagtail.workflow.resume": Step(pgettext_lazy("history of an answer", "Sent for review again")),
    "wagtail.workflow.cancel": Step(pgettext_lazy("history of an answer", "Review stopped")),
}


def register_steps(actions: LogActionRegistry) -> None:
    """Replaces Wagtail's labels of the review steps, in the history of an answer and its filter."""
    actions.formatters |= STEPS
    actions.choices = [(name, STEPS[name].label if name in STEPS else label) for name, label in actions.choices]
