"""The answer engine's index of this process, built from the current content, so that a search costs no query.

Building takes longer than reading the content: it runs in a thread, while searches go on with the previous index.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock, Thread

from django.conf import settings

from parvis.apps.catalogue.models import ExampleQuestion
from parvis.apps.content.models import Danger, OutOfScopeTopic
from parvis.apps.content.queries.snapshot import ContentSnapshot, contents
from parvis.apps.matching.queries import targets, vectors
from parvis.apps.matching.queries.targets import Other, Question, Warning_
from parvis.apps.matching.rules import disk_cache, encoder, engine
from parvis.apps.matching.rules.example_features import encoded
from parvis.lib.i18n.languages import LANGUAGES, Lang

FOLDER, MOST_KEPT = "indexes", 2  # of PARVIS_DATA: indexes that took long to build
PATIENCE = 0.25  # seconds that whoever notices a change waits for the new index before using the previous one
RETRY_SECONDS = 0.25  # after a failure, during which the previous matcher serves


@dataclass(frozen=True)
class Matcher:
    """Everything a search reads, all of one version of the content. `others` is what does not belong to the town."""

    content: ContentSnapshot
    index: engine.Index
    warnings: tuple[Warning_, ...]
    others: Mapping[tuple[str, Lang], Other]
    questions: Mapping[Lang, tuple[Question, ...]]


class MatcherCache:
    """The matcher of this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._matcher: Matcher | None = None
        self._failed_at = -RETRY_SECONDS
        self._generation = 0

    def current(self) -> Matcher:
        """The latest matcher: of the current content, or of the previous one while the new index is being built."""
        content, cached = contents.current(), self._matcher
        if cached is not None and (cached.content is content or time.monotonic() - self._failed_at < RETRY_SECONDS):
            return cached
        if not self._lock.acquire(blocking=cached is None):
            return cached or self.current()
        try:
            latest = self._matcher
            if latest is not None and latest.content is content:
                self._lock.release()
                return latest
            build = read(content, latest)
        except BaseException:
            self._failed_at = time.monotonic()
            self._lock.release()
            raise
        if latest is None:
            self._store(build, self._generation)
        else:
            thread = Thread(target=self._store, args=(build, self._generation), daemon=True)
            thread.start()
            thread.join(PATIENCE)
        return self._matcher or self.current()

    def _store(self, build: Callable[[], Matcher], generation: int) -> None:
        """Builds the matcher, stores it unless the cache was cleared meanwhile, and releases the lock."""
        try:
            built = build()
            if generation == self._generation:
                self._matcher = built
        except BaseException:
            self._failed_at = time.monotonic()
            raise
        finally:
            self._lock.release()

    def clear(self) -> None:
        """The next call of `current` builds everything again."""
        self._generation += 1
        self._matcher, self._failed_at = None, -RETRY_SECONDS


matchers = MatcherCache()


def read(
    content: ContentSnapshot,
    before: Matcher | None = None,
    *,
    extra: Sequence[tuple[int, str, str]] = (),
    extra_elsewhere: Sequence[tuple[str, str, str]] = (),
) -> Callable[[], Matcher]:
    """Reads what the engine learns from, in a constant number of queries; the function returned builds the matcher
    without any query. What `before` learned is reused. `extra` are example questions to try (subject id, language,
    text), `extra_elsewhere` those of topics that are not ours (slug, language, text); neither is saved.
    """
    examples: dict[int, list[engine.Text]] = {}
    saved = ExampleQuestion.objects.order_by("pk").values_list("subject_id", "language", "text")
    for subject_id, language, text in [*saved, *extra]:
        examples.setdefault(subject_id, []).append((language, text, 1.0))
    learned = [
        targets.target(subject, content.answers.get(subject.slug), examples.get(subject.pk, []))
        for subject in content.subjects
    ]
    topics = {
        row.slug: row for row in OutOfScopeTopic.objects.filter(active=True) if (row.slug, "fr") not in content.cards
    }
    dangers = list(Danger.objects.order_by("pk"))
    learned += [*targets.elsewhere(topics, extra_elsewhere), *targets.told(dangers)]
    build_index = _index_builder(learned, before, keep=not (extra or extra_elsewhere))
    questions = targets.questions({slug for slug, _lang in content.cards})
    return lambda: Matcher(
        content,
        build_index(),
        tuple(targets.warning(row) for row in dangers),
        {(slug, lang): targets.other(row, lang) for slug, row in topics.items() for lang in LANGUAGES},
        questions,
    )


def _index_builder(learned: list[engine.Target], before: Matcher | None, *, keep: bool) -> Callable[[], engine.Index]:
    """Returns the builder of the index: the previous one when nothing changed, one cached on disk, or a new one."""
    synonyms, meaning = targets.synonyms(), meaning_now()
    previous = before.index if before else None
    if previous is not None and previous.built_from(learned, synonyms, meaning):
        return lambda: previous
    name = targets.fingerprint(learned, synonyms, meaning) if keep else ""
    path = settings.PARVIS_DATA / FOLDER / f"{name}.index" if name else None
    cached = disk_cache.load(path) if path and previous is None else None
    if cached is not None:
        cached.set_encoder(meaning)
        return lambda: cached
    wanted = [text for text in engine.asked(learned) if previous is None or not previous.holds(text)]
    saved = vectors.kept(meaning, encoded(wanted)) if meaning else {}

    def build() -> engine.Index:
        index = engine.Index(
            learned,
            synonyms,
            encoder=meaning,
            vectors=(lambda texts: vectors.completed(meaning, saved, texts)) if meaning else None,
            before=previous,
        )
        if path and previous is None:
            disk_cache.store(path, index, MOST_KEPT)
        elif path:
            Thread(target=disk_cache.store, args=(path, index, MOST_KEPT)).start()
        return index

    return build


def meaning_now() -> encoder.Encoder | None:
    """The encoder of this installation; None when it goes by words alone."""
    return encoder.named(settings.PARVIS_ENCODER, settings.PARVIS_DATA / FOLDER)
