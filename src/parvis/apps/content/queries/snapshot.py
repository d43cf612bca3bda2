"""What this process caches of the published content (subjects, answers, facts), so that a page costs no query.

Read again when the content version or the day changes, which is checked at most four times a second by one small query.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Literal

from django.conf import settings

from parvis.apps.catalogue.models import Group, Nature, Subject
from parvis.apps.catalogue.rules import promises
from parvis.apps.content.models import Answer, ContentVersion, Fact
from parvis.apps.content.queries import rendering
from parvis.apps.content.queries.advisories import advisories_on, with_advisories
from parvis.apps.content.queries.facts import areas_of, facts_current, facts_for
from parvis.apps.directory.models import Department
from parvis.apps.places.models import Address
from parvis.apps.schedules.queries.provenance import Source
from parvis.lib import clock
from parvis.lib.i18n.languages import LANGUAGES, Lang, pick

FRESH_SECONDS = 0.25
DATES_WITHIN = timedelta(days=365)

Kind = Literal["answer", "request", "door"]
Version = tuple[int, datetime | None]


@dataclass(frozen=True)
class ExternalBody:
    """The outside body that a subject belongs to. `doubt` warns that nobody verified its number; outside the
    demonstration such a number is not told, and `phone` is "".
    """

    name: str
    phone: str
    website: str
    doubt: str = ""
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class NextDate:
    """The next date that a subject's facts give: what it is, when, and its mark when it is an example."""

    label: str
    when: date
    mark: str


@dataclass(frozen=True)
class SubjectCard:
    """A subject as a list shows it, in one language. `group` is the slug of its family, `owner` that of its department.

    `computed` names what its answer gives for an address.
    """

    slug: str
    title: str
    summary: str
    kind: Kind
    department: str
    owner: str
    promise_words: str
    promise_told: str
    lapsed_facts: int
    routable: bool
    urgent: bool
    nature: str
    icon: str
    external_body: ExternalBody | None
    group: str
    next_date: NextDate | None
    computed: tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """Subjects that the town presents together, in one language and in its order."""

    slug: str
    title: str
    cards: tuple[SubjectCard, ...]


@dataclass(frozen=True)
class ContentSnapshot:
    """Everything a public page reads, as of one content version and one day.

    `subjects` are those that have an answer, may be requested, or belong to an external body. `shown` caches each
    answer rendered for a kind of reader: (slug, language, audience). `by_area` are the subjects whose answer uses a
    fact that has a value of its own in some area of the town.
    """

    version: Version
    day: date
    subjects: tuple[Subject, ...]
    cards: Mapping[tuple[str, Lang], SubjectCard]
    families: Mapping[Lang, tuple[Family, ...]]
    answers: Mapping[str, Answer]
    facts: Mapping[str, Fact]
    by_area: frozenset[str] = frozenset()
    shown: dict[tuple[str, Lang, str], rendering.Rendered] = field(default_factory=dict)


def content_version_now() -> Version:
    """The current content version and when it began; (0, None) before the first."""
    row = ContentVersion.objects.order_by("pk").values_list("number", "changed_at").first()
    return row or (0, None)


def live_answers() -> list[Answer]:
    """Every published answer with what rendering reads, in two queries."""
    rows = Answer.objects.filter(live=True).select_related("subject", "owner").prefetch_related("audience_variants")
    return list(rows)


class ContentCache:
    """The snapshot of this process. Whoever notices a change reads the tables; others use the old one meanwhile."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._snapshot: ContentSnapshot | None = None
        self._checked = 0.0
        self._generation = 0

    def current(self) -> ContentSnapshot:
        """The latest snapshot. The version is checked at most every FRESH_SECONDS; whoever finds a newer one reads it,
        while others get the previous one. Everyone waits for the first.
        """
        cached = self._snapshot
        if cached is not None and time.monotonic() - self._checked < FRESH_SECONDS:
            return cached
        version, day = content_version_now(), clock.today()
        self._checked = time.monotonic()
        if cached is not None and (cached.version, cached.day) == (version, day):
            return cached
        if not self._lock.acquire(blocking=cached is None):
            return cached or self.current()
        try:
            latest = self._snapshot
            if latest is None or (latest.version, latest.day) != (version, day):
                generation, latest = self._generation, read(version, day)
                if generation == self._generation:
                    self._snapshot = latest
            return latest
        finally:
            self._lock.release()

    def check_now(self) -> None:
        """The next call of `current` checks the content version, however recent the last check."""
        self._checked = 0.0

    def clear(self) -> None:
        """The next call of `current` reads everything again."""
        self._generation += 1
        self._snapshot, self._checked = None, 0.0


contents = ContentCache()


def read(version: Version, day: date) -> ContentSnapshot:
    """Reads all published content, in a constant number of queries."""
    answers = {answer.subject_id: answer for answer in live_answers()}
    named = {subject_id: rendering.keys_of(answer) for subject_id, answer in answers.items()}
    keys = {key for own in named.values() for key in own}
    facts = facts_current(keys, day)
    own = set(Fact.objects.filter(area__isnull=False, key__in=keys).values_list("key", flat=True)) if keys else set()
    subjects, cards, groups = [], {}, set()
    for subject in Subject.objects.filter(active=True).select_related("department", "external_body", "group"):
        answer = answers.get(subject.pk)
        if answer is None and not subject.routable and subject.external_body is None:
            continue
        subjects.append(subject)
        groups.add(subject.group)
        for lang in LANGUAGES:
            cards[subject.slug, lang] = _card(subject, answer, named.get(subject.pk, ()), facts, lang, day)
    return ContentSnapshot(
        version,
        day,
        tuple(subjects),
        cards,
        {lang: _families(groups, cards, lang) for lang in LANGUAGES},
        {answer.subject.slug: answer for answer in answers.values()},
        facts,
        frozenset(answers[pk].subject.slug for pk, shown in named.items() if own & set(shown)),
    )


def rendered(
    content: ContentSnapshot,
    slug: str,
    lang: Lang,
    audience: str,
    day: date | None = None,
    address: Address | None = None,
) -> rendering.Rendered | None:
    """The published answer on a subject for a reader, for an address when there is one; what is in force comes first.

    No query, save those of `advisories`, unless another day than today is asked, or the answer is not the same in
    every area of the town.
    """
    shown = _rendered(content, slug, lang, audience, day, address)
    if shown is None:
        return None
    first = advisories_on(slug, content.cards[slug, lang].computed, lang, address=address, day=day)
    return with_advisories(shown, first)


def _rendered(
    content: ContentSnapshot, slug: str, lang: Lang, audience: str, day: date | None, address: Address | None
) -> rendering.Rendered | None:
    answer, key, demo = content.answers.get(slug), (slug, lang, audience), settings.PARVIS_DEMO
    if answer is None:
        return None
    areas = areas_of(address) if address and slug in content.by_area else []
    if areas or (day is not None and day != content.day):
        asked = day or content.day
        facts = facts_for(rendering.keys_of(answer), asked, areas)
        return rendering.render(answer, facts, lang, audience=audience, demo=demo, today=asked)
    if key not in content.shown:
        content.shown[key] = rendering.render(
            answer, content.facts, lang, audience=audience, demo=demo, today=content.day
        )
    return content.shown[key]


def external_body(body: Department | None, lang: Lang) -> ExternalBody | None:
    """An outside body, in one language."""
    return ExternalBody(pick(body, "name", lang), body.phone, body.website) if body else None


def _families(groups: set[Group], cards: Mapping[tuple[str, Lang], SubjectCard], lang: Lang) -> tuple[Family, ...]:
    ordered = sorted(groups, key=lambda group: (group.position, group.slug))
    return tuple(
        Family(
            group.slug,
            pick(group, "title", lang),
            tuple(card for (_, code), card in cards.items() if code == lang and card.group == group.slug),
        )
        for group in ordered
    )


def _card(
    subject: Subject, answer: Answer | None, named: Iterable[str], facts: Mapping[str, Fact], lang: Lang, day: date
) -> SubjectCard:
    demo = settings.PARVIS_DEMO
    title, summary, lapsed = pick(subject, "title", lang), "", 0
    if answer is not None:
        title, summary = (
            rendering.plain_text(pick(answer, name, lang), facts, lang, demo=demo, today=day)
            for name in ("title", "summary")
        )
        shown = [rendering.status_of(facts.get(key), day) for key in named]
        lapsed = sum(not rendering.is_told(status, demo=demo) for status in shown)
    promised = subject.routable and subject.nature != Nature.COMMENT
    return SubjectCard(
        slug=subject.slug,
        title=title,
        summary=summary,
        kind="answer" if answer else "request" if subject.routable else "door",
        department=pick(subject.department, "name", lang),
        owner=subject.department.slug,
        promise_words=promises.duration_words(subject.target, lang) if promised else "",
        promise_told=promises.counted_words(subject.target, lang) if promised else "",
        lapsed_facts=lapsed,
        routable=subject.routable,
        urgent=subject.urgent,
        nature=subject.nature,
        icon=subject.icon,
        external_body=external_body(subject.external_body, lang),
        group=subject.group.slug,
        next_date=_next_date(answer, facts, lang, day) if answer else None,
        computed=tuple(subject.computed),
    )


def _next_date(answer: Answer, facts: Mapping[str, Fact], lang: Lang, day: date) -> NextDate | None:
    """The nearest date to come, within a year, among the facts that the answer shows and that may be told."""
    result = []
    for key in rendering.lines(answer.facts):
        fact = facts.get(key)
        shown = rendering.show_fact(key, fact, lang, demo=settings.PARVIS_DEMO, today=day)
        if fact is not None and fact.kind == Fact.Kind.DATE and shown.told:
            when = date.fromisoformat(str(fact.value))
            if day <= when <= day + DATES_WITHIN:
                result.append(NextDate(shown.label, when, shown.mark))
    return min(result, key=lambda next_date: next_date.when, default=None)
