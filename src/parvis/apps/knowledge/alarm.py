"""Whether a message tells an immediate danger, and what to say and whom to call before anything else.

The product's families of danger, the town's own words and the town's examples, through the index, are weighed together.
No query.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from parvis.apps.knowledge import emergencies, help_lines
from parvis.apps.knowledge.emergencies import Heard
from parvis.apps.knowledge.engine import DANGER
from parvis.apps.knowledge.help_lines import HelpLine
from parvis.apps.knowledge.split_questions import split_questions
from parvis.apps.knowledge.targets import TOLD, Warning_
from parvis.lib.languages import Lang

SURE_SHARE = 0.5  # likelihood from which the examples tell a danger even when no word of one is said
HINTED_SHARE = 0.2  # the same, when a word of danger is said


@dataclass(frozen=True)
class Danger:
    """What an agent says before anything else, and the number to call; other help lines to give beside it."""

    say: str
    phone: str
    lines: tuple[HelpLine, ...] = ()


@dataclass(frozen=True)
class Alarm:
    """A danger told; or `caution`, when one is only feared, or doubtful."""

    danger: Danger | None
    caution: bool


class Examples(Protocol):
    """What an index knows of the town's examples of danger; `engine.Index` is one."""

    def danger_share(self, text: str) -> float: ...

    def nearest(self, text: str, key: str) -> tuple[str, ...]: ...


def alarm(warnings: Sequence[Warning_], index: Examples, share: float, text: str, lang: Lang) -> Alarm:
    """What a message tells, in the reader's language. `share` is the likelihood that the examples of danger hold.

    The town's warning whose words were said speaks, else its first, else the product's own words.
    """
    heard = emergencies.hear(text)
    said = [warning for warning in warnings if warning.words.told(text)]
    told = bool(heard.families) or (not heard.calm and (bool(said) or _leans(index, share, text, heard)))
    if not told:
        return Alarm(None, bool(heard.doubtful or said) or share >= DANGER)
    speaking = next(iter([*said, *warnings]), None)
    lines = help_lines.named(emergencies.lines_of(heard.families or _like(index, text)))
    with translation.override(lang):
        say = speaking.says[lang] if speaking else str(_("If a life is in danger, call 911 right now."))
    return Alarm(Danger(say, speaking.phone if speaking else "911", lines), caution=False)


def _leans(index: Examples, share: float, text: str, heard: Heard) -> bool:
    """Whether the meaning is that of a danger: clearly, or with a word of one; a piece of the message is enough.

    Someone who asks a question, without a word of danger, tells none.
    """
    if (share >= SURE_SHARE and not heard.asks) or (heard.hint and share >= HINTED_SHARE):
        return True
    pieces = [piece for piece in split_questions(text) if piece != text] if heard.hint else []
    return any(index.danger_share(piece) >= HINTED_SHARE for piece in pieces if emergencies.hear(piece).hint)


def _like(index: Examples, text: str) -> Iterable[str]:
    """The families of the examples that come closest, when the words themselves tell of none."""
    return [name for example in index.nearest(text, TOLD) for name in emergencies.hear(example).families]
