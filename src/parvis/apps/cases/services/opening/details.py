"""Validates the answers to a subject's questions, and stores them with their wording so that they stay readable."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.models import Question
from parvis.apps.catalogue.queries.question_fields import YES_NO
from parvis.lib import quebec
from parvis.lib.errors import Invalid, type_text


def checked(questions: Iterable[Question], given: Mapping[str, str]) -> list[dict[str, Any]]:
    """The answers in order: [{key, label_fr, label_en, value, shown_fr, shown_en}]; unanswered questions left out.

    Raises Invalid, by question key, when a required answer is missing or a value does not fit the question's kind.
    """
    answers: list[dict[str, Any]] = []
    errors: dict[str, type_text] = {}
    for question in questions:
        raw = str(given.get(question.key, "")).strip()
        if not raw:
            if question.required:
                errors[question.key] = _("Ask this question: the department needs it.")
            continue
        try:
            shown_fr, shown_en = _shown(question, raw)
        except ValueError as error:
            errors[question.key] = error.args[0]
            continue
        answers.append(
            {
                "key": question.key,
                "label_fr": question.label_fr,
                "label_en": question.label_en,
                "value": raw,
                "shown_fr": shown_fr,
                "shown_en": shown_en,
            }
        )
    if errors:
        raise Invalid(_("Some answers are missing or do not fit."), errors)
    return answers


def _shown(question: Question, raw: str) -> tuple[str, str]:
    if question.kind == Question.Kind.CHOICE:
        for choice in question.choices:
            if str(choice["value"]) == raw:
                return str(choice["fr"]), str(choice["en"])
        raise ValueError(_("Choose one of the answers offered."))
    if question.kind == Question.Kind.YESNO:
        if raw not in YES_NO:
            raise ValueError(_("Choose yes or no."))
        return YES_NO[raw]
    if question.kind == Question.Kind.NUMBER:
        try:
            float(raw.replace(",", ".").replace("\u00a0", "").replace(" ", ""))
        except ValueError:
            raise ValueError(_("Write a number.")) from None
        return raw.replace(".", ","), raw.replace(",", ".")
    if question.kind == Question.Kind.DATE:
        try:
            day = date.fromisoformat(raw)
        except ValueError:
            raise ValueError(_("Write a date, such as 2026-11-24.")) from None
        return quebec.day(day, "fr"), quebec.day(day, "en")
    return raw, raw
