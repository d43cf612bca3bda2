"""Puts a yes or a no at the head of an answer when the question is one that it settles."""

from dataclasses import replace

from django.utils.safestring import mark_safe

from parvis.apps.content.queries.rendering import Rendered, Words
from parvis.apps.content.rules.verdicts import SAID, Verdict, settles


def with_verdict(answer: Rendered, text: str) -> Rendered:
    """The answer to this message, led by yes or no when the message is one of its `yes_to` or `no_to` questions."""
    for verdict, questions in ((Verdict.YES, answer.yes_to), (Verdict.NO, answer.no_to)):
        if questions and settles(text, questions):
            return _led_by(verdict, answer)
    return answer


def of_stamp(answer: Rendered, stamp: str) -> Rendered | None:
    """The form of the answer (with yes, with no, or plain) that has this stamp; None when the answer has changed."""
    forms = [answer]
    forms += [_led_by(Verdict.YES, answer)] if answer.yes_to else []
    forms += [_led_by(Verdict.NO, answer)] if answer.no_to else []
    return next((form for form in forms if form.stamp == stamp), None)


def _led_by(verdict: Verdict, answer: Rendered) -> Rendered:
    short, prefix = answer.short, SAID[verdict][answer.short.lang]
    words = Words(f"{prefix} {short.plain}", mark_safe(f"{prefix} {short.html}"), short.lang)  # noqa: S308
    return replace(answer, short=words, verdict=verdict.value, stamp=f"{answer.stamp}-{verdict.value}")
