"""What the front door shows: the subjects, the kinds of request, and what a question found."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.cases.sla_compliance import Compliance, kept_by_subject
from parvis.apps.catalogue.models import Nature
from parvis.apps.knowledge import queries as knowledge
from parvis.apps.knowledge.snapshot import SubjectCard
from parvis.lib import quebec
from parvis.surfaces.public.answers.screen import Reading, kept_of, language, read, request_url

LONGEST = 2000  # characters of a question; an address must hold them
SURE, POSSIBLE = knowledge.SURE, 0.1  # confidence from which the best is shown as the answer, and as a choice
BY_MEANING = 0.3  # the same, when no word that was said is known of the subject
FAINT = 0.02  # under which a subject is not proposed beside one that is sure
CHOICES, OTHERS, PROPOSALS, KINDS, DATES = 5, 3, 5, 11, 3
SAFE = "sauf"  # in an address: whoever asks says that nobody is in danger
FIGURE = re.compile(r"(\d+)\s(.+)")


@dataclass(frozen=True)
class Kind:
    """One kind of request: its promise as a figure and the rest ("5", "jours ouvrables"), or all in words."""

    card: SubjectCard
    figure: str
    rest: str
    kept: Compliance | None

    @property
    def url(self) -> str:
        return request_url(self.card)


def kind(card: SubjectCard) -> Kind:
    """A kind of request with its promise, and how often that was kept when enough of them ended."""
    split = FIGURE.fullmatch(card.promise_words)
    figure, rest = (split[1], split[2]) if split else ("", card.promise_words)
    return Kind(card, figure, rest, kept_of(card.slug))


def kinds() -> list[Kind]:
    """The kinds of request to report from the front door: urgent ones, then those that people ask most."""
    cards = [card for family in knowledge.families(language()) for card in family.cards]
    asked = kept_by_subject()
    result = [card for card in cards if card.kind == "request" and card.nature != Nature.INFORMATION]
    result.sort(key=lambda card: (not card.urgent, -(asked[card.slug].closed if card.slug in asked else 0)))
    return [kind(card) for card in result[:KINDS]]


def next_dates() -> list[SubjectCard]:
    """The subjects whose next date comes first; a date that several subjects share is told once."""
    cards = [card for family in knowledge.families(language()) for card in family.cards]
    dated = {(card.next_date.when, card.next_date.label): card for card in reversed(cards) if card.next_date}
    return [dated[key] for key in sorted(dated)[:DATES]]


@dataclass(frozen=True)
class Found:
    """What a question found. `best` is sure enough to be shown as the answer; else `choices` are offered.

    `other` says whose it is when it is not ours, and `maybe_other` when that is less than half certain; `certainty` is
    how sure that is, in words ("72 %"). `question` tells the first choices apart when they are siblings; `parts` are
    the questions when several things are asked. Under a `danger` there is nothing else. `caution` is a danger only
    feared or doubtful, or one that whoever asks says is none.
    """

    words: str
    cut: bool
    danger: knowledge.Danger | None
    other_language: bool
    best: Reading | None
    choices: tuple[SubjectCard, ...]
    other: knowledge.Other | None = None
    question: str = ""
    parts: tuple[knowledge.Part, ...] = ()
    maybe_other: knowledge.Other | None = None
    certainty: str = ""
    water: knowledge.WaterAnswer | None = None
    caution: bool = False

    @property
    def nothing(self) -> bool:
        """Whether something was asked and nothing at all answers it."""
        known = self.best or self.choices or self.danger or self.other or self.maybe_other or self.water
        return bool(self.words) and not known

    @property
    def send_url(self) -> str:
        """Where the question goes to a person."""
        return request_url(None, self.words)

    @property
    def safe_url(self) -> str:
        """The same question, from someone who says that nobody is in danger."""
        return safe_url("public:home", self.words)


def safe_url(page: str, words: str) -> str:
    """Where someone whose words tell a danger goes on, nobody being in danger."""
    return f"{reverse(page)}?{urlencode({'q': words, SAFE: 1})}"


def find(words: str, *, nobody_in_danger: bool = False) -> Found:
    """Answers a question, or says what it may be about. Beyond LONGEST characters the rest is not read."""
    asked = words[:LONGEST].strip()
    suggestion = knowledge.suggest(
        asked, lang=None, limit=CHOICES + 1, asked_in=language(), nobody_in_danger=nobody_in_danger
    )
    if suggestion.danger:
        return Found(asked, len(words) >= LONGEST, suggestion.danger, suggestion.lang != language(), None, ())
    hits = suggestion.hits if suggestion.hits and _possible(suggestion.hits[0]) else ()
    theirs = knowledge.other_of(suggestion, language())
    other = theirs if suggestion.other_told else None
    sure = bool(hits) and hits[0].confidence >= SURE and suggestion.clarify is None and theirs is None
    water = knowledge.water_answer(language()) if suggestion.water else None
    best = read(hits[0].slug, words=asked) if sure and not water else None
    others = hits[bool(best) :]
    clarify = suggestion.clarify if not theirs else None
    asked_about = [choice.slug for choice in clarify.choices] if clarify else []
    slugs = dict.fromkeys([*asked_about, *(hit.slug for hit in others if hit.percent)])
    cards = [card for slug in slugs if (card := knowledge.card(slug, language()))]
    return Found(
        words=asked,
        cut=len(words) >= LONGEST,  # a field that is full may have left the rest out
        danger=None,
        other_language=suggestion.lang != language() and bool(best or cards or theirs or water),
        best=best,
        choices=tuple(cards[: OTHERS if best or other or water else CHOICES]),
        other=other,
        question=clarify.question if clarify else "",
        parts=knowledge.parts_of(asked, language()),
        maybe_other=None if other else theirs,
        certainty=quebec.percent(suggestion.other_percent, language()) if theirs else "",
        water=water,
        caution=suggestion.caution,
    )


def _possible(hit: knowledge.SuggestedSubject) -> bool:
    return hit.confidence >= (POSSIBLE if hit.matched else BY_MEANING)


def proposals(words: str) -> list[dict[str, Any]]:
    """What the field proposes while one types; the last sends the words to a person. Under a danger, whom to call."""
    asked = words[:LONGEST].strip()
    suggestion = knowledge.suggest(asked, lang=None, limit=PROPOSALS) if asked else None
    if suggestion and suggestion.danger:
        return _calls(suggestion.danger)
    hits = suggestion.hits if suggestion else ()
    least = FAINT if hits and hits[0].confidence >= SURE else 0
    cards = [
        card
        for hit in hits
        if hit.percent and hit.confidence >= least and (card := knowledge.card(hit.slug, language()))
    ]
    send = {
        "label": _("Send “%(words)s” to the team") % {"words": asked if len(asked) < 60 else asked[:59] + "…"},
        "kind": _("Question"),
        "icon": "message-square-text",
        "url": request_url(None, asked),
    }
    water = [_water(asked)] if suggestion and suggestion.water else []
    return water + [_proposal(card) for card in cards] + ([send] if asked else [])


def _water(asked: str) -> dict[str, Any]:
    """The notice to boil water in force, or that none is known: it comes before the subjects."""
    said = knowledge.water_answer(language())
    places = ", ".join(notice_told.place for notice_told in said.in_force)
    url = f"{reverse('public:home')}?{urlencode({'q': asked})}"
    return {"label": said.title, "detail": places, "kind": _("Answer"), "icon": "droplets", "url": url}


def _calls(danger: knowledge.Danger) -> list[dict[str, Any]]:
    lang = language()
    lines = [(line.number, line.shown, line.en if lang == "en" else line.fr) for line in danger.lines]
    first = (danger.phone, quebec.phone(danger.phone), _("If someone is in danger, call right now. The rest can wait."))
    return [
        {"label": _("Call %(number)s") % {"number": shown}, "detail": what, "icon": "siren", "url": f"tel:{number}"}
        for number, shown, what in (first, *lines)
    ]


def _proposal(card: SubjectCard) -> dict[str, Any]:
    return {
        "label": card.title,
        "detail": card.summary or card.promise_words,
        "kind": kind_words(card),
        "icon": card.icon or "file-text",
        "url": reverse("public:answer", args=[card.slug]) if card.kind != "request" else request_url(card),
    }


def kind_words(card: SubjectCard) -> str:
    """What a subject gives: an answer, a request, or somebody else's door."""
    return {"answer": _("Answer"), "request": _("Request"), "door": _("Not ours")}[card.kind]
