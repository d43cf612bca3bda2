"""Whether a message tells of an immediate danger, what to say first and which number to call.

Weighs together the product's families of danger, the town's danger phrases, and its examples through the index. No
query.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from parvis.apps.content.rules import help_lines
from parvis.apps.content.rules.help_lines import HelpLine
from parvis.apps.matching.queries.targets import TOLD, Warning_
from parvis.apps.matching.rules.danger import emergencies
from parvis.apps.matching.rules.danger.emergencies import DangerSigns
from parvis.apps.matching.rules.engine import DANGER
from parvis.apps.matching.rules.split_questions import split_questions
from parvis.lib.i18n.languages import Lang

SURE_SHARE = 0.5  # likelihood from which the examples suffice without a danger word
HINTED_SHARE = 0.2  # the same, with a danger word


@dataclass(frozen=True)
class Danger:
    """What an agent says first, the number to call, and other help lines; `act`: what to do before anything else.

    `places`: where the message tells of it, as (start, end) in characters, in order; empty when its meaning alone does.
    """

    say: str
    phone: str
    lines: tuple[HelpLine, ...] = ()
    places: tuple[tuple[int, int], ...] = ()
    act: str = ""

    @property
    def lines_before(self) -> tuple[HelpLine, ...]:
        """The lines that may be called instead of the number."""
        return tuple(line for line in self.lines if not line.after_911)

    @property
    def lines_after(self) -> tuple[HelpLine, ...]:
        """The lines to call once the number was."""
        return tuple(line for line in self.lines if line.after_911)


@dataclass(frozen=True)
class Alarm:
    """A danger; or `caution` when one is only feared, or doubtful."""

    danger: Danger | None
    caution: bool


class Examples(Protocol):
    """The interface to the town's danger examples, implemented by `engine.Index`."""

    def danger_share(self, text: str) -> float: ...

    def nearest(self, text: str, key: str) -> tuple[str, ...]: ...


def alarm(warnings: Sequence[Warning_], index: Examples, share: float, text: str, lang: Lang) -> Alarm:
    """The alarm of a message, in the reader's language. `share` is the likelihood held by the danger examples.

    The words come from what the family of dangers asks to do first, else from the town's warning that matches, else
    from its first warning, else from the product's default.
    """
    heard = emergencies.detect(text)
    matching = [warning for warning in warnings if warning.words.matches(text)]
    if not heard.families and (heard.calm or not (matching or _leans(index, share, text, heard))):
        return Alarm(None, bool(heard.doubtful or matching) or share >= DANGER)
    chosen = next(iter([*matching, *warnings]), None)
    lines = emergencies.lines_of(heard.families) if heard.families else _lines_like(index, text)
    first = emergencies.first_of(heard.families)
    with translation.override(lang):
        say = chosen.says[lang] if chosen else str(_("If a life is in danger, call 911 right now."))
    act = help_lines.FIRST[first][lang] if first else ""
    phone = chosen.phone if chosen else "911"
    return Alarm(Danger(act or say, phone, help_lines.named(lines), heard.places, act), caution=False)


class _NoExamples:
    """Stands for the index where only words count."""

    def danger_share(self, text: str) -> float:
        return 0.0

    def nearest(self, text: str, key: str) -> tuple[str, ...]:
        return ()


def plain_alarm(warnings: Sequence[Warning_], text: str, lang: Lang) -> Alarm:
    """The alarm that the words suffice for: a family of dangers, or a danger phrase of the town. Costs a tenth of
    `alarm`, which finds these dangers too, and more.
    """
    return alarm(warnings, _NoExamples(), 0.0, text, lang)


def leaning(warnings: Sequence[Warning_], index: Examples, text: str) -> tuple[tuple[int, int], ...]:
    """Where the sentences are that tell of a danger by a phrase of the town or by their meaning; as `Danger.places`."""
    return tuple(
        (each.start, each.start + len(each.written))
        for each in emergencies.sentences_of(text)
        if any(warning.words.matches(each.written) for warning in warnings)
        or index.danger_share(each.written) >= HINTED_SHARE
    )


def _leans(index: Examples, share: float, text: str, heard: DangerSigns) -> bool:
    """Whether the whole or a part means danger, clearly or with a danger word; a question needs such a word."""
    if (share >= SURE_SHARE and not heard.asks) or (heard.hint and share >= HINTED_SHARE):
        return True
    pieces = [piece for piece in split_questions(text) if piece != text] if heard.hint else []
    return any(index.danger_share(piece) >= HINTED_SHARE for piece in pieces if emergencies.detect(piece).hint)


def _lines_like(index: Examples, text: str) -> tuple[str, ...]:
    """The lines that half of the closest danger examples have, for when the message itself matches no family."""
    told = [emergencies.lines_of(emergencies.detect(example).families) for example in index.nearest(text, TOLD)]
    counted = Counter(line for lines in told for line in lines)
    return tuple(line for line, count in counted.items() if count * 2 >= len(told))
