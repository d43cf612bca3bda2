"""What this process keeps of the town's subjects and answers, so that a search costs no query.

Built again when the version of the content changes, or the day. Whether it did is asked four times a second at most,
by one small query; while the new one is made, everybody goes on with the snapshot that stands.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock, Thread
from typing import Literal

from django.conf import settings
from django.db.models import Q

from parvis.apps.catalogue import promises
from parvis.apps.catalogue.models import ExampleQuestion, Group, Nature, Subject
from parvis.apps.knowledge import disk_cache, encoder, engine, rendering, targets, vectors
from parvis.apps.knowledge.example_features import encoded
from parvis.apps.knowledge.models import Answer, ContentVersion, Danger, Fact, OutOfScopeTopic
from parvis.apps.knowledge.targets import ExternalBody, Other, Question, Warning_
from parvis.lib import clock
from parvis.lib.languages import LANGUAGES, Lang, pick

FRESH_SECONDS = 0.25
DATES_WITHIN = timedelta(days=365)
FOLDER, MOST_KEPT = "indexes", 2  # of PARVIS_DATA: what took long to learn
PATIENCE = 0.25  # seconds that whoever notices a change waits for the new snapshot before going on with the old one

Kind = Literal["answer", "request", "door"]
Edition_ = tuple[int, datetime | None]


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
class Snapshot:
    """Everything a search and a public page read, as of one edition and one day.

    `shown` keeps each answer once it was made ready for a kind of reader: (slug, language, audience). `by_area` are the
    subjects whose answer rests on a fact that some area of the town has of its own.
    """

    version: Edition_
    day: date
    index: engine.Index
    cards: Mapping[tuple[str, Lang], SubjectCard]
    families: Mapping[Lang, tuple[Family, ...]]
    warnings: tuple[Warning_, ...]
    answers: Mapping[str, Answer]
    facts: Mapping[str, Fact]
    others: Mapping[tuple[str, Lang], Other] = field(default_factory=dict)
    questions: Mapping[Lang, tuple[Question, ...]] = field(default_factory=dict)
    by_area: frozenset[str] = frozenset()
    shown: dict[tuple[str, Lang, str], rendering.Rendered] = field(default_factory=dict)


def content_version_now() -> Edition_:
    """The number of the present edition, and when it began; (0, None) before the first."""
    row = ContentVersion.objects.order_by("pk").values_list("number", "changed_at").first()
    return row or (0, None)


def facts_current(keys: Iterable[str], on: date) -> dict[str, Fact]:
    """The version of each fact in force on a day in the whole town, one query; unknown keys are absent.

    The newest version that has begun wins. One that has not begun yet comes back only when no other stands, so that
    its label and owner may be shown; `rendering.status_of` calls it missing.
    """
    rows = Fact.objects.select_related("owner").filter(
        Q(replaced_at__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=on), key__in=list(keys), area=None
    )
    result: dict[str, Fact] = {}
    for row in rows.order_by("-pk"):
        kept = result.get(row.key)
        has_begun = row.valid_from is None or row.valid_from <= on
        if kept is None or (has_begun and kept.valid_from is not None and kept.valid_from > on):
            result[row.key] = row
    return result


def live_answers() -> list[Answer]:
    """Every published answer with what rendering reads, in two queries."""
    rows = Answer.objects.filter(live=True).select_related("subject", "owner").prefetch_related("audience_variants")
    return list(rows)


class SnapshotCache:
    """The snapshot of this process. The tables are read by whoever notices that they changed; learning from them, which
    takes longer, happens beside, while everybody goes on with the snapshot that stands.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._shelf: Snapshot | None = None
        self._checked = 0.0
        self._age = 0

    def current(self) -> Snapshot:
        standing = self._shelf
        if standing is not None and time.monotonic() - self._checked < FRESH_SECONDS:
            return standing
        edition, day = content_version_now(), clock.today()
        self._checked = time.monotonic()
        if standing is not None and (standing.version, standing.day) == (edition, day):
            return standing
        if not self._lock.acquire(blocking=standing is None):
            return standing or self.current()
        try:
            now = self._shelf
            if now is not None and (now.version, now.day) == (edition, day):
                self._lock.release()
                return now
            learn = read(edition, day, now)
        except BaseException:
            self._lock.release()
            raise
        if now is None:
            self._put(learn, self._age)
        else:
            beside = Thread(target=self._put, args=(learn, self._age), daemon=True)
            beside.start()
            beside.join(PATIENCE)
        return self._shelf or self.current()

    def _put(self, learn: Callable[[], Snapshot], age: int) -> None:
        """Learn, put the new snapshot in the place of the old one unless all was forgotten meanwhile, open the lock."""
        try:
            made = learn()
            if age == self._age:
                self._shelf = made
        finally:
            self._lock.release()

    def look_again(self) -> None:
        """The next search asks the database whether the edition changed, however recently that was asked."""
        self._checked = 0.0

    def forget(self) -> None:
        self._age += 1
        self._shelf, self._checked = None, 0.0


snapshots = SnapshotCache()


def read(
    edition: Edition_,
    day: date,
    before: Snapshot | None = None,
    *,
    extra: Sequence[tuple[int, str, str]] = (),
    extra_elsewhere: Sequence[tuple[str, str, str]] = (),
) -> Callable[[], Snapshot]:
    """Read everything, in a constant number of queries; what it returns learns from it without any query, and gives the
    snapshot. `before` lends what it learned; `extra` are variants to try (subject, language, text), never kept,
    and `extra_elsewhere` those of what is not ours (slug, language, text).
    """
    answers = {answer.subject_id: answer for answer in live_answers()}
    named = {subject_id: rendering.keys_of(answer) for subject_id, answer in answers.items()}
    keys = {key for own in named.values() for key in own}
    facts = facts_current(keys, day)
    own = set(Fact.objects.filter(area__isnull=False, key__in=keys).values_list("key", flat=True)) if keys else set()
    by_area = frozenset(answers[pk].subject.slug for pk, shown in named.items() if own & set(shown))
    variants: dict[int, list[engine.Text]] = {}
    kept = ExampleQuestion.objects.order_by("pk").values_list("subject_id", "language", "text")
    for subject_id, language, text in [*kept, *extra]:
        variants.setdefault(subject_id, []).append((language, text, 1.0))
    result, cards, groups = [], {}, set()
    for subject in Subject.objects.filter(active=True).select_related("department", "external_body", "group"):
        answer = answers.get(subject.pk)
        if answer is None and not subject.routable and subject.external_body is None:
            continue
        result.append(targets.target(subject, answer, variants.get(subject.pk, [])))
        groups.add(subject.group)
        for lang in LANGUAGES:
            cards[subject.slug, lang] = _card(subject, answer, named.get(subject.pk, ()), facts, lang, day)
    rows = {row.slug: row for row in OutOfScopeTopic.objects.filter(active=True) if (row.slug, "fr") not in cards}
    dangers = list(Danger.objects.order_by("pk"))
    result += [*targets.elsewhere(rows, extra_elsewhere), *targets.told(dangers)]
    learn = _learning(result, before, keep=not (extra or extra_elsewhere))
    questions = targets.questions({slug for slug, _lang in cards})
    return lambda: Snapshot(
        edition,
        day,
        learn(),
        cards,
        {lang: _families(groups, cards, lang) for lang in LANGUAGES},
        tuple(targets.warning(row) for row in dangers),
        {answer.subject.slug: answer for answer in answers.values()},
        facts,
        {(slug, lang): targets.other(row, lang) for slug, row in rows.items() for lang in LANGUAGES},
        questions,
        by_area,
    )


def _learning(item: list[engine.Target], before: Snapshot | None, *, keep: bool) -> Callable[[], engine.Index]:
    """What makes the searches over these targets, kept on disk or not; those that stand when nothing has changed."""
    synonyms, meaning = targets.synonyms(), meaning_now()
    standing = before.index if before else None
    if standing is not None and standing.reads(item, synonyms, meaning):
        return lambda: standing
    name = targets.fingerprint(item, synonyms, meaning) if keep else ""
    place = settings.PARVIS_DATA / FOLDER / f"{name}.index" if name else None
    recalled = disk_cache.recalled(place) if place and standing is None else None
    if recalled is not None:
        recalled.give(meaning)
        return lambda: recalled
    wanted = [text for text in engine.asked(item) if standing is None or not standing.holds(text)]
    kept = vectors.kept(meaning, encoded(wanted)) if meaning else {}

    def learn() -> engine.Index:
        made = engine.Index(
            item,
            synonyms,
            encoder=meaning,
            vectors=(lambda texts: vectors.completed(meaning, kept, texts)) if meaning else None,
            before=standing,
        )
        if place and standing is None:
            disk_cache.keep(place, made, MOST_KEPT)
        elif place:
            Thread(target=disk_cache.keep, args=(place, made, MOST_KEPT)).start()
        return made

    return learn


def meaning_now() -> encoder.Encoder | None:
    """The encoder of this installation; None when it goes by words alone."""
    return encoder.named(settings.PARVIS_ENCODER, settings.PARVIS_DATA / FOLDER)


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
        external_body=targets.door(subject.external_body, lang),
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
