"""The statistics of a period, counted from the records; each event counts on the day it happened."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import timezone

from parvis.apps.cases.models import Case, ClosingReason, Entry, State
from parvis.apps.cases.queries.reversals import closed_by_mistake, not_reversed, opens_again
from parvis.apps.cases.services.opening.legacy_cases import IMPORTED
from parvis.apps.catalogue.models import Nature
from parvis.apps.insight.rules.weeks import rank
from parvis.apps.intake.models import Contact, Matter
from parvis.lib.clock import now

_K = Entry.Kind
ANSWERS = (_K.ANSWERED, _K.ASKED, _K.PROMISED, _K.CLOSED, _K.CALLED)
NOT_ENDED_BY_US = [ClosingReason.WITHDRAWN.value, ClosingReason.EARLIER.value]


@dataclass(frozen=True)
class Figures:
    """What is counted. Hours and days are elapsed time, nights and weekends included; None: nothing to count.

    contacts: by channel. questions, answered: all matters, and those answered at once, without a request. opened:
    requests (comments excluded); merged: those merged into another one, so that reports and distinct problems can be
    told apart. first_*: hours from the opening of a request to the staff's first reply to its citizen, for replies in
    the period. closed, closing_*: requests closed, except withdrawn ones, and days since opening. due, kept: promises
    due in the period, not paused, and those closed by that date. moved: new dates given. reopened, handed_on: number of
    times. Imported, reversed and undone records are excluded.
    """

    contacts: dict[str, int] = field(default_factory=dict)
    questions: int = 0
    answered: int = 0
    opened: int = 0
    merged: int = 0
    first_answers: int = 0
    first_half: float | None = None
    first_nine_in_ten: float | None = None
    closed: int = 0
    closing_half: float | None = None
    closing_nine_in_ten: float | None = None
    due: int = 0
    kept: int = 0
    moved: int = 0
    reopened: int = 0
    handed_on: int = 0

    @property
    def share_answered(self) -> int | None:
        """Percent of the questions answered at once."""
        return _percent(self.answered, self.questions)

    @property
    def share_kept(self) -> int | None:
        """Percent of the due promises that were kept."""
        return _percent(self.kept, self.due)

    @property
    def distinct(self) -> int:
        """The number of distinct problems behind the requests opened, as far as known."""
        return self.opened - self.merged

    @property
    def all_contacts(self) -> int:
        return sum(self.contacts.values())

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def of_json(values: Mapping[str, Any]) -> Figures:
    """The stored figures; those not counted at the time are left at their defaults."""
    known = Figures.__dataclass_fields__
    return Figures(**{name: value for name, value in values.items() if name in known})


def count(first: date, last: date) -> Figures:
    """The figures of those days, both included, in the town's time zone. A dozen queries."""
    begin, end = _midnight(first), _midnight(last + timedelta(days=1))
    days = {"gte": begin, "lt": end}
    contacts = Contact.objects.filter(outbound=False, **_in("started_at", days)).exclude(state__in=Contact.SET_ASIDE)
    matters = Matter.objects.filter(**_in("at", days))
    cases = Case.objects.exclude(key__startswith=IMPORTED).exclude(nature=Nature.COMMENT)
    counted = Entry.objects.filter(not_reversed(), case__in=cases).exclude(closed_by_mistake()).exclude(opens_again())
    counted = counted.exclude(data__has_key="shown")  # copies of entries of the case it is merged into, counted there
    entries = counted.filter(**_in("at", days))
    opened = cases.filter(**_in("opened_at", days)).aggregate(n=Count("pk"), merged=Count("merged_into"))
    kinds = dict(entries.order_by().values_list("kind").annotate(n=Count("pk")))
    first_hours = _first_answers(entries, counted)
    closing_days = _closings(entries)
    due = cases.filter(merged_into=None, **_in("due_at", days)).exclude(state__in=(State.ASKED, State.WAITING))
    kept = due.filter(state=State.CLOSED, closed_at__lte=F("due_at"))
    return Figures(
        contacts=dict(contacts.order_by().values_list("channel").annotate(n=Count("pk"))),
        questions=matters.count(),
        answered=matters.filter(outcome=Matter.Outcome.ANSWERED).count(),
        opened=opened["n"],
        merged=opened["merged"],
        first_answers=len(first_hours),
        first_half=rank(first_hours, 0.5),
        first_nine_in_ten=rank(first_hours, 0.9),
        closed=len(closing_days),
        closing_half=rank(closing_days, 0.5),
        closing_nine_in_ten=rank(closing_days, 0.9),
        due=due.filter(Q(due_at__lt=now()) | Q(state=State.CLOSED)).count(),
        kept=kept.count(),
        moved=kinds.get(_K.PROMISED, 0),
        reopened=kinds.get(_K.REOPENED, 0),
        handed_on=kinds.get(_K.PASSED, 0),
    )


def _first_answers(entries: QuerySet[Entry], counted: QuerySet[Entry]) -> list[float]:
    """Hours from opening to the staff's first reply ever, for the cases whose first reply is in `entries`."""
    answers = Q(kind__in=ANSWERS, actor__isnull=False)
    recent = entries.filter(answers).order_by()
    first_in_period = dict(recent.values_list("case").annotate(first=Min("at")))
    replies = counted.filter(answers, case__in=recent.values("case")).order_by()
    rows = replies.values_list("case", "case__opened_at").annotate(first=Min("at"))
    return [_length(opened, first, 3600) for pk, opened, first in rows if first == first_in_period.get(pk)]


def _closings(entries: QuerySet[Entry]) -> list[float]:
    closed = entries.filter(kind=_K.CLOSED).exclude(data__reason__in=NOT_ENDED_BY_US)
    return [_length(opened, at, 86400) for opened, at in closed.values_list("case__opened_at", "at")]


def _length(since: datetime, until: datetime, unit: int) -> float:
    return max(0.0, (until - since).total_seconds() / unit)


def _in(name: str, days: Mapping[str, datetime]) -> dict[str, datetime]:
    return {f"{name}__{test}": moment for test, moment in days.items()}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None
