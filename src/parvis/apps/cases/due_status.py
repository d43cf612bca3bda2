"""Where a case and its promise stand, in words and in stones; no query."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, State
from parvis.apps.cases.sla_reminders import pauses_of
from parvis.apps.catalogue import promises
from parvis.apps.catalogue.clocks import Clock
from parvis.apps.catalogue.clocks import State as PromiseState
from parvis.apps.catalogue.models import Subject
from parvis.apps.catalogue.promises import Unit, counted_days, parse_duration, progress_days, promise
from parvis.apps.directory.calendar import WorkingCalendar
from parvis.apps.directory.queries import working_calendar
from parvis.lib.clock import now


def due_words(case: Case, lang: str | None = None) -> str:
    """The promise in words, in the given or the active language; empty for a comment or a closed case."""
    if case.due_at is None or not case.is_open:
        return ""
    return promises.words(case.due_at, now(), lang or get_language() or "fr", working_calendar(), unit=unit_of(case))


def state_words(case: Case) -> str:
    """Where the case stands, as one says it to the citizen."""
    return {
        State.NEW: _("Received"),
        State.WORKING: _("Being handled"),
        State.ASKED: _("Waiting for your answer"),
        State.WAITING: _("Waiting for someone else"),
        State.CLOSED: _("Ended"),
    }[State(case.state)]


def unit_of(case: Case) -> Unit:
    """The unit in which its promise is counted; business days when it has none, as what an earlier system promised."""
    return parse_duration(case.promise).unit if case.promise else "d"


def counted(case: Case, lang: str | None = None) -> str:
    """How the promise is counted ("5 jours ouvrables, congés exclus"); empty for a comment or a closed case."""
    if case.due_at is None or not case.is_open or not case.promise:
        return ""
    return promises.counted_words(case.promise, lang or get_language() or "fr")


def date_given(case: Case) -> bool:
    """Whether the date is one that was given instead of the first, by someone or by the clock: no count leads to it.

    A case that was reopened counts again from then; a date that is given is the end of a working day.
    """
    if case.promised_at is None or case.due_at is None or not case.promise:
        return False
    calendar = working_calendar()
    ends = calendar.end_of_day(calendar.local(case.due_at).date())
    return case.level == 0 or case.due_at == ends != promise(case.promised_at, case.promise, calendar).due_at


def ack_words(case: Case, lang: str | None = None) -> str:
    """By when someone takes charge, in words; empty once someone did, and when nothing was promised.

    Reads `subject`.
    """
    if case.ack_due_at is None or case.acknowledged_at or not case.is_open:
        return ""
    lang, unit = lang or get_language() or "fr", parse_duration(case.subject.ack).unit
    return promises.words(case.ack_due_at, now(), lang, working_calendar(), unit=unit)


def promise_preview(subject: Subject, lang: str | None = None) -> str:
    """What would be promised if a case of this subject were opened now, in words."""
    calendar = working_calendar()
    return promises.words(promise(now(), subject.target, calendar), now(), lang or get_language() or "fr", calendar)


@dataclass(frozen=True)
class AsOf:
    """What the rows of a page have in common: the moment when it is read, the working time, the language."""

    moment: datetime
    calendar: WorkingCalendar
    lang: str

    @classmethod
    def now(cls) -> "AsOf":
        """At this moment, in the active language."""
        return cls(now(), working_calendar(), get_language() or "fr")

    @cached_property
    def here(self) -> datetime:
        """The moment on the town's clock."""
        return self.calendar.local(self.moment)


@dataclass(frozen=True)
class Row:
    """One line of a queue: the case, and its promise as words, stones and state (on_time, soon, late, paused, '')."""

    case: Case
    as_of: AsOf
    left: str = ""
    promise_state: str = ""
    group: str = ""
    by_week: bool = False

    @cached_property
    def progress_days(self) -> list[str]:
        """The promise in stones, the weeks apart if asked; none when nothing is owed. Counted when it is shown."""
        case, as_of = self.case, self.as_of
        if case.due_at is None or not case.is_open:
            return []
        return progress_days(
            case.opened_at, case.due_at, pauses_of(case), as_of.moment, as_of.calendar, by_week=self.by_week
        )


def row(case: Case, *, by_week: bool = False, as_of: AsOf | None = None) -> Row:
    """A case with its promise made visible, the weeks of its stones apart if asked; no query.

    `as_of` serves all the rows of a page; else it is now.
    """
    as_of = as_of or AsOf.now()
    if case.due_at is None or not case.is_open:
        return Row(case, as_of)
    length = parse_duration(case.promise)
    clock = Clock(
        case.due_at,
        length,
        datetime.fromisoformat(case.pauses[-1][0]) if case.is_paused else None,
    )
    state = clock.state(as_of.moment, as_of.calendar)
    group = _group(as_of.calendar.local(case.due_at).date(), state, as_of.here.date())
    left = promises.left(case.due_at, as_of.moment, as_of.lang, as_of.calendar, unit=length.unit)
    return Row(case, as_of, left, str(state), group, by_week)


def _group(day: date, state: PromiseState, today: date) -> str:
    if state is PromiseState.LATE:
        return "late"
    if day <= today:
        return "today"
    return "week" if day <= today + timedelta(days=6 - today.weekday()) else "later"


def day_of(case: Case) -> tuple[int, int] | None:
    """Today's rank among the days of the promise, and their number; None outside, or for a single day.

    None too when the day's work is over, or is not to be: what is left is then counted from the next opening. A case
    that was reopened counts from then.
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
