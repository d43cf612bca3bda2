"""The staff's transitions on a case, from taking it to closing it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, ClosingReason, Entry
from parvis.apps.cases.queries.assigning import Assigned, assigned
from parvis.apps.cases.queries.language_choice import LanguageChoice
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services.journal import EntryDraft
from parvis.apps.cases.services.merging.group_words import refuse_empty_holes, refuse_words
from parvis.apps.cases.services.merging.merge_propagation import in_both
from parvis.apps.cases.services.misrouting import learn, sent_by
from parvis.apps.cases.services.transitions import apply_transition, channel_to, locked_for, words_or_refuse
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.directory.models import Actor, Department, User
from parvis.apps.directory.queries import stand_in, working_calendar
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.files.models import Attachment
from parvis.lib.clock import now
from parvis.lib.errors import Invalid

NOT_CHOSEN = (ClosingReason.WITHDRAWN, ClosingReason.EARLIER, ClosingReason.MERGED)
CLOSING_REASONS = [reason for reason in ClosingReason if reason not in NOT_CHOSEN]
"""The reasons offered to the staff: a comment closes as passed on, anything else with one of the others."""
FARTHEST = 1500  # maximum days ahead of a date given to a citizen


@transaction.atomic
def take(*, case_id: int, by: User, expect: int | None = None) -> Case:
    """Makes `by` the owner, and puts the case in progress."""
    case = locked_for(case_id, Transition.TAKE, by, expect)
    line = EntryDraft(Entry.Kind.TAKEN, by=Actor.staff(by), data={"owner": by.username})
    apply_transition(case, Transition.TAKE, line, owner_id=by.pk)
    return case


@transaction.atomic
def assign(*, case_id: int, to: User, by: User, expect: int | None = None) -> Case:
    """Assigns the case to a colleague of the same department, or to their delegate when they are away today.

    Raises Invalid (field `to`) when the colleague does not work on that department's cases.
    """
    case = locked_for(case_id, Transition.ASSIGN, by, expect)
    person = stand_in(to, _today(), department=case.department_id)
    if not to.may_in(Action.WORK_CASE, case.department_id):
        raise Invalid.in_field("to", _("Choose someone of this department."))
    line = EntryDraft(Entry.Kind.ASSIGNED, by=Actor.staff(by), data={"to": to.username, "stand_in": person.username})
    apply_transition(case, Transition.ASSIGN, line, owner_id=person.pk)
    return case


@transaction.atomic
def reassign(*, case_id: int, to: User | None, left_by: User, by: User) -> Case:
    """Moves a case from someone who left to a colleague, or their delegate when away today; None: to the queue.

    Does nothing when `left_by` no longer owns it. Raises NotAllowed unless `by` works on any case.
    """
    case = locked_for(case_id, Transition.REASSIGN, by)
    if case.owner_id != left_by.pk:
        return case
    person = stand_in(to, _today(), department=case.department_id) if to else None
    data = {"to": to.username if to else "", "left_by": left_by.username}
    data |= {"stand_in": person.username} if person and person != to else {}
    line = EntryDraft(Entry.Kind.ASSIGNED, by=Actor.staff(by), data=data)
    apply_transition(case, Transition.REASSIGN, line, owner_id=person.pk if person else None)
    return case


@transaction.atomic
def ask(
    *, case_id: int, words: str, by: User, expect: int | None = None, language_choice: LanguageChoice | None = None
) -> Case:
    """Asks the citizen a question: the promise's clock is paused until the reply.

    Raises Invalid, field `words`, when the citizen cannot be reached.
    """
    case = locked_for(case_id, Transition.ASK, by, expect)
    channel = channel_to(case)
    if channel == Entry.NotifiedVia.NOBODY:
        raise Invalid(
            _("Nobody can be asked: this request has neither e-mail nor phone number."),
            {"words": _("This request has neither e-mail nor phone number.")},
        )
    body = words_or_refuse(words)
    refuse_empty_holes(case, by, words=body)
    line = EntryDraft(Entry.Kind.ASKED, by=Actor.staff(by), body=body, notified_via=channel)
    apply_transition(case, Transition.ASK, line, language_choice=language_choice)
    return case


@transaction.atomic
def answer(
    *,
    case_id: int,
    words: str,
    by: User,
    other: str = "",
    expect: int | None = None,
    language_choice: LanguageChoice | None = None,
) -> Case:
    """Writes to the citizen without closing; resumes a paused clock. `other`: see `merge_propagation.in_both`."""
    case = locked_for(case_id, Transition.ANSWER, by, expect)
    body, other = words_or_refuse(words), in_both(case, other, language_choice)
    refuse_words(case, by, words=body, other=other)
    line = EntryDraft(Entry.Kind.ANSWERED, by=Actor.staff(by), body=body, notified_via=channel_to(case), other=other)
    apply_transition(case, Transition.ANSWER, line, language_choice=language_choice)
    return case


@transaction.atomic
def note(*, case_id: int, words: str, by: User, expect: int | None = None) -> Case:
    """Adds an internal note, never shown to the citizen."""
    case = locked_for(case_id, Transition.NOTE, by, expect)
    apply_transition(
        case, Transition.NOTE, EntryDraft(Entry.Kind.NOTED, by=Actor.staff(by), body=words_or_refuse(words))
    )
    return case


@transaction.atomic
def wait(*, case_id: int, words: str, by: User, expect: int | None = None) -> Case:
    """Waits for a third party, named in the words: the clock is paused."""
    case = locked_for(case_id, Transition.WAIT, by, expect)
    apply_transition(
        case, Transition.WAIT, EntryDraft(Entry.Kind.WAITING, by=Actor.staff(by), body=words_or_refuse(words))
    )
    return case


@transaction.atomic
def resume(*, case_id: int, by: User, words: str = "", expect: int | None = None) -> Case:
    """Resumes the clock: the due date moves by the working time of the pause."""
    case = locked_for(case_id, Transition.RESUME, by, expect)
    apply_transition(case, Transition.RESUME, EntryDraft(Entry.Kind.RESUMED, by=Actor.staff(by), body=words.strip()))
    return case


@transaction.atomic
def pass_on(
    *,
    case_id: int,
    department: Department,
    words: str,
    by: User,
    receiver: User | None = None,
    expect: int | None = None,
) -> Case:
    """Sends the case to another department, with the reason; the due date is unchanged. Each hand-off is counted.

    Raises Invalid: `department` when the case is already there or it is an outside body, `words` without a reason,
    `receiver` when that person does not work there.
    """
    case = locked_for(case_id, Transition.PASS_ON, by, expect)
    if department.pk == case.department_id:
        raise Invalid(_("It is there already."), {"department": _("The request is in this department already.")})
    if department.kind == Department.Kind.EXTERNAL:
        text = _("This is an outside body: close the request as not the town's, with the right door.")
        raise Invalid(text, {"department": text})
    if receiver and not receiver.may_in(Action.WORK_CASE, department.pk):
        raise Invalid.in_field("receiver", _("Choose someone of that department."))
    if receiver is None:
        assignment = assigned(department, subject_id=case.subject_id, on=_today(), but=by)
    else:
        assignment = Assigned(stand_in(receiver, _today(), department=department.pk))
    left, misrouted_to = case.department, sent_by(case)
    data: dict[str, Any] = {"from": left.slug, "to": department.slug}
    data |= {"bounced_from": misrouted_to} if misrouted_to else {}
    data |= {"assigned": assignment.why} if assignment.why else {}
    line = EntryDraft(Entry.Kind.PASSED, by=Actor.staff(by), body=words_or_refuse(words), data=data)
    apply_transition(
        case,
        Transition.PASS_ON,
        line,
        department_id=department.pk,
        owner_id=assignment.user.pk if assignment.user else None,
        hand_offs=case.hand_offs + 1,
    )
    misrouted = Department.objects.filter(slug=misrouted_to).first() if misrouted_to else None
    learn(case, left=misrouted or left, to=department, counted=misrouted is not None)
    return case


@transaction.atomic
def hand_over(*, case_id: int, receiver: User, by: User, words: str = "", expect: int | None = None) -> Case:
    """Records a warm transfer of the call to `receiver`, who becomes the owner if they work in the department."""
    case = locked_for(case_id, Transition.HAND_OVER, by, expect)
    works_there = receiver.may_in(Action.WORK_CASE, case.department_id)
    changes: dict[str, Any] = {"owner_id": receiver.pk} if works_there else {}
    line = EntryDraft(Entry.Kind.HANDED, by=Actor.staff(by), body=words.strip(), data={"to": receiver.username})
    apply_transition(case, Transition.HAND_OVER, line, **changes)
    return case


@transaction.atomic
def new_date(
    *,
    case_id: int,
    due: date,
    words: str,
    by: User,
    other: str = "",
    expect: int | None = None,
    language_choice: LanguageChoice | None = None,
) -> Case:
    """Gives the citizen a new due date (the end of that working day), with the reason.

    Raises Invalid, field `due`, when the day is past, not worked, or more than FARTHEST days away.
    """
    case = locked_for(case_id, Transition.NEW_DATE, by, expect)
    _refuse_far("due", due)
    calendar = working_calendar()
    if due <= _today() or not calendar.is_working_day(due):
        raise Invalid.in_field("due", _("Choose a working day to come."))
    data = {"was": case.due_at.isoformat() if case.due_at else ""}
    body, other = words_or_refuse(words), in_both(case, other, language_choice)
    refuse_words(case, by, words=body, other=other)
    channel = channel_to(case)
    line = EntryDraft(Entry.Kind.PROMISED, by=Actor.staff(by), body=body, notified_via=channel, data=data, other=other)
    case.promised_at = now()
    changes: dict[str, Any] = {"due_at": calendar.end_of_day(due)}
    if not case.promise:  # carried over from an earlier system: this is its first promise
        changes["promise"] = case.subject.target
    apply_transition(case, Transition.NEW_DATE, line, language_choice=language_choice, **changes)
    return case


def _refuse_far(field: str, day: date) -> None:
    if day > _today() + timedelta(days=FARTHEST):
        raise Invalid.in_field(field, _("Choose a day within four years."))


@transaction.atomic
def plan_visit(
    *,
    case_id: int,
    day: date,
    words: str,
    by: User,
    other: str = "",
    expect: int | None = None,
    language_choice: LanguageChoice | None = None,
) -> Case:
    """Tells the citizen the day of a visit, by whom and what for; the due date is unchanged.

    Raises Invalid, field `day`, when the day is past, or more than FARTHEST days away.
    """
    case = locked_for(case_id, Transition.VISIT, by, expect)
    _refuse_far("day", day)
    if day < _today():
        raise Invalid.in_field("day", _("Choose a day to come."))
    body, other = words_or_refuse(words), in_both(case, other, language_choice)
    refuse_words(case, by, words=body, other=other)
    line = EntryDraft(Entry.Kind.VISIT, by=Actor.staff(by), body=body, notified_via=channel_to(case), other=other)
    apply_transition(case, Transition.VISIT, line, language_choice=language_choice, visit_on=day)
    return case


@transaction.atomic
def close(
    *,
    case_id: int,
    reason: str,
    words: str,
    by: User,
    proof: str = "",
    photos: Sequence[Attachment] = (),
    other: str = "",
    expect: int | None = None,
    language_choice: LanguageChoice | None = None,
) -> Case:
    """Closes the case with one of CLOSING_REASONS and words for the citizen.

    `DONE` requires the subject's proof: words, or a photo or work order. Raises Invalid (reason, words, proof, other).
    """
    case = locked_for(case_id, Transition.CLOSE, by, expect)
    if reason not in CLOSING_REASONS:
        raise Invalid.in_field("reason", _("Choose why it closes."))
    comment = case.nature == Nature.COMMENT
    if comment != (reason == ClosingReason.PASSED):
        raise Invalid.in_field("reason", _("A comment closes as passed on; anything else does not."))
    body = words.strip() if comment else words_or_refuse(words)
    if reason == ClosingReason.DONE:
        _require_proof(case.subject, proof, photos)
    other = in_both(case, other, language_choice)
    refuse_words(case, by, words=body, other=other, proof=proof)
    line = EntryDraft(
        Entry.Kind.CLOSED,
        by=Actor.staff(by),
        body=body,
        proof=proof.strip(),
        notified_via=Entry.NotifiedVia.NOBODY if comment and not body else channel_to(case),
        data={"reason": reason},
        photos=photos,
        other=other,
    )
    apply_transition(
        case, Transition.CLOSE, line, language_choice=language_choice, closing_reason=reason, closed_at=now()
    )
    return case


def _require_proof(subject: Subject, proof: str, photos: Sequence[Attachment]) -> None:
    if subject.proof == Subject.Proof.PHOTO and not (photos or proof.strip()):
        raise Invalid.in_field("proof", _("This subject asks for a proof: a photo, or the number of the work order."))
    if subject.proof == Subject.Proof.WORDS and not proof.strip():
        raise Invalid.in_field("proof", _("This subject asks for a proof: say what was done and seen."))


def _today() -> date:
    return working_calendar().local(now()).date()
