"""Automatic actions on cases: warnings, a new date before the first one is missed, the end of a wait."""

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, Entry, State
from parvis.apps.cases.queries.language_choice import language_of
from parvis.apps.cases.queries.reporting.resolution_times import resolution_times
from parvis.apps.cases.queries.sla_reminders import LAST_REMINDER, REMINDER_FIELDS, set_reminders, wait_ends
from parvis.apps.cases.queries.warnings import BROKEN, MOVED, SLIPS, UNTAKEN, WAITED
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services.journal import EntryDraft
from parvis.apps.cases.services.staff_notifications import warn
from parvis.apps.cases.services.transitions import apply_transition, channel_to, lock_case
from parvis.apps.catalogue.rules.clocks import WARNED_AT, honest_date
from parvis.apps.catalogue.rules.promises import counted_days, parse_duration
from parvis.apps.directory.queries import working_calendar
from parvis.lib.clock import now
from parvis.lib.database.rows import update

AT_ONCE = 500


def process_due_reminders() -> int:
    """Processes the due reminders of at most 500 cases; returns how many. Safe to run at any time.

    Warns the owner at half of a promise, then at 80 %. Just before it is missed, gives the citizen a new date, once per
    promise; the second time, tells the head of the department that a person must give one. Ends a wait that reached its
    maximum. Warns the department when nobody took charge in time.
    """
    _initialise()
    cases = Case.objects.exclude(state=State.CLOSED).filter(next_reminder_at__lte=now()).order_by("next_reminder_at")
    case_ids = list(cases.values_list("pk", flat=True)[:AT_ONCE])
    for case_id in case_ids:
        _process_one(case_id)
    return len(case_ids)


def _initialise() -> None:
    """Sets the reminders of cases without any, such as imported ones; those already due count as sent."""
    cases = Case.objects.exclude(state=State.CLOSED).filter(due_at__isnull=False)
    cases = cases.filter(next_reminder_at=None, reminders_sent=0)
    for case_id in list(cases.values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            case = lock_case(case_id)
            _save_reminders(case, now())


def _save_reminders(case: Case, moment: datetime) -> None:
    set_reminders(case, moment)
    update(case, *REMINDER_FIELDS)


@transaction.atomic
def _process_one(case_id: int) -> None:
    case, moment = lock_case(case_id), now()
    if not case.is_open or case.next_reminder_at is None or case.next_reminder_at > moment or case.due_at is None:
        return
    if case.is_paused:
        _end_wait(case, moment)
        return
    sent, planned_at = case.reminders_sent, case.next_reminder_at
    _save_reminders(case, moment)
    if case.ack_due_at and not case.acknowledged_at and planned_at <= case.ack_due_at <= moment:
        warn(case, UNTAKEN)
    if case.reminders_sent > sent:
        _remind(case, case.reminders_sent, moment)


def _remind(case: Case, reminder: int, moment: datetime) -> None:
    if reminder < LAST_REMINDER:
        warn(case, str(WARNED_AT[reminder - 1]))
    elif case.due_at and case.due_at > moment and not _postponed_before(case):
        _postpone(case, moment)
        warn(case, MOVED)
    else:
        warn(case, BROKEN if case.due_at and case.due_at <= moment else SLIPS, head=True)


def _postponed_before(case: Case) -> bool:
    """Whether `_postpone` ran since the case was opened, or last reopened."""
    return case.entries.filter(kind=Entry.Kind.PROMISED, actor=None, data__level=case.level).exists()


def _postpone(case: Case, moment: datetime) -> None:
    """Gives the citizen a realistic new date, with the reason."""
    calendar, was = working_calendar(), case.due_at or moment
    times = resolution_times(case.subject, case.address.sector if case.address else None)
    usual, spent = times.nine_in_ten if times else 0, counted_days(case.opened_at, was, calendar)
    due = honest_date(was, parse_duration(case.promise), calendar, usual=usual, spent=max(0, spent))
    language, as_usual = language_of(case), times is not None and usual > spent
    line = EntryDraft(
        Entry.Kind.PROMISED,
        body=_postponement_words(language, as_usual),
        notified_via=channel_to(case),
        data={"was": was.isoformat(), "level": case.level, "by_the_clock": True},
        other=_postponement_words("en" if language == "fr" else "fr", as_usual),
    )
    case.promised_at = moment
    apply_transition(case, Transition.NEW_DATE, line, due_at=due)


def _postponement_words(language: str, as_usual: bool) -> str:
    with translation.override(language):
        words = _("The work is not finished, and we would rather tell you before the date we had promised.")
        if as_usual:
            words += " " + _("The new date follows the time that the last requests of this kind took.")
    return words


def _end_wait(case: Case, moment: datetime) -> None:
    ends = wait_ends(case)
    if ends is None or ends > moment:  # the calendar, or the longest wait, changed since
        _save_reminders(case, moment)
        return
    with translation.override("fr"):
        words = _("The longest wait is over: the clock of the promise runs again.")
    apply_transition(case, Transition.RESUME, EntryDraft(Entry.Kind.RESUMED, body=words, data={"by_the_clock": True}))
    warn(case, WAITED)
