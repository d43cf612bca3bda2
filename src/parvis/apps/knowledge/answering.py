"""An answer as it is said to one question: its yes or its no first, when the question is one that it settles."""

from dataclasses import replace

from django.utils.safestring import mark_safe

from parvis.apps.knowledge.rendering import Rendered, Words
from parvis.apps.knowledge.verdicts import SAID, Verdict, settles


def said_to(answer: Rendered, text: str) -> Rendered:
    """The answer to those words; as it is when they are no question of its `yes_to` or `no_to`."""
    for verdict, questions in ((Verdict.YES, answer.yes_to), (Verdict.NO, answer.no_to)):
        if questions and settles(text, questions):
            return _led_by(verdict, answer)
    return answer


def of_stamp(answer: Rendered, stamp: str) -> Rendered | None:
    """The answer as the screen of that stamp showed it, with its yes, its no, or neither; None when it has changed."""
    forms = [answer]
    forms += [_led_by(Verdict.YES, answer)] if answer.yes_to else []
    forms += [_led_by(Verdict.NO, answer)] if answer.no_to else []
    return next((form for form in forms if form.stamp == stamp), None)


def _led_by(verdict: Verdict, answer: Rendered) -> Rendered:
    short, head = answer.short, SAID[verdict][answer.short.lang]
    words = Words(f"{head} {short.plain}", mark_safe(f"{head} {short.html}"), short.lang)  # noqa: S308
    return replace(answer, short=words, verdict=verdict.value, stamp=f"{answer.stamp}-{verdict.value}")
