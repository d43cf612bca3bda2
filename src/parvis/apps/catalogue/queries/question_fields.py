"""Form fields for subject questions, shared by the desk and the public site."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import get_language

from parvis.apps.catalogue.models import Question
from parvis.apps.catalogue.rules.filled_answers import Choice, answers_in
from parvis.lib.i18n.languages import clean

YES_NO = {"yes": ("Oui", "Yes"), "no": ("Non", "No")}


def question_field(question: Question, *, missing: str, free: bool = False, rows: int = 3) -> forms.Field:
    """The form field of a question; `missing` is its required-error message, `free` makes it optional.

    The service validates the value against the question's kind.
    """
    options: dict[str, Any] = {
        "label": question.label,
        "help_text": question.hint,
        "required": question.required and not free,
        "error_messages": {"required": missing},
    }
    english, kinds = clean(get_language()) == "en", Question.Kind
    if question.kind in (kinds.CHOICE, kinds.YESNO):
        own = [(str(choice["value"]), str(choice["en" if english else "fr"])) for choice in question.choices]
        yes_no = [(value, labels[english]) for value, labels in YES_NO.items()]
        choices = own if question.kind == kinds.CHOICE else yes_no
        return forms.CharField(widget=forms.RadioSelect(choices=choices), **options)
    if question.kind == kinds.LONG:
        return forms.CharField(widget=forms.Textarea(attrs={"rows": rows}), max_length=4000, **options)
    if question.kind == kinds.DATE:
        return forms.CharField(widget=forms.DateInput(attrs={"type": "date"}), max_length=10, **options)
    attrs = {"inputmode": "decimal"} if question.kind == kinds.NUMBER else {}
    return forms.CharField(widget=forms.TextInput(attrs=attrs), max_length=400, **options)


def answers_said(words: str, questions: Iterable[Question]) -> dict[str, str]:
    """Question key to the choice that the words plainly give (`filled_answers.answers_in`), for questions of choice."""
    return answers_in(
        words,
        {question.key: _choices_of(question) for question in questions if question.kind == Question.Kind.CHOICE},
    )


def _choices_of(question: Question) -> list[Choice]:
    return [
        Choice(str(row["value"]), (str(row["fr"]), str(row["en"]), str(row["value"]), *row.get("aliases", ())))
        for row in question.choices
    ]
