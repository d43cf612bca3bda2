"""The citizen's transitions on a case, made directly or written down by an agent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction

from parvis.apps.cases.models import Case, ClosingReason, Entry
from parvis.apps.cases.rules.kinds import SOMEONE_ELSE
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services.journal import EntryDraft, write_entry
from parvis.apps.cases.services.transitions import (
    apply_transition,
    channel_to,
    lock_with_head,
    locked_for,
    refuse_late,
    refuse_role,
    refuse_state,
    refuse_transition,
    words_or_refuse,
    write_and_notify,
)
from parvis.apps.catalogue.models import Channel
from parvis.apps.catalogue.rules.promises import promise
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.queries import stand_in, working_calendar
from parvis.apps.files.models import Attachment
from parvis.lib.clock import now

AGAIN_WITHIN = timedelta(days=1)
SAID = (Entry.Kind.REPLIED, Entry.Kind.REOPENED)
TOLD_THEM = (
    *(Entry.Kind.ASKED, Entry.Kind.ANSWERED, Entry.Kind.CALLED, Entry.Kind.PROMISED, Entry.Kind.VISIT),
    *(Entry.Kind.CLOSED, Entry.Kind.INFORMED),
)
"""Entries that speak to the citizen: the same words sent again after one of them are a new message."""


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
    someone_else: bool = False,
) -> Case:
    """Adds the citizen's words, photos or both, written down by `by`; resumes a paused clock.

    `someone_else`: they are of another person, who answered our letter; the entry says so (`SOMEONE_ELSE` of its data).
    `since` is the last entry shown by the page, to ignore a form sent twice (`said_already`) even if the case changed.
    """
    case, head = lock_with_head(case_id)
    if by.is_citizen and said_already(case, words, photos, since):
        return case
    _refuse_citizen_transition(case, head, Transition.REPLY, by, expect)
    line = EntryDraft(
        Entry.Kind.REPLIED,
        by=by,
        by_citizen=True,
        body=words.strip() if photos else words_or_refuse(words),
        data={"channel": channel} | ({SOMEONE_ELSE: True} if someone_else else {}),
        photos=photos,
    )
    if head is not case:
        entry = write_entry(case, line, **_resubscribed(case))
        _echo(head, case, entry)
        return case
    apply_transition(case, Transition.REPLY, line, **({"quiet_at": None} if case.quiet_at else {}))
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
    someone_else: bool = False,
) -> Case:
    """Reopens the same case one level up, to the department set by its subject, else to the head of its own.

    A new promise starts now. Both closings stay in the journal. For a merged case, the one it is merged into reopens,
    and only the citizen who reported it is notified. After a withdrawal, the entry has `withdrawn` in its data. A form
    sent twice reopens once, and `someone_else` is as for `reply`.
    """
    case, head = lock_with_head(case_id)
    if by.is_citizen and said_already(case, words, photos, since):
        return case
    _refuse_citizen_transition(case, head, Transition.NOT_FIXED, by, expect)
    body = words.strip() if photos else words_or_refuse(words)
    data: dict[str, Any] = {"channel": channel} | ({SOMEONE_ELSE: True} if someone_else else {})
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
    """Reopens a closed case one level up, as `not_fixed`, and notifies the citizen.

    `head` is the case at the top of its merges (itself when not merged), the one that reopens. The caller holds the
    locks and has checked the transition. Returns the entry with the citizen's words.
    """
    channel = channel_to(case, writes_again=True)
    draft = EntryDraft(
        Entry.Kind.REOPENED, by=by, by_citizen=True, body=body, notified_via=channel, data=data, photos=photos
    )
    if head is case:
        return _reopen_one_level_up(case, draft)
    source = {"case": case.pk, "reference": case.reference}
    _reopen_one_level_up(head, EntryDraft(Entry.Kind.REOPENED, by=by, by_citizen=True, data=source))
    shown = {"due_at": head.due_at.isoformat() if head.due_at else None}
    draft = replace(draft, data={**data, "level": head.level, "shown": shown})
    return write_and_notify(case, draft, **_resubscribed(case))


def _reopen_one_level_up(case: Case, line: EntryDraft) -> Entry:
    moment, calendar = now(), working_calendar()
    department = case.subject.level_up or case.department
    day = calendar.local(moment).date()
    head = stand_in(department.head, day, department=department.pk) if department.head else None
    data = {"level": case.level + 1, "was": case.closing_reason, **(line.data or {})}
    changes: dict[str, Any] = {
        "department_id": department.pk,
        "owner_id": head.pk if head else None,
        "level": case.level + 1,
        "promise": case.subject.target,
        "due_at": promise(moment, case.subject.target, calendar).due_at,
        "ack_due_at": promise(moment, case.subject.ack, calendar).due_at,
        "acknowledged_at": None,
        "pauses": [],
        "closing_reason": "",
        "closed_at": None,
        "visit_on": None,
    }
    if case.quiet_at and "case" not in data:
        changes["quiet_at"] = None
    case.promised_at = moment
    return apply_transition(case, Transition.NOT_FIXED, replace(line, data=data), **changes)


@transaction.atomic
def withdraw(*, case_id: int, words: str = "", by: Actor, expect: int | None = None) -> Case:
    """Closes the case at the citizen's request; a case merged with others goes on without notifying them any more.

    Withdrawing twice changes nothing.
    """
    case, head = lock_with_head(case_id)
    together = head is not case or bool(case.merged_count)
    if by.is_citizen and (case.quiet_at if together else case.closing_reason == ClosingReason.WITHDRAWN):
        return case
    _refuse_citizen_transition(case, head, Transition.WITHDRAW, by, expect)
    if together:
        entry = write_entry(
            case, EntryDraft(Entry.Kind.QUIETED, by=by, by_citizen=True, body=words.strip()), quiet_at=now()
        )
        if head is not case:
            _echo(head, case, entry)
        return case
    reason = ClosingReason.WITHDRAWN
    line = EntryDraft(Entry.Kind.CLOSED, by=by, by_citizen=True, body=words.strip(), data={"reason": reason})
    apply_transition(case, Transition.WITHDRAW, line, closing_reason=reason, closed_at=now())
    return case


@transaction.atomic
def called(*, case_id: int, words: str, by: User, expect: int | None = None) -> Case:
    """Records a call to the citizen, and what was said."""
    case = locked_for(case_id, Transition.CALLED, by, expect)
    apply_transition(
        case, Transition.CALLED, EntryDraft(Entry.Kind.CALLED, by=Actor.staff(by), body=words_or_refuse(words))
    )
    return case


def said_already(case: Case, words: str, photos: Sequence[Attachment] = (), since: int | None = None) -> bool:
    """Whether the citizen already sent the same words and photos: a form submitted twice.

    Compares with entries after `since`, the last one shown by their page. As a browser may reload the page but restore
    the typed text, also compares with entries of the last day since the town's last message.
    """
    words, hashes = words.strip(), {photo.sha256 for photo in photos}
    if not words and not hashes:
        return False
    last_told = case.entries.filter(kind__in=TOLD_THEM).order_by("-seq").values_list("seq", flat=True).first() or 0
    return any(
        hashes <= set(entry.data.get("photos", ()))
        for entry in case.entries.filter(kind__in=SAID, by_citizen=True, actor=None, body=words)
        if (since is not None and entry.seq > since) or (entry.seq > last_told and entry.at > now() - AGAIN_WITHIN)
    )


def _refuse_citizen_transition(case: Case, head: Case, transition: Transition, by: Actor, expect: int | None) -> None:
    """Raises as `locked`, checking the state of `head` for a merged case."""
    if head is not case:
        refuse_role(case, transition, by)
        refuse_state(head, transition)
        refuse_late(case, expect)
    else:
        refuse_transition(case, transition, by, expect)


def _resubscribed(case: Case) -> dict[str, Any]:
    """The changes to a case when its citizen writes again: clears their opt-out and notification failures."""
    return {name: None for name in ("quiet_at", "notification_failed_at") if getattr(case, name)}


def _echo(head: Case, case: Case, entry: Entry) -> None:
    """Notes on `head` that the citizen of a merged case wrote, without their words."""
    data = {"case": case.pk, "reference": case.reference, "entry": entry.seq, "kind": str(entry.kind)}
    write_entry(head, EntryDraft(Entry.Kind.ECHOED, by=entry.by, by_citizen=True, data=data))
