"""The data of a subject's page, prepared for its templates; no query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.queries.reporting.sla_compliance import Compliance, kept_by_subject
from parvis.apps.catalogue.models import Audience
from parvis.apps.content.queries import advisories, answers
from parvis.apps.content.queries.rendering import FactStatus, Rendered, ShownFact
from parvis.apps.content.queries.snapshot import SubjectCard
from parvis.apps.content.rules.advisory import Advisory
from parvis.apps.directory.queries import town
from parvis.apps.matching.queries.suggesting import with_verdict
from parvis.apps.places.models import Address
from parvis.lib import quebec
from parvis.lib.i18n.languages import Lang, clean
from parvis.surfaces.public.structured import of_answer
from parvis.surfaces.public.tools import Tool, tools_of

RELATED = 6


def language() -> Lang:
    """The language of the page."""
    return clean(get_language())


def on_day(when: date | None) -> str:
    """Such as "12 janvier 2026"; "" for None."""
    return quebec.day_of_month(when, language(), year=True) if when else ""


def with_words(url: str, words: str) -> str:
    """The URL with the words of a question as `?q=`."""
    query = QueryDict(mutable=True)
    query["q"] = words
    return f"{url}?{query.urlencode()}" if words else url


def request_url(card: SubjectCard | None, words: str = "") -> str:
    """The form of a request of that kind, prefilled with the words; the list of kinds when it takes no request."""
    if card is None or not card.routable:
        return with_words(reverse("public:requests"), words)
    return with_words(reverse("public:request", args=[card.slug]), words)


@dataclass(frozen=True)
class Source:
    """A source of facts, and when they were last verified."""

    title: str
    url: str
    verified_on: date | None


@dataclass(frozen=True)
class Reading:
    """One subject as one reader sees it: its answer if there is one, and what to do next."""

    card: SubjectCard
    answer: Rendered | None
    audience: str
    words: str = ""
    address: Address | None = None

    @property
    def by_area(self) -> bool:
        """Whether the answer depends on the area of the town."""
        return answers.differs_by_area(self.card.slug)

    @property
    def title(self) -> str:
        return self.answer.title if self.answer else self.card.title

    @property
    def url(self) -> str:
        return reverse("public:answer", args=[self.card.slug])

    @property
    def advisories(self) -> Sequence[Advisory]:
        """What is in force on it; the short text of an answer begins with them."""
        if self.answer:
            return self.answer.advisories
        return advisories.advisories_on(self.card.slug, self.card.computed, language(), address=self.address)

    @property
    def request_url(self) -> str:
        return request_url(self.card, self.words)

    @property
    def facts(self) -> list[dict[str, Any]]:
        """The facts of the grid, as `fact_row` gives them."""
        return [fact_row(fact, self) for fact in self.answer.facts] if self.answer else []

    @property
    def tools(self) -> list[Tool]:
        return tools_of(self.card.slug, language())

    @property
    def to_check(self) -> list[str]:
        """The labels of the answer's facts whose value is withheld."""
        return [fact.label for fact in self.answer.to_check] if self.answer else []

    @property
    def to_check_url(self) -> str:
        """The form to ask an agent for the withheld facts."""
        return request_url(self.card, f"{self.title}, {', '.join(self.to_check)}")

    @property
    def article(self) -> SafeString:
        """The essentials of the answer as HTML, cached until the answer changes."""
        return self._article(whole=False)

    @property
    def whole_article(self) -> SafeString:
        """The same, with the full text."""
        return self._article(whole=True)

    def _article(self, *, whole: bool) -> SafeString:
        cached, key = (self.answer.pieces if self.answer else {}), "whole article" if whole else "article"
        if key not in cached:
            cached[key] = render_to_string("public/answer/article.html", {"reading": self, "whole": whole})
        return cached[key]

    @property
    def structured(self) -> SafeString:
        """The answer as JSON-LD; "" without one."""
        return of_answer(self.answer, self.url, town()) if self.answer else mark_safe("")

    @cached_property
    def sources(self) -> list[Source]:
        """The sources of the facts shown on this page, each once."""
        return sources_of(self.answer.used if self.answer else [])

    @property
    def related(self) -> list[SubjectCard]:
        slugs = self.answer.related if self.answer else []
        return [card for slug in slugs if (card := answers.card(slug, language()))][:RELATED]

    @property
    def audiences(self) -> list[tuple[str, str, bool]]:
        """(value, label, chosen) of the audiences with their own answer, residents first; empty when there are none."""
        specific = [value for value in answers.audiences_of(self.card.slug) if value != Audience.RESIDENT]
        if not specific:
            return []
        values = [Audience.RESIDENT, *(Audience(value) for value in specific)]
        return [(value.value, str(value.label), value == self.audience) for value in values]

    @property
    def kept(self) -> Compliance | None:
        return compliance_of(self.card.slug)


def sources_of(facts: Iterable[ShownFact]) -> list[Source]:
    """The sources of these facts, each once, with its latest verification; withheld facts and examples are skipped."""
    result: dict[str, Source] = {}
    for fact in facts:
        if not fact.told or fact.mark:
            continue
        previous = result.get(fact.source)
        dates = [day for day in (fact.verified_on, previous.verified_on if previous else None) if day]
        url = fact.source_url or (previous.url if previous else "")
        result[fact.source] = Source(fact.source, url, max(dates, default=None))
    return list(result.values())


def fact_row(fact: ShownFact, reading: Reading) -> dict[str, Any]:
    """A fact with its source; a withheld one with the reason, and the form to ask for it."""
    row = {"label": fact.label, "value": fact.value, "state": fact.state, "mark": fact.mark}
    if fact.told:
        return row | {"proof": " · ".join(_provenance(fact)), "url": fact.source_url, "url_label": fact.source}
    reason = _("Nobody has verified it yet: we do not give it.")
    if fact.status == FactStatus.LAPSED:
        reason = _("What we had stood until %(day)s; we no longer give it.") % {"day": on_day(fact.valid_to)}
    url = request_url(reading.card, f"{reading.title}, {fact.label}")
    return row | {"proof": reason, "url": url, "url_label": _("Ask for it")}


def _provenance(fact: ShownFact) -> Iterable[str]:
    if fact.source and not fact.source_url and not fact.mark:
        yield fact.source
    if fact.verified_on:
        yield _("verified %(day)s") % {"day": on_day(fact.verified_on)}
    if fact.valid_to:
        yield _("until %(day)s") % {"day": on_day(fact.valid_to)}


def compliance_of(slug: str) -> Compliance | None:
    """How often the subject's promise was kept; None when too few requests were closed to say."""
    compliance = kept_by_subject().get(slug)
    return compliance if compliance is not None and compliance.enough else None


def read(slug: str, audience: str = "", words: str = "", address: Address | None = None) -> Reading | None:
    """A public subject, in the language of the page, for an audience and an address; None when it does not exist.

    The answer begins with yes or no only when `words` ask one of its yes-or-no questions.
    """
    audience = audience if audience in answers.audiences_of(slug) else Audience.RESIDENT.value
    subject = answers.subject(slug, language(), audience, address)
    if subject is None:
        return None
    card, answer = subject
    return Reading(card, with_verdict(answer, words) if answer else None, audience, words, address)
