"""What the citizen says once a case is open: directly, or through the agent who hears it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction

from parvis.apps.cases.journal import EntryDraft, write
from parvis.apps.cases.models import Case, ClosingReason, Entry
from parvis.apps.cases.services.moves import (
    apply_move,
    lock_with_head,
    locked,
    notification_channel,
    refuse_late,
    refuse_move,
    refuse_role,
    refuse_state,
    words_or_refuse,
    write_and_notify,
)
from parvis.apps.cases.states import Move
from parvis.apps.catalogue.models import Channel
from parvis.apps.catalogue.promises import promise
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import stand_in, working_calendar
from parvis.apps.files.models import Attachment
from parvis.lib.clock import now

AGAIN_WITHIN = timedelta(days=1)
SAID = (Entry.Kind.REPLIED, Entry.Kind.REOPENED)
TOLD_THEM = (
    *(Entry.Kind.ASKED, Entry.Kind.ANSWERED, Entry.Kind.CALLED, Entry.Kind.PROMISED, Entry.Kind.VISIT),
    *(Entry.Kind.CLOSED, Entry.Kind.INFORMED),
)
"""What is said to a citizen: their same words, after it, say something else."""


@transaction.atomic
def reply(
    *,
    case_id: int,
    words: str,
    by: Actor,
    channel: str = Channel.WEB,
    photos: Sequence[Attachment] = (),
    expect: int | None = None,
    since: int | None = None,
) -> Case:
    """Adds the citizen's words, photos or both; `by` is whoever wrote them down. A stopped clock runs again.

    `since` is the number of the last entry that the page showed: what a citizen said already is kept once
    (`said_already`), whatever became of the case since.
    """
    case, head = lock_with_head(case_id)
    if by.is_citizen and said_already(case, words, photos, since):
        return case
    _refuse_spoken(case, head, Move.REPLY, by, expect)
    line = EntryDraft(
        Entry.Kind.REPLIED,
        by=by,
        by_citizen=True,
        body=words.strip() if photos else words_or_refuse(words),
        data={"channel": channel},
        photos=photos,
    )
    if head is not case:
        entry = write(case, line, **_heard(case))
        _echo(head, case, entry)
        return case
    apply_move(case, Move.REPLY, line, **({"quiet_at": None} if case.quiet_at else {}))
    return case


@transaction.atomic
def not_fixed(
    *,
    case_id: int,
    words: str,
    by: Actor,
    channel: str = Channel.WEB,
    photos: Sequence[Attachment] = (),
    expect: int | None = None,
    since: int | None = None,
) -> Case:
    """Reopens the same case one level up: to the department its subject names, or to the head of its own.

    Sent twice by a citizen, it reopens once, as for `reply`. A new promise is made from now. Both closings stay in the
    journal. Of a merged case, the one it is handled with opens again, and only who said it is told. The entry of who
    had withdrawn it says so: they changed their mind.
    """
    case, head = lock_with_head(case_id)
    if by.is_citizen and said_already(case, words, photos, since):
        return case
    _refuse_spoken(case, head, Move.NOT_FIXED, by, expect)
    body = words.strip() if photos else words_or_refuse(words)
    data: dict[str, Any] = {"channel": channel}
    if case.closing_reason == ClosingReason.WITHDRAWN:
        data["withdrawn"] = True
    reopen(case, head, body=body, data=data, by=by, photos=photos)
    return case


def reopen(
    case: Case,
    head: Case,
    *,
    body: str,
    data: dict[str, Any],
    by: Actor,
    photos: Sequence[Attachment] = (),
) -> Entry:
    """Writes that a closed case is open again one level up, as `not_fixed` says, and tells the citizen.

    `head` is the case it is handled with, itself when it is merged into none: it is what opens again. The caller holds
    the locks and has checked the move; `data` says more of how it came. Returns the entry that bears the words.
    """
    told = notification_channel(case.person)  # who speaks wishes to hear
    if head is case:
        line = EntryDraft(
            Entry.Kind.REOPENED, by=by, by_citizen=True, body=body, notified_via=told, data=data, photos=photos
        )
        return _open_again(case, line)
    theirs = {"case": case.pk, "reference": case.reference}
    _open_again(head, EntryDraft(Entry.Kind.REOPENED, by=by, by_citizen=True, data=theirs))
    shown = {"due_at": head.due_at.isoformat() if head.due_at else None}
    kept = {**data, "level": head.level, "shown": shown}
    line = EntryDraft(
        Entry.Kind.REOPENED, by=by, by_citizen=True, body=body, notified_via=told, data=kept, photos=photos
    )
    return write_and_notify(case, line, **_heard(case))


def _open_again(case: Case, line: EntryDraft) -> Entry:
    moment = now()
    department = _one_level_up(case)
    day = working_calendar().local(moment).date()
    head = stand_in(department.head, day, department=department.pk) if department.head else None
    said = {"level": case.level + 1, "was": case.closing_reason, **(line.data or {})}
    changes: dict[str, Any] = {
        "department_id": department.pk,
        "owner_id": head.pk if head else None,
        "level": case.level + 1,
        "promise": case.subject.target,
        "due_at": promise(moment, case.subject.target, working_calendar()).due_at,
        "ack_due_at": promise(moment, case.subject.ack, working_calendar()).due_at,
        "acknowledged_at": None,
        "pauses": [],
        "closing_reason": "",
        "closed_at": None,
        "visit_on": None,
    }
    if case.quiet_at and "case" not in said:
        changes["quiet_at"] = None
    case.promised_at = moment
    return apply_move(case, Move.NOT_FIXED, replace(line, data=said), **changes)


@transaction.atomic
def withdraw(*, case_id: int, words: str = "", by: Actor, expect: int | None = None) -> Case:
    """Closes at the citizen's own wish; what others told too goes on without them, and they hear no more of it.

    A citizen who did it already changes nothing by doing it again.
    """
    case, head = lock_with_head(case_id)
    together = head is not case or bool(case.merged_count)
    if by.is_citizen and (case.quiet_at if together else case.closing_reason == ClosingReason.WITHDRAWN):
        return case
    _refuse_spoken(case, head, Move.WITHDRAW, by, expect)
    if together:
        entry = write(case, EntryDraft(Entry.Kind.QUIETED, by=by, by_citizen=True, body=words.strip()), quiet_at=now())
        if head is not case:
            _echo(head, case, entry)
        return case
    line = EntryDraft(
        Entry.Kind.CLOSED, by=by, by_citizen=True, body=words.strip(), data={"reason": ClosingReason.WITHDRAWN}
    )
    apply_move(case, Move.WITHDRAW, line, closing_reason=ClosingReason.WITHDRAWN, closed_at=now())
    return case


@transaction.atomic
def called(*, case_id: int, words: str, by: User, expect: int | None = None) -> Case:
    """Records that the citizen was phoned, and what was said."""
    case = locked(case_id, Move.CALLED, by, expect)
    apply_move(case, Move.CALLED, EntryDraft(Entry.Kind.CALLED, by=Actor.staff(by), body=words_or_refuse(words)))
    return case


def said_already(case: Case, words: str, photos: Sequence[Attachment] = (), since: int | None = None) -> bool:
    """Whether the citizen said this already, in the same words and with these photos: one form sent twice.

    It is so of what they said after the entry number `since`, the last that their page showed; and, for a page that the
    browser asked for again before it gave back what was typed, of what they said for a day, until something is told
    them.
    """
    words, sent = words.strip(), {photo.sha256 for photo in photos}
    if not words and not sent:
        return False
    told = case.entries.filter(kind__in=TOLD_THEM).order_by("-seq").values_list("seq", flat=True).first() or 0
    return any(
        sent <= set(entry.data.get("photos", ()))
        for entry in case.entries.filter(kind__in=SAID, by_citizen=True, actor=None, body=words)
        if (since is not None and entry.seq > since) or (entry.seq > told and entry.at > now() - AGAIN_WITHIN)
    )


def _refuse_spoken(case: Case, head: Case, move: Move, by: Actor, expect: int | None) -> None:
    """Raises what `locked` raises of a move that a citizen makes on their case, checked on the one it is handled with,
    itself when it is merged into none.
    """
    if head is not case:
        refuse_role(case, move, by)
        refuse_state(head, move)
        refuse_late(case, expect)
    else:
        refuse_move(case, move, by, expect)


def _heard(case: Case) -> dict[str, Any]:
    """What changes of a case whose citizen speaks again."""
    return {name: None for name in ("quiet_at", "notification_failed_at") if getattr(case, name)}


def _echo(head: Case, case: Case, entry: Entry) -> None:
    """Says on the case that is worked on that someone whose own is merged into it spoke, without their words."""
    data = {"case": case.pk, "reference": case.reference, "entry": entry.seq, "kind": str(entry.kind)}
    write(head, EntryDraft(Entry.Kind.ECHOED, by=entry.by, by_citizen=True, data=data))


def _one_level_up(case: Case) -> Department:
    return case.subject.level_up or case.department
