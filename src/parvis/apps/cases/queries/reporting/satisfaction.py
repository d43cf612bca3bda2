"""Satisfaction statistics from opinions; a share is never shown without its count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf, TruncMonth
from django.utils.translation import get_language

from parvis.apps.cases.models import Opinion
from parvis.apps.cases.queries.access import unrestricted
from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.queries import working_calendar
from parvis.lib import quebec
from parvis.lib.i18n.languages import clean

AXES = ("subject", "department", "channel", "month")
FEW = 5


@dataclass(frozen=True)
class Satisfaction:
    """The opinions of one subject, department, channel or month.

    `satisfied` counts the marks of 4 and 5, `solved` the yes answers, `reopened` the cases reopened by a bad opinion.
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


def by(axis: str, since: datetime | None) -> list[Satisfaction]:
    """The opinions given since a moment (None: all) by one of AXES, largest group or latest month first; one query."""
    counted = {
        "answers": Count("pk"),
        "satisfied": Count("pk", filter=Q(mark__gte=Opinion.SATISFIED)),
        "solved": Count("pk", filter=Q(solved=True)),
        "reopened": Count("pk", filter=Q(reopening__isnull=False)),
    }
    rows = _grouped(axis, _given_since(since)).annotate(**counted)
    order = ("-axis",) if axis == "month" else ("-answers", "axis")
    return [
        Satisfaction(_label(axis, row["axis"]), *(row[name] for name in counted))
        for row in rows.order_by(*order).iterator()
    ]


def whole(lines: Sequence[Satisfaction]) -> Satisfaction:
    """The total of these lines."""
    sums = (sum(getattr(line, name) for line in lines) for name in ("answers", "satisfied", "solved", "reopened"))
    return Satisfaction("", *sums)


def last_words(since: datetime | None, limit: int) -> list[Opinion]:
    """The latest opinions with words, with their cases."""
    return list(all_since(since).exclude(words="")[:limit])


def all_since(since: datetime | None) -> QuerySet[Opinion]:
    """Every opinion, latest first, with its case; none of a restricted subject, nor of a request carried over."""
    return _given_since(since).select_related("case__subject", "department").order_by("-given_at", "-pk")


def _given_since(since: datetime | None) -> QuerySet[Opinion]:
    rows = Opinion.objects.filter(unrestricted("case__"), case__carried_over_at=None)
    return rows.filter(given_at__gte=since) if since else rows


def _grouped(axis: str, rows: QuerySet[Opinion]) -> Any:
    lang = clean(get_language())
    axes: dict[str, Any] = {
        "subject": _localized(lang, "case__subject__title"),
        "department": _localized(lang, "department__name"),
        "channel": F("case__channel"),
        "month": TruncMonth("given_at", tzinfo=working_calendar().zone),
    }
    return rows.values(axis=axes[axis])


def _localized(lang: str, field: str) -> Any:
    """The text in that language; in French when empty."""
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
