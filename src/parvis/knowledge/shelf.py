"""What this process keeps of the town's subjects and answers, so that a search costs no query.

The shelf is built again when the edition changes, or the day. Whether it changed is asked at most every half second,
by one small query; while one thread builds, the others go on with the shelf that stands.
"""

import html
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Literal

from django.conf import settings
from django.db.models import Q
from django.utils.html import strip_tags

from parvis.catalogue import promises
from parvis.catalogue.models import Group, Nature, Subject, Variant
from parvis.directory.models import Department
from parvis.knowledge import encoder, engine, rendering, vectors
from parvis.knowledge.dangers import Dangers
from parvis.knowledge.models import (
    Answer,
    Danger,
    Edition,
    Elsewhere,
    ElsewhereVariant,
    Fact,
    Siblings,
    Synonym,
)
from parvis.lib import clock
from parvis.lib.languages import LANGUAGES, Lang, clean, pick

FRESH_SECONDS = 0.5
DATES_WITHIN = timedelta(days=365)
TITLE_WEIGHT, SUMMARY_WEIGHT, SHORT_WEIGHT, BODY_WEIGHT = 1.0, 0.6, 0.6, 0.5

Kind = Literal["answer", "request", "door"]
Edition_ = tuple[int, datetime | None]


@dataclass(frozen=True)
class Door:
    """The outside body that a subject belongs to."""

    name: str
    phone: str
    website: str


@dataclass(frozen=True)
class NextDate:
    """The next date that a subject's facts give: what it is, when, and its mark when it is an example."""

    label: str
    when: date
    mark: str


@dataclass(frozen=True)
class Card:
    """A subject as a list shows it, in one language. `group` is the slug of its family."""

    slug: str
    title: str
    summary: str
    kind: Kind
    department: str
    promise_words: str
    lapsed_facts: int
    routable: bool
    urgent: bool
    nature: str
    icon: str
    door: Door | None
    group: str
    next_date: NextDate | None


@dataclass(frozen=True)
class Family:
    """Subjects that the town presents together, in one language and in its order."""

    slug: str
    title: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Other:
    """What is not ours, in one language: what to say, and the door; its name is "" when there is none."""

    slug: str
    title: str
    say: str
    door: Door


@dataclass(frozen=True)
class Question:
    """What tells siblings apart, in one language: the question, and (label, slug) of each choice."""

    asks: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Warning_:
    """Words of immediate danger, and what to say before anything else."""

    says: Mapping[Lang, str]
    phone: str
    words: Dangers


@dataclass(frozen=True)
class Shelf:
    """Everything a search and a public page read, as of one edition and one day.

    `shown` keeps each answer once it was made ready for a kind of reader: (slug, language, audience).
    """

    edition: Edition_
    day: date
    index: engine.Index
    cards: Mapping[tuple[str, Lang], Card]
    families: Mapping[Lang, tuple[Family, ...]]
    warnings: tuple[Warning_, ...]
    answers: Mapping[str, Answer]
    facts: Mapping[str, Fact]
    others: Mapping[tuple[str, Lang], Other] = field(default_factory=dict)
    questions: Mapping[Lang, tuple[Question, ...]] = field(default_factory=dict)
    shown: dict[tuple[str, Lang, str], rendering.Rendered] = field(default_factory=dict)


def edition_now() -> Edition_:
    """The number of the present edition, and when it began; (0, None) before the first."""
    row = Edition.objects.order_by("pk").values_list("number", "changed_at").first()
    return row or (0, None)


def facts_current(keys: Iterable[str], on: date) -> dict[str, Fact]:
    """The version of each fact in force on a day, one query; unknown keys are absent.

    The newest version that has begun wins. One that has not begun yet comes back only when no other stands, so that
    its label and owner may be shown; `rendering.status_of` calls it missing.
    """
    rows = Fact.objects.select_related("owner").filter(
        Q(replaced_at__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=on), key__in=list(keys)
    )
    found: dict[str, Fact] = {}
    for row in rows.order_by("-pk"):
        kept = found.get(row.key)
        has_begun = row.valid_from is None or row.valid_from <= on
        if kept is None or (has_begun and kept.valid_from is not None and kept.valid_from > on):
            found[row.key] = row
    return found


def live_answers() -> list[Answer]:
    """Every published answer with what rendering reads, in two queries."""
    rows = Answer.objects.filter(live=True).select_related("subject", "owner").prefetch_related("audience_variants")
    return list(rows)


class _Keeper:
    """The shelf of this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._shelf: Shelf | None = None
        self._checked = 0.0

    def shelf(self) -> Shelf:
        standing = self._shelf
        if standing is not None and time.monotonic() - self._checked < FRESH_SECONDS:
            return standing
        edition, day = edition_now(), clock.today()
        self._checked = time.monotonic()
        if standing is not None and (standing.edition, standing.day) == (edition, day):
            return standing
        if not self._lock.acquire(blocking=standing is None):
            return standing or self.shelf()
        try:
            if self._shelf is None or (self._shelf.edition, self._shelf.day) != (edition, day):
                self._shelf = build(edition, day, self._shelf)
            return self._shelf
        finally:
            self._lock.release()

    def look_again(self) -> None:
        """The next search asks the database whether the edition changed, however recently that was asked."""
        self._checked = 0.0

    def forget(self) -> None:
        self._shelf, self._checked = None, 0.0


keeper = _Keeper()


def build(edition: Edition_, day: date, before: Shelf | None = None) -> Shelf:
    """Read everything and prepare the searches, in a constant number of queries. `before` lends what it learned."""
    answers = {answer.subject_id: answer for answer in live_answers()}
    keys = {key for answer in answers.values() for key in rendering.keys_of(answer)}
    facts = facts_current(keys, day)
    variants: dict[int, list[engine.Text]] = {}
    for subject_id, language, text in Variant.objects.order_by("pk").values_list("subject_id", "language", "text"):
        variants.setdefault(subject_id, []).append((language, text, 1.0))
    targets, cards, groups = [], {}, set()
    for subject in Subject.objects.filter(active=True).select_related("department", "door", "group"):
        answer = answers.get(subject.pk)
        if answer is None and not subject.routable and subject.door is None:
            continue
        targets.append(_target(subject, answer, variants.get(subject.pk, [])))
        groups.add(subject.group)
        for lang in LANGUAGES:
            cards[subject.slug, lang] = _card(subject, answer, facts, lang, day)
    rows = {row.slug: row for row in Elsewhere.objects.filter(active=True) if (row.slug, "fr") not in cards}
    dangers = list(Danger.objects.order_by("pk"))
    targets += [*_elsewhere(rows), *_told(dangers)]
    return Shelf(
        edition,
        day,
        _index(targets, before),
        cards,
        {lang: _families(groups, cards, lang) for lang in LANGUAGES},
        tuple(_warning(row) for row in dangers),
        {answer.subject.slug: answer for answer in answers.values()},
        facts,
        {(slug, lang): _other(row, lang) for slug, row in rows.items() for lang in LANGUAGES},
        _questions(cards),
    )


def _index(targets: list[engine.Target], before: Shelf | None) -> engine.Index:
    """The searches over these targets; the one that stands when nothing it reads has changed."""
    synonyms, meaning = _synonyms(), encoder.named(settings.PARVIS_ENCODER)
    if before is not None and before.index.reads(targets, synonyms, meaning):
        return before.index
    standing = before.index if before else None
    kept = (lambda texts: vectors.read(meaning, texts)) if meaning else None
    return engine.Index(targets, synonyms, encoder=meaning, vectors=kept, before=standing)


def _families(groups: set[Group], cards: Mapping[tuple[str, Lang], Card], lang: Lang) -> tuple[Family, ...]:
    ordered = sorted(groups, key=lambda group: (group.position, group.slug))
    return tuple(
        Family(
            group.slug,
            pick(group, "title", lang),
            tuple(card for (_, code), card in cards.items() if code == lang and card.group == group.slug),
        )
        for group in ordered
    )


def _target(subject: Subject, answer: Answer | None, variants: list[engine.Text]) -> engine.Target:
    kind: engine.Kind = "both" if answer and subject.routable else "answer" if answer else "route"
    if answer is None and not subject.routable:
        kind = "none"
    texts = [*variants]
    for lang in LANGUAGES:
        titles = {getattr(subject, f"title_{lang}"), getattr(answer, f"title_{lang}", "")} - {""}
        texts += [(lang, title, TITLE_WEIGHT) for title in sorted(titles)]
        if summary := getattr(answer, f"summary_{lang}", ""):
            texts.append((lang, summary, SUMMARY_WEIGHT))
        texts += [(lang, words, SHORT_WEIGHT) for words in _passages(getattr(answer, f"short_{lang}", ""))]
        texts += [(lang, words, BODY_WEIGHT) for words in _passages(getattr(answer, f"body_{lang}", ""))]
    return engine.Target(subject.slug, kind, tuple(texts))


def _passages(text: str) -> list[str]:
    """The paragraphs of a text, HTML or plain, without marks and without the places of facts."""
    parts = re.split(r"</(?:p|li|h2|h3)>|\n", re.sub(r"\{fact:[^}]*\}", " ", text))
    return [words for part in parts if (words := html.unescape(strip_tags(part)).strip())]


def _card(subject: Subject, answer: Answer | None, facts: Mapping[str, Fact], lang: Lang, day: date) -> Card:
    demo = settings.PARVIS_DEMO
    title, summary, lapsed = pick(subject, "title", lang), "", 0
    if answer is not None:
        title, summary = (
            rendering.plain_text(pick(answer, name, lang), facts, lang, demo=demo, today=day)
            for name in ("title", "summary")
        )
        shown = [rendering.status_of(facts.get(key), day) for key in rendering.keys_of(answer)]
        lapsed = sum(not rendering.is_told(status, demo=demo) for status in shown)
    promised = subject.routable and subject.nature != Nature.COMMENT
    return Card(
        slug=subject.slug,
        title=title,
        summary=summary,
        kind="answer" if answer else "request" if subject.routable else "door",
        department=pick(subject.department, "name", lang),
        promise_words=promises.duration_words(subject.target, lang) if promised else "",
        lapsed_facts=lapsed,
        routable=subject.routable,
        urgent=subject.urgent,
        nature=subject.nature,
        icon=subject.icon,
        door=_door(subject.door, lang),
        group=subject.group.slug,
        next_date=_next_date(answer, facts, lang, day) if answer else None,
    )


def _next_date(answer: Answer, facts: Mapping[str, Fact], lang: Lang, day: date) -> NextDate | None:
    """The nearest date to come, within a year, among the facts that the answer shows and that may be told."""
    found = []
    for key in rendering.lines(answer.facts):
        fact = facts.get(key)
        shown = rendering.show_fact(key, fact, lang, demo=settings.PARVIS_DEMO, today=day)
        if fact is not None and fact.kind == Fact.Kind.DATE and shown.told:
            when = date.fromisoformat(str(fact.value))
            if day <= when <= day + DATES_WITHIN:
                found.append(NextDate(shown.label, when, shown.mark))
    return min(found, key=lambda one: one.when, default=None)


def _door(body: Department | None, lang: Lang) -> Door | None:
    return Door(pick(body, "name", lang), body.phone, body.website) if body else None


def _synonyms() -> dict[Lang, dict[str, str]]:
    table: dict[Lang, dict[str, str]] = {lang: {} for lang in LANGUAGES}
    for row in Synonym.objects.order_by("pk"):
        table[clean(row.language)][row.word] = row.meaning
    return table


def _warning(row: Danger) -> Warning_:
    words = Dangers({"fr": row.words_fr, "en": row.words_en})
    return Warning_({lang: pick(row, "say", lang) for lang in LANGUAGES}, row.phone, words)


def _told(rows: list[Danger]) -> list[engine.Target]:
    """What tells of a danger, and what only sounds like it, as targets of their own; a subject has no such slug."""
    kinds: list[tuple[engine.Kind, str]] = [("danger", "examples"), ("calm", "calm")]
    found = []
    for kind, name in kinds:
        texts = [(lang, text, 1.0) for row in rows for lang in LANGUAGES for text in getattr(row, f"{name}_{lang}")]
        found += [engine.Target(f"!{kind}", kind, tuple(texts))] if texts else []
    return found


def _elsewhere(rows: Mapping[str, Elsewhere]) -> list[engine.Target]:
    texts: dict[str, list[engine.Text]] = {
        slug: [(lang, pick(row, "title", lang), TITLE_WEIGHT) for lang in LANGUAGES] for slug, row in rows.items()
    }
    asked = ElsewhereVariant.objects.order_by("pk").values_list("elsewhere__slug", "language", "text")
    for slug, language, text in asked:
        if slug in texts:
            texts[slug].append((language, text, 1.0))
    return [engine.Target(slug, "none", tuple(own)) for slug, own in texts.items()]


def _other(row: Elsewhere, lang: Lang) -> Other:
    door = Door(pick(row, "door", lang), row.phone, row.url)
    return Other(row.slug, pick(row, "title", lang), pick(row, "say", lang), door)


def _questions(cards: Mapping[tuple[str, Lang], Card]) -> dict[Lang, tuple[Question, ...]]:
    """The groups of siblings; a choice whose subject is gone is left out, and a group of which one is left."""
    rows = list(Siblings.objects.all())
    found: dict[Lang, tuple[Question, ...]] = {}
    for lang in LANGUAGES:
        groups = [
            Question(
                pick(row, "question", lang),
                tuple((choice[lang], choice["slug"]) for choice in row.choices if (choice["slug"], lang) in cards),
            )
            for row in rows
        ]
        found[lang] = tuple(group for group in groups if len({slug for _, slug in group.choices}) > 1)
    return found
