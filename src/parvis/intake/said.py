"""What was true and what was said on a past day: the facts in force, the answer that everybody read, how often it was
given.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils.translation import gettext as _

from parvis.catalogue.models import Subject
from parvis.intake.models import Given
from parvis.knowledge.facts import FactThen, areas_of, day_of, facts_then
from parvis.knowledge.models import Answer, Fact
from parvis.knowledge.publications import as_published, published_on
from parvis.knowledge.rendering import Rendered, ShownFact, keys_of, render, show_fact
from parvis.lib.errors import NotFound
from parvis.lib.languages import Lang, clean
from parvis.places.models import Address


@dataclass(frozen=True)
class SaidFact:
    """A fact on that day: each of its versions of the day as it could be shown, and what was learned of it since."""

    key: str
    shown: tuple[ShownFact, ...]
    learned: ShownFact | None
    area: str

    def as_json(self) -> dict[str, Any]:
        last = self.shown[-1]
        versions = [{"id": one.id, "shown": one.shown, "status": one.status.value} for one in self.shown]
        return {
            "key": self.key,
            "label": last.label,
            "versions": versions,
            "source": last.source,
            "area": self.area,
            "learned_since": self.learned.shown if self.learned else None,
        }


@dataclass(frozen=True)
class SaidAnswer:
    """One revision that was read that day, since and until when, with the facts of that day in it."""

    revision: int
    since: datetime
    until: datetime | None
    answer: Rendered

    def as_json(self) -> dict[str, Any]:
        return {
            "revision": self.revision,
            "published_at": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "title": self.answer.title,
            "short": self.answer.short.plain,
        }


@dataclass(frozen=True)
class Said:
    """That day, on that subject. `given` counts, by revision, the times that the answer was given to someone."""

    on: date
    slug: str
    lang: Lang
    address: str
    facts: tuple[SaidFact, ...]
    answers: tuple[SaidAnswer, ...]
    given: dict[int | None, int]

    def as_json(self) -> dict[str, Any]:
        return {
            "on": self.on.isoformat(),
            "subject": self.slug,
            "lang": self.lang,
            "address": self.address or None,
            "facts": [fact.as_json() for fact in self.facts],
            "answers": [answer.as_json() for answer in self.answers],
            "given": sum(self.given.values()),
        }


def said_on(slug: str, on: date, lang: str, address: Address | None = None) -> Said:
    """What was true and said that day on a subject, for an address when there is one; NotFound for no such subject.

    Where no published answer is known of that day, the facts are those of the answer of today. The rules of what may
    be told are those of today (a demonstration shows examples, marked). Half a dozen queries.
    """
    if not Subject.objects.filter(slug=slug).exists():
        raise NotFound(_("There is no subject “%(slug)s”.") % {"slug": slug})
    code = clean(lang)
    areas = areas_of(address) if address else []
    read = [(row, as_published(row)) for row in published_on(slug, on)]
    told = [answer for _row, answer in read] or list(Answer.objects.filter(subject__slug=slug))
    then = facts_then(dict.fromkeys(key for answer in told for key in keys_of(answer)), on, areas)
    known = {fact.key: fact.stood for fact in then if fact.stood}
    answers = [
        SaidAnswer(
            row.revision_id, row.at, row.until,
            render(answer, known, code, audience="resident", demo=settings.PARVIS_DEMO, today=on),
        )
        for row, answer in read
    ]  # fmt: skip
    facts = tuple(_fact(fact, code, on) for fact in then)
    return Said(on, slug, code, address.label if address else "", facts, tuple(answers), _given(slug, on))


def _fact(fact: FactThen, code: Lang, on: date) -> SaidFact:
    def shown(version: Fact | None) -> ShownFact:
        return show_fact(fact.key, version, code, demo=settings.PARVIS_DEMO, today=on)

    versions: Iterable[Fact | None] = fact.versions or (None,)
    area = fact.stood.area if fact.stood else None
    learned = shown(fact.learned) if fact.learned else None
    return SaidFact(fact.key, tuple(map(shown, versions)), learned, str(area) if area else "")


def _given(slug: str, on: date) -> dict[int | None, int]:
    first, after = day_of(on)
    rows = Given.objects.filter(answer__subject__slug=slug, at__gte=first, at__lt=after)
    return dict(rows.order_by().values_list("revision_id").annotate(n=Count("pk")))
