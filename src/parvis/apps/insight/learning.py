"""What the answers missed, gathered into gaps; and what editors make of a gap. Each decision can be undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Channel, ExampleQuestion, Subject
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.permissions import Action
from parvis.apps.insight.grouping import Group, Rarity, home_of, stems_of
from parvis.apps.insight.models import Gap, GapCursor, Signal
from parvis.apps.intake.models import Matter
from parvis.apps.knowledge.example_training import forget_variant, teach_elsewhere, teach_variant, without_reach
from parvis.apps.knowledge.models import OutOfScopeTopic, Usefulness
from parvis.apps.knowledge.queries import POSSIBLE, suggest
from parvis.apps.knowledge.services import ONE_OPINION_SECONDS
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from parvis.lib.languages import clean

BATCH, LOOK_BACK, FARTHEST = 500, 1000, 5000
ASKED, PLACED = 100, 50  # searches made before what they found is kept: a job that is stopped begins again from there
AT_MOST = 30.0  # seconds that one gathering places signals; the next one goes on
STILL_HEARD = timedelta(days=365)  # how long a gap that was put aside goes on taking what resembles it
LONGEST = 500
_State = Gap.State
_TAKING = (_State.DISMISSED, _State.NOT_OURS)


@dataclass(frozen=True)
class _Placed:
    """A signal with what places it."""

    signal: Signal
    near: int | None
    stems: frozenset[str]


def gather(*, farthest: int = FARTHEST) -> int:
    """Bring to the gaps what was missed since last time; returns how much. Safe to run at any moment, and twice.

    A matter left unanswered, an opinion "not useful" once its hour has passed, a matter for which the agent chose
    another subject than the one that came first. What was corrected since leaves the gaps that nobody decided on.
    """
    with transaction.atomic():
        _drop_corrected()
    subjects = dict(Subject.objects.values_list("slug", "pk"))
    fresh = _overridden(subjects, farthest)
    Signal.objects.bulk_create(fresh, ignore_conflicts=True)
    brought = len(fresh)
    while fresh := [*_new_matters(), *_new_opinions()]:
        Signal.objects.bulk_create(fresh, ignore_conflicts=True)
        brought += len(fresh)
        if len(fresh) < BATCH:
            break
    if not _unplaced().exists():
        return brought
    rarity = Rarity(
        (text, clean(lang)) for text, lang in ExampleQuestion.objects.order_by("pk").values_list("text", "language")
    )
    began = monotonic()
    while monotonic() - began < AT_MOST and (waiting := list(_unplaced()[:PLACED])):
        _place([_read(signal, subjects) for signal in waiting], rarity)
    return brought


def note_unfound(*, words: str, language: str, channel: str = Channel.WEB) -> None:
    """A question asked without anyone there found nothing: it is kept, without e-mail address nor phone number."""
    said = without_reach(words)[:LONGEST]
    if said:
        Signal.objects.create(
            kind=Signal.Kind.UNANSWERED, words=said, language=clean(language), channel=channel, at=now()
        )


# --- Gathering ----------------------------------------------------------------------------------------------------


def _new_matters() -> list[Signal]:
    """Those left without an answer; a look back finds what was committed late."""
    last = Signal.objects.filter(kind=Signal.Kind.UNANSWERED).aggregate(last=Max("matter_id"))["last"] or 0
    rows = Matter.objects.filter(outcome=Matter.Outcome.UNANSWERED, pk__gt=last - LOOK_BACK).exclude(words="")
    rows = rows.exclude(pk__in=Signal.objects.filter(matter_id__gt=last - LOOK_BACK).values("matter_id"))
    matters = rows.select_related("contact").order_by("pk")[:BATCH]
    return [_of_matter(Signal.Kind.UNANSWERED, row) for row in matters]


def _of_matter(kind: Signal.Kind, row: Matter, first: int | None = None) -> Signal:
    contact = row.contact
    return Signal(kind=kind, matter=row, first_id=first, language=contact.language, channel=contact.channel, at=row.at)


def _overridden(subjects: Mapping[str, int], farthest: int) -> list[Signal]:
    """The matters that an agent settled on another subject than the one that their words find first.

    Asked here, minutes later, rather than while someone waits on the phone: a search by meaning takes as long as all
    the rest of settling. At most ASKED at a time, and none of a past longer than `farthest` matters. The words of a
    request or of an incident describe a place or a harm rather than ask, and not every editor may read them: they are
    left out.
    """
    row = GapCursor.objects.first()
    newest = Matter.objects.aggregate(last=Max("pk"))["last"] or 0
    last = max(row.last_matter if row else 0, newest - farthest)
    settled = Matter.objects.filter(pk__gt=last, subject__active=True, by__isnull=False).exclude(words="")
    settled = settled.exclude(outcome__in=(Matter.Outcome.UNANSWERED, Matter.Outcome.CASE, Matter.Outcome.INCIDENT))
    read = list(settled.select_related("contact").order_by("pk")[:ASKED])
    firsts = [(matter, _first(matter.words)) for matter in read]
    seen = read[-1].pk if len(read) == ASKED else newest
    GapCursor.objects.update_or_create(pk=1, defaults={"last_matter": max(seen, last)})
    return [
        _of_matter(Signal.Kind.OVERRIDDEN, one, subjects[slug])
        for one, slug in firsts
        if slug and subjects[slug] != one.subject_id
    ]


def _first(words: str) -> str:
    hits = suggest(words, limit=1).hits
    return hits[0].slug if hits and hits[0].confidence >= POSSIBLE else ""


def _new_opinions() -> list[Signal]:
    settled = now() - timedelta(seconds=ONE_OPINION_SECONDS)
    last = Signal.objects.aggregate(last=Max("opinion_id"))["last"] or 0
    rows = Usefulness.objects.filter(useful=False, at__lte=settled, pk__gt=last - LOOK_BACK)
    rows = rows.exclude(pk__in=Signal.objects.filter(opinion_id__gt=last - LOOK_BACK).values("opinion_id"))
    return [
        Signal(kind=Signal.Kind.NOT_USEFUL, opinion=row, language=row.language, channel=Channel.WEB, at=row.at)
        for row in rows.order_by("pk")[:BATCH]
    ]


def _drop_corrected() -> None:
    kinds = Signal.Kind
    answered = Q(kind=kinds.UNANSWERED) & ~Q(matter__outcome=Matter.Outcome.UNANSWERED)
    agreed = Q(kind=kinds.OVERRIDDEN) & (Q(matter__subject=None) | Q(matter__subject=F("first")))
    stale = Signal.objects.filter(answered | agreed, gap__state=_State.OPEN, matter__isnull=False)
    held = dict[int, int]()
    for gap in stale.values_list("gap_id", flat=True):
        held[gap] = held.get(gap, 0) + 1
    stale.delete()
    for gap_id, count in held.items():
        Gap.objects.filter(pk=gap_id).update(count=F("count") - count)
    Gap.objects.filter(pk__in=list(held), count__lte=0).delete()


def _unplaced() -> Any:
    rows = Signal.objects.filter(gap=None).select_related("matter", "opinion__answer")
    return rows.order_by("at", "pk")


def _read(signal: Signal, subjects: dict[str, int]) -> _Placed:
    suggestion = suggest(signal.said, limit=1)
    near = subjects[suggestion.hits[0].slug] if suggestion.hits and suggestion.hits[0].confidence >= POSSIBLE else None
    if signal.opinion is not None:
        near = signal.opinion.answer.subject_id
    elif signal.kind == Signal.Kind.OVERRIDDEN and signal.matter is not None:
        near = signal.matter.subject_id
    return _Placed(signal, near, stems_of(signal.said, suggestion.lang, suggestion.understood))


@transaction.atomic
def _place(read: Sequence[_Placed], rarity: Rarity) -> None:
    """Each signal in its gap; those that another process placed meanwhile are left where they are."""
    ids = [placed.signal.pk for placed in read]
    free = set(Signal.objects.select_for_update().filter(pk__in=ids, gap=None).values_list("pk", flat=True))
    taking = Q(state=_State.OPEN) | Q(state__in=_TAKING, decided_at__gte=now() - STILL_HEARD)
    gaps = {gap.pk: gap for gap in Gap.objects.select_for_update().filter(taking)}
    groups = {pk: Group(gap.near_id, dict(gap.stems), gap.count) for pk, gap in gaps.items()}
    touched = set[int]()
    for item in read:
        if item.signal.pk not in free:
            continue
        home = home_of(item.near, item.stems, groups, rarity)
        if home is None:
            moment, language = item.signal.at, item.signal.language
            gap = Gap.objects.create(near_id=item.near, language=language, first_at=moment, last_at=moment)
            home, gaps[gap.pk], groups[gap.pk] = gap.pk, gap, Group(item.near, {}, 0)
        groups[home].add(item.stems)
        gaps[home].last_at = max(gaps[home].last_at, item.signal.at)
        item.signal.gap_id = home
        touched.add(home)
    for pk in touched:
        gaps[pk].stems, gaps[pk].count = groups[pk].stems, groups[pk].count
    Gap.objects.bulk_update([gaps[pk] for pk in touched], ["stems", "count", "last_at"])
    Signal.objects.bulk_update([placed.signal for placed in read if placed.signal.pk in free], ["gap"])


# --- Deciding -----------------------------------------------------------------------------------------------------


@transaction.atomic
def teach(*, gap_id: int, subject: Subject, language: str, text: str, by: User) -> Gap:
    """The gap becomes one more way of asking about a subject; every process finds it within a second.

    Raises what `teaching.teach_variant` raises, and Conflict when the gap was decided on already.
    """
    gap = _open(gap_id, by)
    gap.variant = teach_variant(subject=subject, language=language, text=text, by=by)
    gap.near = subject
    return _decide(gap, _State.VARIANT, by)


@transaction.atomic
def write_answer(*, gap_id: int, by: User) -> Gap:
    """An answer was written for it, or mended."""
    return _decide(_open(gap_id, by), _State.ANSWER, by)


@transaction.atomic
def not_ours(*, gap_id: int, external_body: Department | None, by: User) -> Gap:
    """It is somebody else's, whose door is kept; what resembles it goes on being counted there. Invalid without one.

    For a door that the engine knows nothing of; `teach_not_ours` otherwise.
    """
    if external_body is None:
        raise Invalid(_("Whose is it?"), {"door": _("Choose whose it is.")})
    gap = _open(gap_id, by)
    gap.external_body = external_body
    return _decide(gap, _State.NOT_OURS, by)


@transaction.atomic
def teach_not_ours(*, gap_id: int, elsewhere: OutOfScopeTopic, language: str, text: str, by: User) -> Gap:
    """It is somebody else's, and the gap becomes one more way of asking for it: the right door is given from now on.

    Raises what `teaching.teach_elsewhere` raises, and Conflict when the gap was decided on already.
    """
    gap = _open(gap_id, by)
    gap.elsewhere_variant = teach_elsewhere(elsewhere=elsewhere, language=language, text=text, by=by)
    gap.near = None
    return _decide(gap, _State.NOT_OURS, by)


@transaction.atomic
def dismiss(*, gap_id: int, by: User) -> Gap:
    """Nothing is to be done about it; what resembles it for a year is put aside with it."""
    return _decide(_open(gap_id, by), _State.DISMISSED, by)


@transaction.atomic
def undo(*, gap_id: int, by: User) -> Gap:
    """The gap is open again, as before the decision; the way of asking that it became is forgotten."""
    gap = _locked(gap_id, by)
    variant, gap.variant, gap.elsewhere_variant = gap.variant or gap.elsewhere_variant, None, None
    gap.state, gap.external_body, gap.decided_at, gap.decided_by = _State.OPEN, None, None, None
    gap.save()
    if variant is not None:
        forget_variant(variant=variant, by=by)
    return gap


def _locked(gap_id: int, by: User) -> Gap:
    if not by.may(Action.EDIT_ANSWER):
        raise NotAllowed(_("Only those who write the answers decide on this."))
    gap = Gap.objects.select_for_update().filter(pk=gap_id).first()
    if gap is None:
        raise NotFound(_("There is no such question."))
    return gap


def _open(gap_id: int, by: User) -> Gap:
    gap = _locked(gap_id, by)
    if gap.state != _State.OPEN:
        raise Conflict(_("Someone already decided on this question."))
    return gap


def _decide(gap: Gap, state: Gap.State, by: User) -> Gap:
    gap.state, gap.decided_by, gap.decided_at = state, by, now()
    gap.save()
    return gap
