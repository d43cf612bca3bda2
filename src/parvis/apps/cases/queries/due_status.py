"""The status of a case and its promise, in words and as progress markers; no query."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, State
from parvis.apps.cases.queries.sla_reminders import pauses_of
from parvis.apps.catalogue.models import Subject
from parvis.apps.catalogue.rules import promises
from parvis.apps.catalogue.rules.clocks import Clock
from parvis.apps.catalogue.rules.promises import Unit, counted_days, parse_duration, progress_days, promise
from parvis.apps.directory.queries import working_calendar
from parvis.apps.directory.rules.calendar import WorkingCalendar
from parvis.lib.clock import now


def due_words(case: Case, lang: str | None = None) -> str:
    """The due date in words, in the given or the active language; empty for a comment or a closed case."""
    if case.due_at is None or not case.is_open:
        return ""
    return promises.words(case.due_at, now(), lang or get_language() or "fr", working_calendar(), unit=unit_of(case))


def state_words(case: Case) -> str:
    """The state of the case, worded for the citizen."""
    return {
        State.NEW: _("Received"),
        State.WORKING: _("Being handled"),
        State.ASKED: _("Waiting for your answer"),
        State.WAITING: _("Waiting for someone else"),
        State.CLOSED: _("Ended"),
    }[State(case.state)]


def unit_of(case: Case) -> Unit:
    """The unit of its promise; business days when it has none, such as a date imported from an earlier system."""
    return parse_duration(case.promise).unit if case.promise else "d"


def counted(case: Case, lang: str | None = None) -> str:
    """How the promise is counted ("5 jours ouvrables, congés exclus"); empty for a comment or a closed case."""
    if case.due_at is None or not case.is_open or not case.promise:
        return ""
    return promises.counted_words(case.promise, lang or get_language() or "fr")


def date_given(case: Case) -> bool:
    """Whether the due date was given by someone or by a reminder, rather than computed from the promise.

    A reopened case is computed again from its reopening; a date that is given is the end of a working day.
    """
    if case.promised_at is None or case.due_at is None or not case.promise:
        return False
    calendar = working_calendar()
    ends = calendar.end_of_day(calendar.local(case.due_at).date())
    return case.level == 0 or case.due_at == ends != promise(case.promised_at, case.promise, calendar).due_at


def ack_words(case: Case, lang: str | None = None) -> str:
    """By when someone takes charge, in words; empty once someone did or without a promise. Reads `subject`."""
    if case.ack_due_at is None or case.acknowledged_at or not case.is_open:
        return ""
    lang, unit = lang or get_language() or "fr", parse_duration(case.subject.ack).unit
    return promises.words(case.ack_due_at, now(), lang, working_calendar(), unit=unit)


def promise_preview(subject: Subject, lang: str | None = None) -> str:
    """The due date, in words, of a case of this subject opened now."""
    calendar = working_calendar()
    return promises.words(promise(now(), subject.target, calendar), now(), lang or get_language() or "fr", calendar)


def promise_day(subject: Subject) -> date:
    """The local day by which a case of this subject opened now is promised."""
    calendar = working_calendar()
    return calendar.local(promise(now(), subject.target, calendar).due_at).date()


@dataclass(frozen=True)
class AsOf:
    """Values shared by the rows of a page: the current moment, the working calendar, the language."""

    moment: datetime
    calendar: WorkingCalendar
    lang: str

    @classmethod
    def now(cls) -> "AsOf":
        """At this moment, in the active language."""
        return cls(now(), working_calendar(), get_language() or "fr")

    @cached_property
    def here(self) -> datetime:
        """The moment in the town's time zone."""
        return self.calendar.local(self.moment)

    @cached_property
    def today(self) -> date:
        """The day in the town."""
        return self.here.date()


@dataclass(frozen=True)
class Row:
    """One row of a list: the case, and its promise in words, markers and a state. Each is computed on display."""

    case: Case
    as_of: AsOf
    by_week: bool = False

    @cached_property
    def left(self) -> str:
        """The time left, in words; empty without a due date."""
        case, as_of = self.case, self.as_of
        if case.due_at is None or not case.is_open:
            return ""
        return promises.left(case.due_at, as_of.moment, as_of.lang, as_of.calendar, unit=unit_of(case))

    @cached_property
    def promise_state(self) -> str:
        """on_time, soon, late, paused, or "" without a due date."""
        case, as_of = self.case, self.as_of
        if case.due_at is None or not case.is_open:
            return ""
        paused_since = datetime.fromisoformat(case.pauses[-1][0]) if case.is_paused else None
        return str(Clock(case.due_at, parse_duration(case.promise), paused_since).state(as_of.moment, as_of.calendar))

    @cached_property
    def group(self) -> str:
        """late, today, week or later, whether paused or not; "" without a due date. A paused promise is not late."""
        case, as_of = self.case, self.as_of
        if case.due_at is None or not case.is_open:
            return ""
        if as_of.moment > case.due_at and not case.is_paused:
            return "late"
        day = as_of.calendar.local(case.due_at).date()
        if day <= as_of.today:
            return "today"
        return "week" if day <= as_of.today + timedelta(days=6 - as_of.today.weekday()) else "later"

    @cached_property
    def progress_days(self) -> list[str]:
        """The progress markers, weeks set apart with `by_week`; empty without a due date."""
        case, as_of = self.case, self.as_of
        if case.due_at is None or not case.is_open:
            return []
        return progress_days(
            case.opened_at, case.due_at, pauses_of(case), as_of.moment, as_of.calendar, by_week=self.by_week
        )


def row(case: Case, *, by_week: bool = False, as_of: AsOf | None = None) -> Row:
    """The row of a case; no query. `as_of` is shared by the rows of a page, and defaults to now."""
    return Row(case, as_of or AsOf.now(), by_week)


def day_of(case: Case) -> tuple[int, int] | None:
    """Today's rank among the days of the promise, and their number; None outside, or for a single day.

    Also None outside working hours, as the time left counts from the next opening. Reopening restarts the count.
    """
    if case.due_at is None:
        return None
    calendar, moment, unit = working_calendar(), now(), unit_of(case)
    if unit not in ("D", "H") and calendar.is_day_over(moment):
        return None
    since = case.promised_at if case.level and case.promised_at and not date_given(case) else case.opened_at
    total = counted_days(since, case.due_at, calendar, unit)
    at = counted_days(since, moment, calendar, unit)
    return (at, total) if 0 < at <= total and total > 1 else None
