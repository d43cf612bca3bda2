"""One question asked of the town, decided once for every channel: the desk, the site, mail, the API, the command.

A pure read, from what this process keeps: what it is about, whether that is answered, routed or not ours, how sure it
is, what to ask when it is not, the several questions of one message, danger before all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.queries import subjects
from parvis.apps.content.queries.advisories import advisories_on
from parvis.apps.content.queries.answering import with_verdict
from parvis.apps.content.queries.rendering import Rendered
from parvis.apps.content.queries.snapshot import SubjectCard, rendered
from parvis.apps.content.queries.water import WaterAnswer, water_answer
from parvis.apps.content.rules.advisory import Advisory
from parvis.apps.matching.queries.alarm import Danger, alarm
from parvis.apps.matching.queries.matcher import Matcher, matchers
from parvis.apps.matching.queries.targets import Other, Question
from parvis.apps.matching.rules import calibration
from parvis.apps.matching.rules.engine import DANGER, Hit, Result
from parvis.apps.matching.rules.split_questions import split_questions
from parvis.apps.matching.rules.text import Understood, telling_words
from parvis.apps.matching.rules.water_words import asks_about_water
from parvis.apps.places.models import Address
from parvis.apps.places.queries.finding import without_addresses
from parvis.lib.i18n.languages import Lang, clean
from parvis.lib.words import split

Kind = Literal["answer", "route", "none"]

MOST_TOPICS, MOST_CHOICES = 5, 3
SIBLING = 0.12  # share of the likelihood from which a sibling cannot be ruled out
CHOICE = 0.05  # and from which a subject is worth offering when nothing is sure
LEANING = 0.4  # confidence, by words alone, from which a piece of a message is worth deciding
LONGEST = 4000  # characters read


@dataclass(frozen=True)
class Topic:
    """A subject that the words may be about, and its share of the likelihood."""

    slug: str
    title: str
    score: float


@dataclass(frozen=True)
class Choice:
    """One thing that may be meant."""

    label: str
    slug: str


@dataclass(frozen=True)
class Clarify:
    """The question to ask when words alone do not tell. `siblings`: they look alike; otherwise nothing is sure."""

    question: str
    choices: tuple[Choice, ...]
    siblings: bool


@dataclass(frozen=True)
class Way:
    """The kind of request that this would be, and the department that the town's rules give it to."""

    slug: str
    department: str
    urgent: bool
    why: str


@dataclass(frozen=True)
class Why:
    """What carried the decision: the said words, and the ways of asking that came closest."""

    words: tuple[str, ...]
    nearest: tuple[str, ...]


@dataclass(frozen=True)
class Resolution:
    """What was decided of one message. `answer` is rendered for the reader; `other` says whose it is when not ours.

    There is no `answer` below half certainty (`calibration.TELLABLE`), whatever the kind: `clarify` says what to ask.
    `sure` tells whether it may be answered without asking anything first; `way` is where a request would go, even when
    the rest is not known, and unless it is surely somebody else's. `water` is what stands now about water to boil, when
    that is the question: it then takes the place of `answer`. Under a `danger` nothing else is put forward: the topics
    are listed, and there is no answer, way, question, other, water or part. `caution` is a danger that is only feared
    or doubtful.
    """

    text: str
    kind: Kind
    topics: tuple[Topic, ...]
    lang: Lang
    confidence: float
    sure: bool
    answer: Rendered | None
    way: Way | None
    clarify: Clarify | None
    danger: Danger | None
    other: Other | None
    why: Why
    understood: tuple[Understood, ...] = ()
    parts: tuple["Resolution", ...] = ()
    water: WaterAnswer | None = None
    advisories: tuple[Advisory, ...] = ()
    caution: bool = False

    @property
    def about(self) -> str:
        """What it is about, in one word: the slug of whose it is when not ours, else of a subject; "water" for that."""
        if self.water or self.other:
            return self.other.slug if self.other else "water"
        return self.topics[0].slug if self.topics else ""


def ask(
    text: str,
    lang: str | None = None,
    *,
    address: Address | None = None,
    audience: str = "resident",
    day: date | None = None,
) -> Resolution:
    """What these words are about and what to say. `lang` is the reader's language; without it, that of the words.

    `address` and `audience` refine the routing, and an address has the facts of its areas; `day` is the one on which
    facts must hold. No query when there is no day nor address, save small ones, four times a second at most, to know
    whether anything changed, and one a second for the notices to boil water.
    """
    matcher = matchers.current()
    read = text[:LONGEST]
    decided = _decide(matcher, read, lang, address, audience, day)
    pieces = split_questions(read)
    if len(pieces) < 2 or decided.danger:
        return decided
    result = [
        _decide(matcher, piece, lang or decided.lang, address, audience, day) for piece in _telling(matcher, pieces)
    ]
    parts = _distinct([part for part in result if part.sure])
    return decided if len(parts) < 2 else Resolution(**{**vars(decided), "parts": tuple(parts)})


def search(matcher: Matcher, text: str, lang: str | None, limit: int) -> Result:
    """What a message is about, the civic addresses of the town in it set aside: they only say where. A danger is told
    with them or without. A query each half second at most, none without a number.
    """
    about = about_of(text)
    result = matcher.index.search(about, lang, limit)
    if about == text or result.danger:
        return result
    share = matcher.index.danger_share(text)
    return replace(result, danger=share >= DANGER, danger_share=share)


def about_of(text: str) -> str:
    """A message without its civic addresses; the whole of it when it says nothing else."""
    about = without_addresses(text)
    return about if telling_words(split(about)) else text


def _telling(matcher: Matcher, pieces: Sequence[str]) -> list[str]:
    """The pieces worth deciding: those that by their words alone are about something, when they differ."""
    leaning = [(piece, matcher.index.search_by_words(piece)) for piece in pieces]
    kept = [
        (piece, "water" if asks_about_water(piece) else hit.key if hit else "")
        for piece, hit in leaning
        if asks_about_water(piece) or (hit is not None and hit.confidence >= LEANING)
    ]
    return [piece for piece, _ in kept] if len({key for _, key in kept}) > 1 else []


def _distinct(parts: Sequence[Resolution]) -> list[Resolution]:
    """The first part about each thing, when they are about several."""
    by_target: dict[str, Resolution] = {}
    for part in parts:
        by_target.setdefault(part.about, part)
    return list(by_target.values())


def _decide(
    matcher: Matcher, text: str, lang: str | None, address: Address | None, audience: str, day: date | None
) -> Resolution:
    result = search(matcher, text, lang, MOST_TOPICS + 3)
    code = clean(lang) if lang else result.lang
    ours = [hit for hit in result.hits if (hit.key, code) in matcher.content.cards]
    topics = tuple(Topic(hit.key, matcher.content.cards[hit.key, code].title, hit.score) for hit in ours[:MOST_TOPICS])
    best = result.hits[0] if result.hits else None
    told = alarm(matcher.warnings, matcher.index, result.danger_share, text, code)
    other = matcher.others.get((best.key, code)) if best else None
    known = best is not None and best.confidence >= calibration.POSSIBLE
    likely = matcher.content.cards.get((best.key, code)) if best else None
    card = likely if known else None
    told_away = best is not None and likely is None and best.confidence >= calibration.SURE
    routed = likely or (matcher.content.cards[ours[0].key, code] if ours and not told_away else None)
    clarify = clarify_between(matcher, result, code) if card else None
    kind: Kind = "none" if card is None else "answer" if card.kind == "answer" else "route"
    confidence = best.confidence if best else 0.0
    theirs = other is not None and confidence >= calibration.SURE
    water = (
        water_answer(code, address=address, day=day) if asks_about_water(text) and not (theirs or told.danger) else None
    )
    if water:
        kind, confidence, clarify = "answer", max(confidence, calibration.SURE), None
    tellable = confidence >= calibration.TELLABLE and water is None and kind == "answer"
    answer = rendered(matcher.content, card.slug, code, audience, day, address) if card and tellable else None
    first: Sequence[Advisory] = water.advisories if water else answer.advisories if answer else ()
    if card and kind == "route" and confidence >= calibration.TELLABLE:
        first = advisories_on(card.slug, card.computed, code, address=address, day=day)
    decided = Resolution(
        text=text,
        kind=kind,
        topics=topics,
        lang=code,
        confidence=confidence,
        sure=confidence >= calibration.SURE and clarify is None,
        answer=with_verdict(answer, about_of(text)) if answer else None,
        way=way(routed, code, text, address, audience) if routed else None,
        clarify=clarify,
        danger=None,
        other=other if known and not water else None,
        why=Why(best.matched, matcher.index.nearest(about_of(text), best.key)) if best else Why((), ()),
        understood=result.understood,
        water=water,
        advisories=tuple(first),
        caution=told.caution,
    )
    return _only_danger(decided, told.danger) if told.danger else decided


def _only_danger(decided: Resolution, danger: Danger) -> Resolution:
    """The same message, with nothing put forward but what to do about the danger."""
    return replace(
        decided,
        kind="none",
        sure=False,
        answer=None,
        way=None,
        clarify=None,
        other=None,
        danger=danger,
        caution=False,
        advisories=(),
    )


def clarify_between(matcher: Matcher, result: Result, lang: Lang) -> Clarify | None:
    """What to ask before answering: the question of the siblings that the best hit has beside it, else which of the
    likeliest subjects is meant when nothing is sure; None when nothing needs asking.
    """
    best = result.hits[0]
    likely = {hit.key: hit for hit in result.hits if (hit.key, lang) in matcher.content.cards}
    for group in matcher.questions[lang]:
        slugs = {slug for _label, slug in group.choices}
        if best.key in slugs and any(_rivals(likely.get(slug), best) for slug in slugs - {best.key}):
            return Clarify(group.asks, _choices(group, likely), siblings=True)
    if best.confidence >= calibration.SURE:
        return None
    offered = [hit for hit in likely.values() if hit is best or hit.score >= CHOICE][:MOST_CHOICES]
    choices = tuple(Choice(matcher.content.cards[hit.key, lang].title, hit.key) for hit in offered)
    with translation.override(lang):
        return Clarify(str(_("What is it about?")), choices, siblings=False)


def _rivals(other: Hit | None, best: Hit) -> bool:
    return other is not None and other.score >= SIBLING


def _choices(group: Question, likely: dict[str, Hit]) -> tuple[Choice, ...]:
    """Every choice of a small group; of a larger one, those that may be meant."""
    choices = [Choice(label, slug) for label, slug in group.choices]
    if len(choices) <= MOST_CHOICES:
        return tuple(choices)
    kept = [choice for choice in choices if choice.slug in likely and likely[choice.slug].score >= CHOICE]
    return tuple(kept if len(kept) > 1 else choices)


def way(card: SubjectCard, lang: Lang, text: str, address: Address | None, audience: str) -> Way | None:
    """Where a request of this kind goes, by the town's rules; None when no request can be opened on it."""
    if not card.routable:
        return None
    route, _row = subjects.routed(card.slug, card.owner, address, text=text, audience=audience, nature=card.nature)
    return Way(card.slug, route.department, route.urgent or card.urgent, route.why_en if lang == "en" else route.why_fr)
