"""A yes or no put at the head of an answer, only for a question that the answer settles almost word for word. Pure.

An answer lists the questions that it answers by yes and by no. Politeness, articles, pronouns and word order are
ignored; any other differing word (where, without, burn) makes it another question, which gets the same facts without
the verdict.
"""

import re
from collections.abc import Iterable
from enum import StrEnum

from parvis.apps.content.rules.normalise import normalise_colloquial
from parvis.lib import words
from parvis.lib.i18n.languages import Lang

LONGEST_QUESTION = 40  # words; a longer message is more than one question


class Verdict(StrEnum):
    """The answer to a yes-or-no question."""

    YES = "yes"
    NO = "no"


SAID: dict[Verdict, dict[Lang, str]] = {
    Verdict.YES: {"fr": "Oui.", "en": "Yes."},
    Verdict.NO: {"fr": "Non.", "en": "No."},
}

_BARE = re.compile(r"\s*(?:oui|non|yes|no)[\s\u00a0\u202f]*[,.;:!]+[\s\u00a0\u202f]*(?=\S)", re.IGNORECASE)

_IGNORED_WORDS = """
un une des du de d le la les l au aux a en son sa ses c ca cela ce t qu que est on il elle je j tu nous vous me m moi
mon ma mes notre nos votre vos pour dans sur ai avoir y bonjour bonsoir allo salut merci svp s plait te
the an i we it is do does to of for my our your in at get have hi hello please thanks thank
"""
_MUST = """
faut besoin necessaire requis requise obligatoire exige exigee oblige doit dois devons prend demande demander
need needs needed require required requires must mandatory necessary should
"""
_MAY = "puis peux peut pouvons droit can may could allowed"
_IGNORED = frozenset(_IGNORED_WORDS.split())
_CANONICAL = {**dict.fromkeys(_MUST.split(), "must"), **dict.fromkeys(_MAY.split(), "may")}
_PHRASES = (
    (re.compile(r"\b(?:have|has) to\b"), "must"),
    (re.compile(r"\b(?:can|could|will|would) (you|they)\b"), r"will \1"),  # what the town does, not what one may do
    (re.compile(r"\b(?:peux tu|pouvez vous)\b"), "pouvez"),
)
_ASKS = re.compile(
    r"\b(?:est ce|faut il|faut tu|prend tu|prend il|demande t|ai je|dois je|doit on|puis je|peux je|peut on|pouvez vous"
    r"|a t|y a t|est il|(?:ai|peut|peux|est|a) tu|passez vous|faites vous|prenez vous|venez vous)\b"
    r"|^(?:do|does|is|are|can|could|may|must|should|will|would)\b"
)


def settles(text: str, questions: Iterable[str]) -> bool:
    """Whether a message asks one of these questions and nothing else."""
    if not _asks(text):
        return False
    wanted = meaning(text)
    return bool(wanted) and any(meaning(question) == wanted for question in questions)


def meaning(text: str) -> frozenset[str]:
    """The significant words of a question; empty when it has none, or is too long to be one question."""
    plain = _plain(text)
    for pattern, replacement in _PHRASES:
        plain = pattern.sub(replacement, plain)
    all_words = plain.split()
    if len(all_words) > LONGEST_QUESTION:
        return frozenset()
    return frozenset(_CANONICAL.get(word, _singular(word)) for word in all_words if word not in _IGNORED)


def unreadable(questions: Iterable[str]) -> list[str]:
    """The questions that would not match even themselves: not a question, no significant word, too long."""
    return [question for question in questions if not settles(question, [question])]


def contradicted(yes_to: Iterable[str], no_to: Iterable[str]) -> list[str]:
    """The questions answered by no that are also answered by yes, in the same words."""
    settled = {meaning(question) for question in yes_to}
    return [question for question in no_to if meaning(question) in settled]


def begins_with_verdict(text: str) -> bool:
    """Whether a text begins with a bare yes or no, such as "Oui, il faut un permis"."""
    return _BARE.match(text) is not None


def without_verdict(text: str) -> str:
    """The text without its leading bare yes or no: "Il faut un permis"."""
    if not begins_with_verdict(text):
        return text
    rest = _BARE.sub("", text, count=1)
    return rest[:1].upper() + rest[1:]


def _asks(text: str) -> bool:
    return "?" in text or _ASKS.search(_plain(text)) is not None


def _plain(text: str) -> str:
    return " ".join(words.split(normalise_colloquial(text, LONGEST_QUESTION + 1)))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word  # noqa: PLR2004
