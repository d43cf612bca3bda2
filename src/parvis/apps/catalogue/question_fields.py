"""The form field of a subject's question, the same for who answers it at the desk and on the site."""

from typing import Any

from django import forms
from django.utils.translation import get_language

from parvis.apps.catalogue.models import Question
from parvis.lib.languages import clean

YES_NO = {"yes": ("Oui", "Yes"), "no": ("Non", "No")}


def question_field(question: Question, *, missing: str, free: bool = False, rows: int = 3) -> forms.Field:
    """The field of one question; `missing` is said when it is required and left empty, `free` requires nothing.

    Whether a value fits its kind is for the service to say.
    """
    names: dict[str, Any] = {
        "label": question.label,
        "help_text": question.hint,
        "required": question.required and not free,
        "error_messages": {"required": missing},
    }
    english, kinds = clean(get_language()) == "en", Question.Kind
    if question.kind in (kinds.CHOICE, kinds.YESNO):
        offered = [(str(choice["value"]), str(choice["en" if english else "fr"])) for choice in question.choices]
        yes_no = [(value, words[english]) for value, words in YES_NO.items()]
        choices = offered if question.kind == kinds.CHOICE else yes_no
        return forms.CharField(widget=forms.RadioSelect(choices=choices), **names)
    if question.kind == kinds.LONG:
        return forms.CharField(widget=forms.Textarea(attrs={"rows": rows}), max_length=4000, **names)
    if question.kind == kinds.DATE:
        return forms.CharField(widget=forms.DateInput(attrs={"type": "date"}), max_length=10, **names)
    attrs = {"inputmode": "decimal"} if question.kind == kinds.NUMBER else {}
    return forms.CharField(widget=forms.TextInput(attrs=attrs), max_length=400, **names)
