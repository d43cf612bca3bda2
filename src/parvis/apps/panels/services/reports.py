"""What screens tell: that they live, what they painted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from parvis.apps.panels.models import Item, ProofOfPlay, Screen
from parvis.apps.panels.rules.clocks import AHEAD, LATE_PROOF
from parvis.apps.panels.rules.text import clean
from parvis.lib import clock
from parvis.lib.words import one_line

MOST = 500  # proofs of one report
SEEN_EVERY = timedelta(seconds=30)


@dataclass(frozen=True)
class Proof:
    """A text of a message, painted from the frame of `first_at` to the one of `last_at`, by the corrected clock."""

    key: str
    text: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class ScreenReport:
    """What a screen tells: its uncorrected clock (None when it has none), what it paints now, what it painted."""

    clock: datetime | None = None
    version: str = ""
    width: int | None = None
    height: int | None = None
    shows: tuple[str, str] | None = None  # key, text
    since: datetime | None = None
    painted: Sequence[Proof] = ()


@transaction.atomic
def record_report(*, screen_id: int, report: ScreenReport) -> int:
    """Records a report; returns how many proofs were kept. The same report twice changes nothing.

    A proof of an unknown message, from the future, or older than LATE_PROOF is dropped.
    """
    moment = clock.now()
    screen = Screen.objects.select_for_update().filter(pk=screen_id, revoked_at=None).first()
    if screen is None:
        return 0
    screen.seen_at, screen.alarmed_at = moment, None
    if report.clock is not None:
        screen.drift = round((report.clock - moment).total_seconds(), 1)
    screen.version = one_line(report.version)[:40]
    screen.told_width, screen.told_height = report.width, report.height
    if report.shows is not None:
        screen.shows_key, screen.shows_text = report.shows[0][:120], report.shows[1][:300]
        screen.shows_since = report.since if report.since and report.since <= moment + AHEAD else moment
    screen.save()
    return record_proofs(screen, report.painted)


def record_proofs(screen: Screen, proofs: Sequence[Proof]) -> int:
    """Keeps proofs in the caller's transaction, merged by hour; returns how many were kept."""
    moment = clock.now()
    known = set(Item.objects.filter(key__in={proof.key for proof in proofs[:MOST]}).values_list("key", flat=True))
    kept = 0
    for proof in proofs[:MOST]:
        first, last = min(proof.first_at, proof.last_at), max(proof.first_at, proof.last_at)
        if proof.key not in known or last > moment + AHEAD or first < moment - LATE_PROOF:
            continue
        hour = last.replace(minute=0, second=0, microsecond=0)
        row, created = ProofOfPlay.objects.get_or_create(
            screen=screen,
            key=proof.key,
            text=clean(proof.text)[:300],
            hour=hour,
            defaults={"first_at": first, "last_at": last, "told_at": moment},
        )
        if not created and (first < row.first_at or last > row.last_at):
            row.first_at, row.last_at, row.told_at = min(first, row.first_at), max(last, row.last_at), moment
            row.save(update_fields=["first_at", "last_at", "told_at"])
        kept += 1
    return kept


def record_seen(*, screen: Screen) -> None:
    """Records that a closed system asked for the picture or the feed of a screen; one write in SEEN_EVERY at most.

    It is no proof: nobody tells that it was painted.
    """
    moment = clock.now()
    if screen.seen_at is None or moment - screen.seen_at >= SEEN_EVERY:
        Screen.objects.filter(pk=screen.pk).update(seen_at=moment, alarmed_at=None)


@transaction.atomic
def record_sign(*, screen_id: int, error: str) -> None:
    """Records why a sign did not do what it was asked; when it answered last, and what it showed, are kept."""
    Screen.objects.filter(pk=screen_id).update(sign_error=one_line(error)[:300])


@transaction.atomic
def record_sign_report(*, screen_id: int, items: Sequence[Item], error: str) -> None:
    """Records that a sign shows these messages, as read back from it; `error` is what it says is wrong with it."""
    moment = clock.now()
    screen = Screen.objects.select_for_update().filter(pk=screen_id, revoked_at=None).first()
    if screen is None:
        return
    screen.seen_at, screen.alarmed_at, screen.sign_error = moment, None, one_line(error)[:300]
    shows = (items[0].key, " / ".join(item.text_fr for item in items)[:300]) if items else ("", "")
    if (screen.shows_key, screen.shows_text) != shows:
        (screen.shows_key, screen.shows_text), screen.shows_since = shows, moment
    screen.save()
    record_proofs(screen, [Proof(item.key, text, moment, moment) for item in items for text in item.texts])
