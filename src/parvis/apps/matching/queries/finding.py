"""What a citizen is told of a question: the answer when it is sure enough, else what it may be about.

The page of the site and `parvis ask` say the same, from the same function.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from parvis.apps.matching.queries.alarm import Danger
from parvis.apps.matching.queries.matcher import matchers
from parvis.apps.matching.queries.suggesting import Part, other_of, parts_of, suggest
from parvis.apps.matching.queries.suggestions import SURE
from parvis.apps.matching.queries.targets import Other
from parvis.lib.i18n.languages import Lang, clean

# What the command says, in the words of the page.
IN_DANGER = _("Immediate danger, fire, smell of gas: 911 first.")
UNSURE = _("We are not sure enough of what you mean to answer at once.")
PERHAPS_ANOTHER = _("Perhaps it is not the town’s")
NO_ANSWER = _("We have no ready answer to that")
OFFERED = 0.1  # least confidence to offer the best match as a choice
BY_MEANING = 0.3  # the same, when the question shares no word with the subject
CHOICES, OTHERS = 5, 3


@dataclass(frozen=True)
class Found:
    """What is told of a question, in the reader's language `lang`; `read_as` is that of its words.

    `best` is the slug of the subject that is sure enough to be shown as the answer, else ""; otherwise `choices` are
    offered, as slugs. `other` is the external body responsible when the matter is not the town's, `maybe_other` the
    same when less than half certain, with `other_percent`. `question` disambiguates the first choices when they are
    siblings; `parts` are the separate questions of a message that asks several; `water`: `content.water_answer` is the
    answer. With a `danger`, all the rest is empty. `caution` is a danger only feared or doubtful, or one that the
    reader denied.
    """

    lang: Lang
    read_as: Lang
    danger: Danger | None = None
    best: str = ""
    choices: tuple[str, ...] = ()
    question: str = ""
    other: Other | None = None
    maybe_other: Other | None = None
    other_percent: int = 0
    parts: tuple[Part, ...] = ()
    water: bool = False
    caution: bool = False


def find(words: str, lang: str | None = None, *, nobody_in_danger: bool = False) -> Found:
    """What is told of these words; `lang`: the reader's language, without it that of the words. No query, save small
    ones, four times a second at most, to know whether anything changed.
    """
    suggestion = suggest(words, lang=None, limit=CHOICES + 1, asked_in=lang, nobody_in_danger=nobody_in_danger)
    code = clean(lang) if lang else suggestion.lang
    if suggestion.danger:
        return Found(code, suggestion.lang, suggestion.danger)
    hits = suggestion.hits
    if hits and hits[0].confidence < (OFFERED if hits[0].matched else BY_MEANING):
        hits = ()
    external = other_of(suggestion, code)
    other = external if suggestion.other_told else None
    sure = bool(hits) and hits[0].confidence >= SURE and suggestion.clarify is None and external is None
    best = hits[0].slug if sure and not suggestion.water else ""
    clarify = suggestion.clarify if not external else None
    siblings = [choice.slug for choice in clarify.choices] if clarify else []
    slugs = dict.fromkeys([*siblings, *(hit.slug for hit in hits[bool(best) :] if hit.percent)])
    cards = matchers.current().content.cards
    shown = [slug for slug in slugs if (slug, code) in cards]
    return Found(
        code,
        suggestion.lang,
        best=best,
        choices=tuple(shown[: OTHERS if best or other or suggestion.water else CHOICES]),
        question=clarify.question if clarify else "",
        other=other,
        maybe_other=None if other else external,
        other_percent=suggestion.other_percent if external else 0,
        parts=parts_of(words, code),
        water=suggestion.water,
        caution=suggestion.caution,
    )
