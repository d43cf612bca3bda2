"""Merges, unmerges and links two cases; always by a person, and recorded in both journals."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.cases.models import Case, CaseLink, ClosingReason, Entry, State
from parvis.apps.cases.queries.access import may_merge
from parvis.apps.cases.queries.sla_reminders import REMINDER_FIELDS, move_reminders
from parvis.apps.cases.rules.merging import No, Side, comes_earlier, why_not_merge, why_not_part
from parvis.apps.cases.services.due_dates.due_date_recalculation import SAME, count
from parvis.apps.cases.services.journal import EntryDraft, write_entry
from parvis.apps.cases.services.transitions import (
    channel_to,
    clock_after,
    lock_together,
    words_or_refuse,
    write_and_notify,
)
from parvis.apps.catalogue.queries.restrictions import is_restricted
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.queries import working_calendar
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed, type_text

_K = Entry.Kind
LONGEST_REASON = 500

WHY_NOT: dict[No, type_text] = {
    No.ITSELF: gettext_lazy("Choose another request: this is the same one."),
    No.MERGED: gettext_lazy("This request is merged into another one already: take it apart first."),
    No.INTO_MERGED: gettext_lazy("The one to keep is itself merged into another one: choose that one."),
    No.CLOSED: gettext_lazy("A closed request is not merged: link the two instead."),
    No.INTO_CLOSED: gettext_lazy("The one to keep is closed: reopen it first, or link the two."),
    No.COMMENT: gettext_lazy("A comment is not merged."),
    No.ALONE: gettext_lazy("A complaint or a question is between one person and the town: link the two instead."),
    No.NOT_MERGED: gettext_lazy("This request is merged into none."),
    No.UNDER_MERGED: gettext_lazy("The request it is merged into is itself merged: take that one apart first."),
}


def side(case: Case) -> Side:
    """A case as seen by the merging rules."""
    person = case.person.canonical.pk if case.person else None
    return Side(case.pk, case.nature, not case.is_open, case.merged_into_id, person)


@transaction.atomic
def merge(*, case_id: int, into_id: int, words: str, by: Actor) -> Case:
    """Merges a case into another: it keeps its reference, its link and its citizen, who is notified of the other.

    The other takes the earlier of both due dates, except when the citizen merges their own request. Merging twice
    changes nothing. Raises NotAllowed, NotFound, Conflict (with the reason), Invalid (field words).
    """
    both = lock_together(case_id, into_id)
    case, into = both[case_id], both[into_id]
    if by.user:
        _refuse(by.user, case, into)
    if case_id != into_id and case.merged_into_id == into.pk:
        return case
    if no := why_not_merge(side(case), side(into)):
        raise Conflict(WHY_NOT[no])
    if is_restricted(case.subject_id) != is_restricted(into.subject_id):
        raise Conflict(_("One of these is restricted to some posts, and the other is not: link them instead."))
    reason, moment = _reason(words, needed=by.user is not None), now()
    gathered = {"case": case.pk, "reference": case.reference, "due": _iso(None if by.is_citizen else case.due_at)}
    earlier = not by.is_citizen and comes_earlier(case.due_at, into.due_at)
    into.merged_count += 1
    line = EntryDraft(_K.GATHERED, by=by, body=reason, data=gathered)
    _write_to_head(into, line, case.due_at if earlier else None, moment)
    data = {
        "into": into.pk,
        "reference": into.reference,
        "seq": into.seq,
        "was": case.state,
        "next_reminder_at": _iso(case.next_reminder_at),
        "shown": {"due_at": _iso(into.due_at)},
    }
    case.next_reminder_at = None
    write_entry(
        case,
        EntryDraft(_K.MERGED, by=by, body=reason, data=data),
        beside=REMINDER_FIELDS,
        state=State.CLOSED,
        closing_reason=ClosingReason.MERGED,
        closed_at=moment,
        merged_into_id=into.pk,
    )
    return case


@transaction.atomic
def unmerge(*, case_id: int, words: str, by: User) -> Case:
    """Unmerges a case, restoring its state, its promise and its clocks.

    Its citizen is notified if they heard about the other case since. The other case takes its own due date back, unless
    its citizen was told of the earlier one. Raises NotAllowed, NotFound, Conflict (with the reason), Invalid (words).
    """
    into_id = Case.objects.filter(pk=case_id).values_list("merged_into", flat=True).first()
    both = lock_together(case_id, into_id or case_id)
    case, into = both[case_id], both.get(into_id or 0)
    _refuse(by, case, into or case)
    if (no := why_not_part(side(case), side(into) if into else None)) or into is None:
        raise Conflict(WHY_NOT[no or No.NOT_MERGED])
    reason, moment = _reason(words), now()
    merged = case.entries.filter(kind=_K.MERGED).order_by("-seq")[0]
    gathered = into.entries.get(seq=merged.data["seq"])
    keeps_date = into.entries.filter(seq__gt=gathered.seq).exclude(notified_via="").exists()
    into.merged_count -= 1
    parted = {"case": case.pk, "reference": case.reference, "kept": keeps_date}
    line = EntryDraft(_K.PARTED, by=Actor.staff(by), body=reason, data=parted)
    _write_to_head(into, line, None if keeps_date else _own_date(into, case.pk), moment)
    since = case.entries.filter(seq__gt=merged.seq)
    was_notified = since.filter(data__has_key="of").exclude(notified_via="").exists()
    channel = channel_to(case) if was_notified else Entry.NotifiedVia.NOBODY
    changes = _state_before(case, merged, since.filter(kind=_K.REPLIED).order_by("seq").first())
    for name, value in changes.items():
        setattr(case, name, value)
    reminder = str(merged.data["next_reminder_at"])  # if due in the meantime, it comes next
    case.next_reminder_at = datetime.fromisoformat(reminder) if reminder else None
    move_reminders(case, moment)
    data = {"from": into.pk, "reference": into.reference}
    line = EntryDraft(_K.UNMERGED, by=Actor.staff(by), body=reason, notified_via=channel, data=data)
    write_and_notify(case, line, beside=REMINDER_FIELDS, **changes)
    return case


@transaction.atomic
def link(*, case_id: int, other_id: int, by: User) -> CaseLink:
    """Links two related cases, which stay separate; once, in either order.

    Raises NotAllowed, NotFound, Conflict when both are the same case.
    """
    if case_id == other_id:
        raise Conflict(WHY_NOT[No.ITSELF])
    both = lock_together(case_id, other_id)
    _refuse(by, *both.values())
    case, other = both.values()
    case_link, created = CaseLink.objects.get_or_create(one=case, other=other, defaults={"at": now(), "by": by})
    if created:
        _write_both(_K.LINKED, case, other, by)
    return case_link


@transaction.atomic
def unlink(*, case_id: int, other_id: int, by: User) -> None:
    """Deletes a link, if there is one. Raises NotAllowed, NotFound."""
    both = lock_together(case_id, other_id)
    _refuse(by, *both.values())
    case, other = (both[pk] for pk in sorted((case_id, other_id)))
    if CaseLink.objects.filter(one=case, other=other).delete()[0]:
        _write_both(_K.UNLINKED, case, other, by)


def _write_both(kind: Entry.Kind, first: Case, second: Case, by: User) -> None:
    for case, other in ((first, second), (second, first)):
        write_entry(case, EntryDraft(kind, by=Actor.staff(by), data={"case": other.pk, "reference": other.reference}))


def _refuse(by: User, *cases: Case) -> None:
    if not all(may_merge(by, case) for case in cases):
        raise NotAllowed(_("Your role does not allow this on this request."))


def _reason(words: str, *, needed: bool = True) -> str:
    reason = words_or_refuse(words) if needed else words.strip()
    if len(reason) > LONGEST_REASON:
        raise Invalid.in_field("words", _("At most %(count)d characters.") % {"count": LONGEST_REASON})
    return reason


def _write_to_head(case: Case, line: EntryDraft, due: datetime | None, moment: datetime) -> None:
    """Writes the entry of the case that others are merged into, with its new due date if any."""
    if due is None:
        write_entry(case, line, beside=("merged_count",))
        return
    case.due_at = due
    move_reminders(case, moment)
    write_entry(case, line, beside=("merged_count", *REMINDER_FIELDS), due_at=due)


def _own_date(case: Case, parting: int) -> datetime | None:
    """The due date of the case without the one being unmerged; None when unchanged."""
    entries: list[Mapping[str, Any]] = list(case.entries.order_by("seq").values("kind", "at", "data"))
    moved = any(entry["kind"] == _K.GATHERED and entry["data"]["set"].get("due_at") for entry in entries)
    if not moved or not case.is_open or case.due_at is None:
        return None
    parted = {"kind": _K.PARTED, "at": now(), "data": {"case": parting}}
    due = count(case, [*entries, parted], working_calendar()).due_at
    return due if due is not None and abs(due - case.due_at) >= SAME else None


def _state_before(case: Case, merged: Entry, reply: Entry | None) -> dict[str, Any]:
    """The changes that restore the state before the merge, or in progress when the citizen answered its question."""
    if case.quiet_at:
        reason = {"closing_reason": ClosingReason.WITHDRAWN, "closed_at": case.quiet_at}
        return {"merged_into_id": None, "state": State.CLOSED, **reason}
    state = str(merged.data["was"])
    changes: dict[str, Any] = {"merged_into_id": None, "state": state, "closing_reason": "", "closed_at": None}
    if state == State.ASKED and reply is not None:
        changes |= {"state": State.WORKING, **clock_after(case, State.WORKING, reply.at)}
    return changes


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
