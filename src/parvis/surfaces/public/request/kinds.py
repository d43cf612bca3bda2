"""The kinds of request offered by the form that does not know its subject yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.catalogue.queries.site_codes import Standing
from parvis.apps.catalogue.queries.subjects import general, routable
from parvis.apps.content.queries import answers
from parvis.apps.content.queries.snapshot import Family, SubjectCard
from parvis.apps.matching.queries import suggesting
from parvis.surfaces.public.answers.screen import language
from parvis.surfaces.public.ask.screen import LONGEST, POSSIBLE, SURE, kinds

MOST = 4  # choices beside the words; the others are one tap further


@dataclass(frozen=True)
class Kinds:
    """The likeliest kinds of request, all the others by family, and the one to choose when nobody chose (or None).

    `general` is the kind that takes anything; `at` names what stands at the place, when some are proposed for it.
    """

    likely: Sequence[SubjectCard]
    others: Sequence[tuple[Family, Sequence[SubjectCard]]]
    guess: Subject | None
    general: SubjectCard | None
    at: str = ""

    @property
    def count(self) -> int:
        """How many there are in all."""
        return len(self.likely) + sum(len(cards) for _family, cards in self.others)


def kinds_for(words: str, chosen: Subject | None, standing: Standing | None = None) -> Kinds:
    """The kinds for these words and for what stands at the place, the chosen one always among the likeliest; those most
    asked for when nothing tells.

    What the words plainly mean comes first, then the place, then what the words may mean.
    """
    lang = language()
    said, guess = _of_words(words)
    there = _of_place(standing) if standing else []
    slugs = [*said[: 1 if guess else 0], *there, *said]
    if len(set(slugs)) < MOST:
        slugs += [kind.card.slug for kind in kinds() if kind.card.routable and kind.card.nature == Nature.REQUEST]
    slugs = list(dict.fromkeys(slugs))[:MOST]
    if chosen and chosen.slug not in slugs:
        slugs = [chosen.slug, *slugs[: MOST - 1]]
    likely = [card for slug in slugs if (card := answers.card(slug, lang))]
    others = [
        (family, cards)
        for family in answers.families(lang)
        if (cards := [card for card in family.cards if card.routable and card.slug not in slugs])
    ]
    fallback = general()
    return Kinds(
        likely,
        others,
        guess,
        answers.card(fallback.slug, lang) if fallback else None,
        standing.name if standing and there else "",
    )


def _of_words(words: str) -> tuple[list[str], Subject | None]:
    """The kinds that the words may mean, and the one that they plainly mean."""
    hits = suggesting.suggest(words[:LONGEST], lang=None, limit=MOST * 2).hits if words.strip() else ()
    guess = routable(hits[0].slug) if hits and hits[0].routable and hits[0].confidence >= SURE else None
    return [hit.slug for hit in hits if hit.routable and hit.confidence >= POSSIBLE][:MOST], guess


def _of_place(standing: Standing) -> list[str]:
    """The kind of the code of what stands there, then those that its name makes likely; no more than half of MOST."""
    own = [standing.subject.slug] if standing.subject and routable(standing.subject.slug) else []
    return list(dict.fromkeys([*own, *_of_words(standing.words)[0]]))[: MOST // 2]
