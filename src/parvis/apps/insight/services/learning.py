"""Gathers what the answers missed into gaps, and records what editors decide. Each decision can be undone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Channel, ExampleQuestion, Subject
from parvis.apps.catalogue.queries.restrictions import restricted_subjects
from parvis.apps.content.models import OutOfScopeTopic, Usefulness
from parvis.apps.content.services.content import ONE_OPINION_SECONDS
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.insight.models import Gap, GapCursor, Signal
from parvis.apps.insight.rules.grouping import Group, Rarity, home_of, stems_of
from parvis.apps.intake.models import Matter
from parvis.apps.matching.queries.suggesting import suggest
from parvis.apps.matching.queries.suggestions import POSSIBLE, Suggestion
from parvis.apps.matching.services.example_training import (
    forget_variant,
    redact_contacts,
    teach_elsewhere,
    teach_variant,
)
from parvis.lib.clock import now
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.i18n.languages import clean
from parvis.lib.limits import within_here

BATCH, LOOK_BACK, FARTHEST = 500, 1000, 5000
ASKED, PLACED = 100, 50  # searches per commit: an interrupted job resumes from there
AT_MOST = 30.0  # seconds of placing per run; the next run continues
STILL_HEARD = timedelta(days=365)  # how long a dismissed gap absorbs similar questions
LONGEST = 500
MOST_RECORDED = 300  # unanswered questions of the public, an hour and a process
_State = Gap.State
_TAKING = (_State.DISMISSED, _State.NOT_OURS)


@dataclass(frozen=True)
class _Placed:
    """A signal with its closest subject and its stems."""

    signal: Signal
    near: int | None
    stems: frozenset[str]


def gather(*, farthest: int = FARTHEST) -> int:
    """Add to the gaps what was missed since last time; returns the number of signals. Idempotent.

    A signal is an unanswered matter, a "not useful" opinion once its correction period has passed, or a matter settled
    on another subject than the one found first. Signals corrected since are removed from open gaps.
    """
    with transaction.atomic():
        _drop_corrected()
    subjects = dict(Subject.objects.values_list("slug", "pk"))
    fresh = _overridden(subjects, farthest)
    Signal.objects.bulk_create(fresh, ignore_conflicts=True)
    gathered = len(fresh)
    while fresh := [*_new_matters(), *_new_opinions()]:
        Signal.objects.bulk_create(fresh, ignore_conflicts=True)
        gathered += len(fresh)
        if len(fresh) < BATCH:
            break
    if not _unplaced().exists():
        return gathered
    examples = ExampleQuestion.objects.order_by("pk").values_list("text", "language")
    rarity = Rarity((text, clean(lang)) for text, lang in examples)
    start = monotonic()
    while monotonic() - start < AT_MOST and (waiting := list(_unplaced()[:PLACED])):
        _place([_read(signal, subjects) for signal in waiting], rarity)
    return gathered


def note_unfound(*, words: str, language: str, channel: str = Channel.WEB) -> None:
    """Record a public question that found nothing, without e-mail addresses and phone numbers."""
    if words := redact_contacts(words)[:LONGEST]:
        values = {"words": words, "language": clean(language), "channel": channel, "at": now()}
        Signal.objects.create(kind=Signal.Kind.UNANSWERED, **values)


def note_unfound_from(*, client: str, words: str, language: str) -> None:
    """The same for a question of the public, from the site or a program, as far as one client may add to the gaps: once
    an hour for the same words, 20 times in all, and MOST_RECORDED for everybody, in each process.
    """
    if (
        within_here("unfound", f"{client} {words}", times=1, seconds=3600)
        and within_here("unfound", client, times=20, seconds=3600)
        and within_here("unfound", "", times=MOST_RECORDED, seconds=3600)
    ):
        note_unfound(words=words, language=language)


# --- Gathering ----------------------------------------------------------------------------------------------------


def _new_matters() -> list[Signal]:
    """Matters left unanswered; LOOK_BACK catches those committed late."""
    last = Signal.objects.filter(kind=Signal.Kind.UNANSWERED).aggregate(last=Max("matter_id"))["last"] or 0
    rows = Matter.objects.filter(outcome=Matter.Outcome.UNANSWERED, pk__gt=last - LOOK_BACK).exclude(words="")
    rows = rows.exclude(pk__in=Signal.objects.filter(matter_id__gt=last - LOOK_BACK).values("matter_id"))
    matters = rows.select_related("contact").order_by("pk")[:BATCH]
    return [_of_matter(Signal.Kind.UNANSWERED, row) for row in matters]


def _of_matter(kind: Signal.Kind, row: Matter, first: int | None = None) -> Signal:
    contact = row.contact
    return Signal(kind=kind, matter=row, first_id=first, language=contact.language, channel=contact.channel, at=row.at)


def _overridden(subjects: Mapping[str, int], farthest: int) -> list[Signal]:
    """The matters that an agent settled on another subject than the one found first for their words.

    Searched here, minutes later, rather than during the call: a search by meaning takes as long as the rest of
    settling. At most ASKED at a time, within the last `farthest` matters. Requests, incidents and restricted subjects
    are skipped: their words describe a place or a harm rather than ask, and not every editor may read them.
    """
    row = GapCursor.objects.first()
    newest = Matter.objects.aggregate(last=Max("pk"))["last"] or 0
    last = max(row.last_matter if row else 0, newest - farthest)
    settled = Matter.objects.filter(pk__gt=last, subject__active=True, by__isnull=False).exclude(words="")
    settled = settled.exclude(outcome__in=(Matter.Outcome.UNANSWERED, Matter.Outcome.CASE, Matter.Outcome.INCIDENT))
    settled = settled.exclude(subject__in=restricted_subjects())
    matters = list(settled.select_related("contact").order_by("pk")[:ASKED])
    signals = []
    for matter in matters:
        first = _subject_found(suggest(matter.words, limit=1), subjects)
        if first not in (None, matter.subject_id):
            signals.append(_of_matter(Signal.Kind.OVERRIDDEN, matter, first))
    seen = matters[-1].pk if len(matters) == ASKED else newest
    GapCursor.objects.update_or_create(pk=1, defaults={"last_matter": max(seen, last)})
    return signals


def _subject_found(suggestion: Suggestion, subjects: Mapping[str, int]) -> int | None:
    hits = suggestion.hits
    return subjects[hits[0].slug] if hits and hits[0].confidence >= POSSIBLE else None


def _new_opinions() -> list[Signal]:
    settled = now() - timedelta(seconds=ONE_OPINION_SECONDS)
    last = Signal.objects.aggregate(last=Max("opinion_id"))["last"] or 0
    rows = Usefulness.objects.filter(useful=False, at__lte=settled, pk__gt=last - LOOK_BACK)
    rows = rows.exclude(pk__in=Signal.objects.filter(opinion_id__gt=last - LOOK_BACK).values("opinion_id"))
    common = {"kind": Signal.Kind.NOT_USEFUL, "channel": Channel.WEB}
    return [Signal(opinion=row, language=row.language, at=row.at, **common) for row in rows.order_by("pk")[:BATCH]]


def _drop_corrected() -> None:
    kinds = Signal.Kind
    answered = Q(kind=kinds.UNANSWERED) & ~Q(matter__outcome=Matter.Outcome.UNANSWERED)
    agreed = Q(kind=kinds.OVERRIDDEN) & (Q(matter__subject=None) | Q(matter__subject=F("first")))
    stale = Signal.objects.filter(answered | agreed, gap__state=_State.OPEN, matter__isnull=False)
    counts = Counter(stale.values_list("gap_id", flat=True))
    stale.delete()
    for gap_id, count in counts.items():
        Gap.objects.filter(pk=gap_id).update(count=F("count") - count)
    Gap.objects.filter(pk__in=list(counts), count__lte=0).delete()


def _unplaced() -> Any:
    rows = Signal.objects.filter(gap=None).select_related("matter", "opinion__answer")
    return rows.order_by("at", "pk")


def _read(signal: Signal, subjects: dict[str, int]) -> _Placed:
    suggestion = suggest(signal.said, limit=1)
    near = _subject_found(suggestion, subjects)
    if signal.opinion is not None:
        near = signal.opinion.answer.subject_id
    elif signal.kind == Signal.Kind.OVERRIDDEN and signal.matter is not None:
        near = signal.matter.subject_id
    return _Placed(signal, near, stems_of(signal.said, suggestion.lang, suggestion.understood))


@transaction.atomic
def _place(placements: Sequence[_Placed], rarity: Rarity) -> None:
    """Put each signal in its gap; skip those that another process placed meanwhile."""
    ids = [placed.signal.pk for placed in placements]
    free = set(Signal.objects.select_for_update().filter(pk__in=ids, gap=None).values_list("pk", flat=True))
    taking = Q(state=_State.OPEN) | Q(state__in=_TAKING, decided_at__gte=now() - STILL_HEARD)
    gaps = {gap.pk: gap for gap in Gap.objects.select_for_update().filter(taking)}
    groups = {pk: Group(gap.near_id, dict(gap.stems), gap.count) for pk, gap in gaps.items()}
    changed = set[int]()
    placements = [placed for placed in placements if placed.signal.pk in free]
    for placed in placements:
        signal = placed.signal
        home = home_of(placed.near, placed.stems, groups, rarity)
        if home is None:
            times = {"first_at": signal.at, "last_at": signal.at}
            gap = Gap.objects.create(near_id=placed.near, language=signal.language, **times)
            home, gaps[gap.pk], groups[gap.pk] = gap.pk, gap, Group(placed.near, {}, 0)
        groups[home].add(placed.stems)
        gaps[home].last_at = max(gaps[home].last_at, signal.at)
        signal.gap_id = home
        changed.add(home)
    for pk in changed:
        gaps[pk].stems, gaps[pk].count = groups[pk].stems, groups[pk].count
    Gap.objects.bulk_update([gaps[pk] for pk in changed], ["stems", "count", "last_at"])
    Signal.objects.bulk_update([placed.signal for placed in placements], ["gap"])


# --- Deciding -----------------------------------------------------------------------------------------------------


@transaction.atomic
def teach(*, gap_id: int, subject: Subject, language: str, text: str, by: User) -> Gap:
    """Make the gap an example of a subject, live in every process within a second.

    Raises the errors of `example_training.teach_variant`, and Conflict when the gap is already decided.
    """
    gap = _open(gap_id, by)
    gap.variant = teach_variant(subject=subject, language=language, text=text, by=by)
    gap.near = subject
    return _decide(gap, _State.VARIANT, by)


@transaction.atomic
def write_answer(*, gap_id: int, by: User) -> Gap:
    """Record that an answer was written or improved for it."""
    return _decide(_open(gap_id, by), _State.ANSWER, by)


@transaction.atomic
def not_ours(*, gap_id: int, external_body: Department | None, by: User) -> Gap:
    """Record that it belongs to an outside body; similar questions are still counted there. Raises Invalid without one.

    For a body unknown to the engine; otherwise use `teach_not_ours`.
    """
    if external_body is None:
        raise Invalid(_("Whose is it?"), {"door": _("Choose whose it is.")})
    gap = _open(gap_id, by)
    gap.external_body = external_body
    return _decide(gap, _State.NOT_OURS, by)


@transaction.atomic
def teach_not_ours(*, gap_id: int, elsewhere: OutOfScopeTopic, language: str, text: str, by: User) -> Gap:
    """Make the gap an example of an out-of-scope topic, so that people are referred to the right body.

    Raises the errors of `example_training.teach_elsewhere`, and Conflict when the gap is already decided.
    """
    gap = _open(gap_id, by)
    gap.elsewhere_variant = teach_elsewhere(elsewhere=elsewhere, language=language, text=text, by=by)
    gap.near = None
    return _decide(gap, _State.NOT_OURS, by)


@transaction.atomic
def dismiss(*, gap_id: int, by: User) -> Gap:
    """Dismiss the gap, and similar questions with it for a year."""
    return _decide(_open(gap_id, by), _State.DISMISSED, by)


@transaction.atomic
def undo(*, gap_id: int, by: User) -> Gap:
    """Reopen the gap and delete the example it became."""
    gap = _locked(gap_id, by)
    variant, gap.variant, gap.elsewhere_variant = gap.variant or gap.elsewhere_variant, None, None
    gap.state, gap.external_body, gap.decided_at, gap.decided_by = _State.OPEN, None, None, None
    gap.save()
    if variant is not None:
        forget_variant(variant=variant, by=by)
    return gap


def _locked(gap_id: int, by: User) -> Gap:
    by.require(Action.EDIT_ANSWER, _("Only those who write the answers decide on this."))
    return locked_row(Gap.objects.filter(pk=gap_id), _("There is no such question."))


def _open(gap_id: int, by: User) -> Gap:
    gap = _locked(gap_id, by)
    if gap.state != _State.OPEN:
        raise Conflict(_("Someone already decided on this question."))
    return gap


def _decide(gap: Gap, state: Gap.State, by: User) -> Gap:
    gap.state, gap.decided_by, gap.decided_at = state, by, now()
    gap.save()
    return gap
