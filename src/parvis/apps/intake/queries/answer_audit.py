"""Audit of a past day: the facts in force, the published answer, and how often it was given."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from parvis.apps.catalogue.models import Subject
from parvis.apps.content.models import Answer, Fact
from parvis.apps.content.queries.facts import FactThen, areas_of, day_of, facts_then
from parvis.apps.content.queries.rendering import FactStatus, Rendered, ShownFact, keys_of, render, show_fact
from parvis.apps.content.services.publications import as_published, published_on
from parvis.apps.intake.models import Given
from parvis.apps.places.models import Address
from parvis.lib import quebec
from parvis.lib.errors import NotFound
from parvis.lib.i18n.languages import Lang, clean, pick


@dataclass(frozen=True)
class AuditedFact:
    """A fact on that day: its versions as they could be shown, and what was learned about that day since."""

    key: str
    shown: tuple[ShownFact, ...]
    learned: ShownFact | None
    area: str

    def as_json(self) -> dict[str, Any]:
        last = self.shown[-1]
        versions = [{"id": fact.id, "shown": fact.shown, "status": fact.status.value} for fact in self.shown]
        return {
            "key": self.key,
            "label": last.label,
            "versions": versions,
            "source": last.source,
            "area": self.area,
            "learned_since": self.learned.shown if self.learned else None,
        }

    def lines(self, lang: Lang) -> list[str]:
        """The fact as lines to print: value, status, source."""
        colon, lines = _colon(lang), []
        for fact in self.shown:
            name = self.key if fact.label == self.key else f"{fact.label} ({self.key})"
            area = f", {self.area}" if self.area else ""
            state = "" if fact.told and not fact.mark else f" [{fact.mark or _status_label(fact.status)}]"
            lines.append(f"  {name}{area}{colon}{fact.shown}{state}  {fact.source}".rstrip())
        if self.learned:
            lines.append("    " + _("learned since, of that day: %(value)s") % {"value": self.learned.shown})
        return lines


@dataclass(frozen=True)
class AuditedAnswer:
    """A revision published that day, its period, and its text with the facts of that day."""

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

    def lines(self, lang: Lang) -> list[str]:
        """Its period, title and short text, as lines to print."""
        values = {"number": self.revision, "since": _moment(self.since, lang)}
        if self.until is None:
            period = _("revision %(number)d, since %(since)s") % values
        else:
            values["until"] = _moment(self.until, lang)
            period = _("revision %(number)d, from %(since)s to %(until)s") % values
        return [f"  {period}{_colon(lang)}{self.answer.title}", f"    {self.answer.short.plain}"]


@dataclass(frozen=True)
class AnswerAudit:
    """The audit of a subject on one day. `given` counts, by revision, how often the answer was given."""

    on: date
    slug: str
    lang: Lang
    address: str
    facts: tuple[AuditedFact, ...]
    answers: tuple[AuditedAnswer, ...]
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

    def lines(self) -> list[str]:
        """The audit as lines to print; `lang` must be the active language."""
        lang, times = self.lang, sum(self.given.values())
        lines = [", ".join(filter(None, (self.slug, quebec.day(self.on, lang), self.address)))]
        lines += ["", _("Facts in force that day:")]
        lines += [line for fact in self.facts for line in fact.lines(lang)] or ["  " + _("none is known")]
        lines += ["", _("Read by everybody that day:")]
        lines += [line for answer in self.answers for line in answer.lines(lang)]
        if not self.answers:
            lines.append("  " + _("no published answer is known of that day"))
        given = ngettext("Given once to someone that day.", "Given %(times)d times that day.", times)
        return [*lines, "", given % {"times": times} if times else _("Given to nobody that day.")]


def no_such_address(text: str) -> str:
    """The error for a text that does not match exactly one address."""
    return _("No single address is written “%(text)s”.") % {"text": text}


def _colon(lang: Lang) -> str:
    return f"{quebec.NBSP}: " if lang == "fr" else ": "


def _moment(when: datetime, lang: Lang) -> str:
    return quebec.moment(timezone.localtime(when), lang)


def _status_label(status: FactStatus) -> str:
    return {
        FactStatus.OK: "",
        FactStatus.EXAMPLE: pgettext("standing of a fact", "example"),
        FactStatus.UNVERIFIED: pgettext("standing of a fact", "nobody verified it"),
        FactStatus.LAPSED: pgettext("standing of a fact", "lapsed"),
        FactStatus.MISSING: pgettext("standing of a fact", "missing"),
    }[status]


def answers_on(slug: str, on: date, lang: str, address: Address | None = None) -> AnswerAudit:
    """The audit of a subject on a day, optionally for an address. Raises NotFound for an unknown subject.

    When no published answer is known for that day, the facts are those of today's answer. Today's disclosure rules
    apply (a demonstration shows examples, marked). Half a dozen queries.
    """
    if not Subject.objects.filter(slug=slug).exists():
        raise NotFound(_("There is no subject “%(slug)s”.") % {"slug": slug})
    code = clean(lang)
    areas = areas_of(address) if address else []
    published = [(row, as_published(row)) for row in published_on(slug, on)]
    sources = [answer for _row, answer in published] or list(Answer.objects.filter(subject__slug=slug))
    then = facts_then(dict.fromkeys(key for answer in sources for key in keys_of(answer)), on, areas)
    known = {fact.key: fact.stood for fact in then if fact.stood}
    answers = [
        AuditedAnswer(
            row.revision_id, row.at, row.until,
            render(answer, known, code, audience="resident", demo=settings.PARVIS_DEMO, today=on, as_written=True),
        )
        for row, answer in published
    ]  # fmt: skip
    facts = tuple(_fact(fact, code, on) for fact in then)
    start, end = day_of(on)
    given = Given.objects.filter(answer__subject__slug=slug, at__gte=start, at__lt=end).order_by()
    counts = dict(given.values_list("revision_id").annotate(n=Count("pk")))
    return AnswerAudit(on, slug, code, address.label if address else "", facts, tuple(answers), counts)


def _fact(fact: FactThen, code: Lang, on: date) -> AuditedFact:
    def shown(version: Fact | None) -> ShownFact:
        return show_fact(fact.key, version, code, demo=settings.PARVIS_DEMO, today=on)

    versions = tuple(map(shown, fact.versions))
    if not versions:
        versions = (replace(shown(None), label=pick(fact.latest, "label", code) if fact.latest else fact.key),)
    area = fact.stood.area if fact.stood else None
    learned = shown(fact.learned) if fact.learned else None
    return AuditedFact(fact.key, versions, learned, str(area) if area else "")
