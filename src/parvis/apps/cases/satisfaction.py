"""What citizens think of what was closed: counts and shares, never a share without its count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf, TruncMonth
from django.utils.translation import get_language

from parvis.apps.cases.models import Opinion
from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.queries import working_calendar
from parvis.lib import quebec
from parvis.lib.languages import clean

AXES = ("subject", "department", "channel", "month")
FEW = 5


@dataclass(frozen=True)
class Line:
    """The opinions of one subject, department, channel or month.

    `satisfied` counts the marks of 4 and 5, `solved` the yeses, `reopened` what a bad opinion opened again.
    """

    label: str
    answers: int
    satisfied: int
    solved: int
    reopened: int

    @property
    def few(self) -> bool:
        """Whether there are too few answers to conclude anything."""
        return self.answers < FEW

    @property
    def satisfied_share(self) -> int:
        """In percent, rounded; 0 without an answer."""
        return _share(self.satisfied, self.answers)

    @property
    def solved_share(self) -> int:
        """In percent, rounded; 0 without an answer."""
        return _share(self.solved, self.answers)

    @property
    def satisfied_words(self) -> str:
        return quebec.percent(self.satisfied_share, get_language() or "fr")

    @property
    def solved_words(self) -> str:
        return quebec.percent(self.solved_share, get_language() or "fr")


def by(axis: str, since: datetime | None) -> list[Line]:
    """The opinions given since a moment (None: all), by one of AXES; the most numerous first, months the latest first.

    One query.
    """
    counted = {
        "answers": Count("pk"),
        "satisfied": Count("pk", filter=Q(mark__gte=Opinion.SATISFIED)),
        "solved": Count("pk", filter=Q(solved=True)),
        "reopened": Count("pk", filter=Q(reopening__isnull=False)),
    }
    rows = _grouped(axis, _since(since)).annotate(**counted)
    order = ("-axis",) if axis == "month" else ("-answers", "axis")
    return [
        Line(_label(axis, row["axis"]), *(row[name] for name in counted)) for row in rows.order_by(*order).iterator()
    ]


def whole(lines: Sequence[Line]) -> Line:
    """All these lines together."""
    sums = (sum(getattr(line, name) for line in lines) for name in ("answers", "satisfied", "solved", "reopened"))
    return Line("", *sums)


def last_words(since: datetime | None, limit: int) -> list[Opinion]:
    """The latest opinions that came with words, with their cases."""
    return list(_told(_since(since)).exclude(words="").order_by("-given_at", "-pk")[:limit])


def all_since(since: datetime | None) -> QuerySet[Opinion]:
    """Every opinion, the latest first, with its case: for an export."""
    return _told(_since(since)).order_by("-given_at", "-pk")


def _since(since: datetime | None) -> QuerySet[Opinion]:
    return Opinion.objects.filter(given_at__gte=since) if since else Opinion.objects.all()


def _told(rows: QuerySet[Opinion]) -> QuerySet[Opinion]:
    return rows.select_related("case__subject", "department")


def _grouped(axis: str, rows: QuerySet[Opinion]) -> Any:
    lang = clean(get_language())
    axes: dict[str, Any] = {
        "subject": _in(lang, "case__subject__title"),
        "department": _in(lang, "department__name"),
        "channel": F("case__channel"),
        "month": TruncMonth("given_at", tzinfo=working_calendar().zone),
    }
    return rows.values(axis=axes[axis])


def _in(lang: str, field: str) -> Any:
    """The text in that language; the French where it is empty."""
    return Coalesce(NullIf(F(f"{field}_{lang}"), Value("")), F(f"{field}_fr"))


def _label(axis: str, value: Any) -> str:
    if axis == "channel":
        return str(Channel(value).label) if value in Channel.values else str(value)
    if axis == "month":
        lang = clean(get_language())
        return f"{quebec.MONTHS[lang][value.month - 1]} {value.year}"
    return str(value)


def _share(part: int, of: int) -> int:
    return round(100 * part / of) if of else 0
