"""The data of the home page: the subjects, the kinds of request, and the result of a question."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.cases.queries.reporting.sla_compliance import Compliance, kept_by_subject
from parvis.apps.catalogue.models import Nature
from parvis.apps.content.queries import answers
from parvis.apps.content.queries.snapshot import SubjectCard
from parvis.apps.content.queries.water import WaterAnswer, water_answer
from parvis.apps.matching.queries import alarm, finding, suggesting, suggestions, targets
from parvis.lib import quebec
from parvis.surfaces.public.answers.screen import Reading, compliance_of, language, read, request_url

LONGEST = 2000  # characters of a question, which must fit in a URL
SURE, POSSIBLE = suggestions.SURE, finding.OFFERED
FAINT = 0.02  # below it, a subject is not proposed beside a sure match
PROPOSALS, KINDS = 5, 11
SAFE = "sauf"  # query parameter: the reader confirmed that nobody is in danger
FIGURE = re.compile(r"(\d+)\s(.+)")


@dataclass(frozen=True)
class RequestKind:
    """One kind of request, its promise split into a figure and its unit ("5", "jours ouvrables"), or all in `rest`."""

    card: SubjectCard
    figure: str
    rest: str
    kept: Compliance | None

    @property
    def url(self) -> str:
        return request_url(self.card)


def _request_kind(card: SubjectCard) -> RequestKind:
    match = FIGURE.fullmatch(card.promise_words)
    figure, rest = (match[1], match[2]) if match else ("", card.promise_words)
    return RequestKind(card, figure, rest, compliance_of(card.slug))


def kinds() -> list[RequestKind]:
    """The KINDS kinds of request on the home page: urgent ones first, then the most requested."""
    compliance = kept_by_subject()
    cards = [card for card in all_cards() if card.kind == "request" and card.nature != Nature.INFORMATION]
    cards.sort(key=lambda card: (not card.urgent, -(compliance[card.slug].closed if card.slug in compliance else 0)))
    return [_request_kind(card) for card in cards[:KINDS]]


def all_cards() -> list[SubjectCard]:
    """The subjects of every family."""
    return [card for family in answers.families(language()) for card in family.cards]


@dataclass(frozen=True)
class QuestionResult:
    """The result of a question. `best` is sure enough to be shown as the answer; otherwise `choices` are offered.

    `other` is the external body responsible when the matter is not the town's, `maybe_other` the same when less than
    half certain; `certainty` is that confidence in words ("72 %"). `question` disambiguates the first choices when they
    are siblings; `parts` are the separate questions of a message that asks several. With a `danger`, all the rest is
    empty. `caution` is a danger only feared or doubtful, or one that the reader denied.
    """

    words: str
    cut: bool
    danger: alarm.Danger | None
    other_language: bool
    best: Reading | None
    choices: tuple[SubjectCard, ...]
    other: targets.Other | None = None
    question: str = ""
    parts: tuple[suggesting.Part, ...] = ()
    maybe_other: targets.Other | None = None
    certainty: str = ""
    water: WaterAnswer | None = None
    caution: bool = False

    @property
    def nothing(self) -> bool:
        """Whether a question was asked and nothing answers it."""
        answered = self.best or self.choices or self.danger or self.other or self.maybe_other or self.water
        return bool(self.words) and not answered

    @property
    def send_url(self) -> str:
        """The form to send the question to an agent."""
        return request_url(None, self.words)

    @property
    def safe_url(self) -> str:
        return safe_url("public:home", self.words)


def safe_url(page: str, words: str) -> str:
    """The same question on a page, once the reader confirmed that nobody is in danger."""
    return f"{reverse(page)}?{urlencode({'q': words, SAFE: 1})}"


def find(words: str, *, nobody_in_danger: bool = False) -> QuestionResult:
    """Answers a question, or offers the subjects that it may be about. Characters beyond LONGEST are ignored."""
    question, lang = words[:LONGEST].strip(), language()
    found = finding.find(question, lang, nobody_in_danger=nobody_in_danger)
    best = read(found.best, words=question) if found.best else None
    choices = tuple(card for slug in found.choices if (card := answers.card(slug, lang)))
    water = water_answer(lang) if found.water else None
    external = found.other or found.maybe_other
    return QuestionResult(
        words=question,
        cut=len(words) >= LONGEST,  # a full field may have cut the rest off
        danger=found.danger,
        other_language=found.read_as != lang and bool(found.danger or best or choices or external or water),
        best=best,
        choices=choices,
        other=found.other,
        question=found.question,
        parts=found.parts,
        maybe_other=found.maybe_other,
        certainty=quebec.percent(found.other_percent, lang) if external else "",
        water=water,
        caution=found.caution,
    )


def proposals(words: str) -> list[dict[str, Any]]:
    """The suggestions under the question's field, the last one sending the question to an agent.

    With a danger, the numbers to call instead.
    """
    question = words[:LONGEST].strip()
    if not question:
        return []
    suggestion = suggesting.suggest(question, lang=None, limit=PROPOSALS)
    if suggestion.danger:
        return _emergency_numbers(suggestion.danger)
    hits = suggestion.hits
    least = FAINT if hits and hits[0].confidence >= SURE else 0
    slugs = [hit.slug for hit in hits if hit.percent and hit.confidence >= least]
    send = {
        "label": _("Send “%(words)s” to the team") % {"words": question if len(question) < 60 else question[:59] + "…"},
        "kind": _("Question"),
        "icon": "message-square-text",
        "url": request_url(None, question),
    }
    water = [_water_proposal(question)] if suggestion.water else []
    return [*water, *(_proposal(card) for slug in slugs if (card := answers.card(slug, language()))), send]


def _water_proposal(question: str) -> dict[str, Any]:
    """The boil-water advisory in force, or that none is known; listed before the subjects."""
    answer = water_answer(language())
    named = [*(each.place for each in answer.advisories), *(each.place for each in answer.in_force)]
    places = ", ".join(filter(None, named))
    url = f"{reverse('public:home')}?{urlencode({'q': question})}"
    return {"label": answer.title, "detail": places, "kind": _("Answer"), "icon": "droplets", "url": url}


def _emergency_numbers(danger: alarm.Danger) -> list[dict[str, Any]]:
    lang = language()
    lines = [(line.number, line.shown, line.en if lang == "en" else line.fr) for line in danger.lines]
    act = danger.act or _("If someone is in danger, call right now. The rest can wait.")
    first = (danger.phone, quebec.phone(danger.phone), act)
    return [
        {"label": _("Call %(number)s") % {"number": shown}, "detail": detail, "icon": "siren", "url": f"tel:{number}"}
        for number, shown, detail in (first, *lines)
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
    """The kind of a subject in words: an answer, a request, or an external body's matter."""
    return {"answer": _("Answer"), "request": _("Request"), "door": _("Not ours")}[card.kind]
