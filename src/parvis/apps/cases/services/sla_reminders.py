"""What the clocks of the cases do by themselves: warn, give an honest new date before the first slips, end a wait."""

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.cases.journal import EntryDraft
from parvis.apps.cases.language_choice import language_of
from parvis.apps.cases.models import Case, Entry, State
from parvis.apps.cases.resolution_times import resolution_times
from parvis.apps.cases.services.moves import apply_move, channel_to, lock
from parvis.apps.cases.services.staff_notifications import warn
from parvis.apps.cases.sla_reminders import LAST_REMINDER, REMINDER_FIELDS, set_reminders, wait_ends
from parvis.apps.cases.states import Move
from parvis.apps.cases.warnings import BROKEN, MOVED, SLIPS, UNTAKEN, WAITED
from parvis.apps.catalogue.clocks import WARNED_AT, honest_date
from parvis.apps.catalogue.promises import counted_days, parse_duration
from parvis.apps.directory.queries import working_calendar
from parvis.lib.clock import now
from parvis.lib.rows import update

AT_ONCE = 500


def process_due_reminders() -> int:
    """Says what the clocks have to say by now, of 500 cases at most; returns of how many. Safe to run at any moment.

    Half of a promise gone, then 80 %: its owner is warned. Just before it breaks, the citizen gets an honest new date,
    once for each promise; the second time the head of the department is told that a person must give one. A wait that
    lasted as long as it may ends. Nobody having taken charge in time is told to the department.
    """
    _wind_up()
    moment = now()
    due = Case.objects.exclude(state=State.CLOSED).filter(next_reminder_at__lte=moment).order_by("next_reminder_at")
    result = list(due.values_list("pk", flat=True)[:AT_ONCE])
    for case_id in result:
        _process_one(case_id)
    return len(result)


def _wind_up() -> None:
    """Sets the reminders of cases that have none yet: imported, or opened before there were any. Those due are past."""
    silent = Case.objects.exclude(state=State.CLOSED).filter(
        next_reminder_at=None, reminders_sent=0, due_at__isnull=False
    )
    for case_id in list(silent.values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            case = lock(case_id)
            set_reminders(case, now())
            update(case, *REMINDER_FIELDS)


@transaction.atomic
def _process_one(case_id: int) -> None:
    case, moment = lock(case_id), now()
    if not case.is_open or case.next_reminder_at is None or case.next_reminder_at > moment or case.due_at is None:
        return
    if case.is_paused:
        _end_wait(case, moment)
        return
    before, asked_at = case.reminders_sent, case.next_reminder_at
    set_reminders(case, moment)
    update(case, *REMINDER_FIELDS)
    if case.ack_due_at and not case.acknowledged_at and asked_at <= case.ack_due_at <= moment:
        warn(case, UNTAKEN)
    if case.reminders_sent > before:
        _remind(case, case.reminders_sent, moment)


def _remind(case: Case, reminder: int, moment: datetime) -> None:
    if reminder < LAST_REMINDER:
        warn(case, str(WARNED_AT[reminder - 1]))
    elif case.due_at and case.due_at > moment and not _moved_before(case):
        _give_date(case, moment)
        warn(case, MOVED)
    else:
        warn(case, BROKEN if case.due_at and case.due_at <= moment else SLIPS, head=True)


def _moved_before(case: Case) -> bool:
    """Whether the house gave a date by itself since the case was opened, or reopened last."""
    return case.entries.filter(kind=Entry.Kind.PROMISED, actor=None, data__level=case.level).exists()


def _give_date(case: Case, moment: datetime) -> None:
    """Tells the citizen, in the channel they use, the honest new date and why."""
    calendar, was = working_calendar(), case.due_at or moment
    past = resolution_times(case.subject, case.address.sector if case.address else None)
    spent = counted_days(case.opened_at, was, calendar)
    length = parse_duration(case.promise)
    due = honest_date(was, length, calendar, usual=past.nine_in_ten if past else 0, spent=max(0, spent))
    written = language_of(case)
    as_usual = bool(past and past.nine_in_ten > spent)
    words, other = (_moved_words(lang, as_usual) for lang in (written, "en" if written == "fr" else "fr"))
    line = EntryDraft(
        Entry.Kind.PROMISED,
        body=words,
        notified_via=channel_to(case),
        data={"was": was.isoformat(), "level": case.level, "by_the_clock": True},
        other=other,
    )
    case.promised_at = moment
    apply_move(case, Move.NEW_DATE, line, due_at=due)


def _moved_words(language: str, as_usual: bool) -> str:
    with translation.override(language):
        words = _("The work is not finished, and we would rather tell you before the date we had promised.")
        if as_usual:
            words += " " + _("The new date follows the time that the last requests of this kind took.")
    return words


def _end_wait(case: Case, moment: datetime) -> None:
    ends = wait_ends(case)
    if ends is None or ends > moment:  # the calendar, or the longest wait, changed since
        set_reminders(case, moment)
        update(case, *REMINDER_FIELDS)
        return
    with translation.override("fr"):
        words = _("The longest wait is over: the clock of the promise runs again.")
    apply_move(case, Move.RESUME, EntryDraft(Entry.Kind.RESUMED, body=words, data={"by_the_clock": True}))
    warn(case, WAITED)
