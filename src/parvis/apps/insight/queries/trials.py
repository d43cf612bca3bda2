"""The stored baseline of a trial."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.queries import town
from parvis.apps.insight.models import Week
from parvis.apps.insight.queries.figures import Figures, of_json
from parvis.lib.clock import today
from parvis.lib.errors import NotFound


@dataclass(frozen=True)
class Trial:
    """The period of the town's trial, both days included."""

    since: date
    until: date

    @property
    def runs(self) -> bool:
        """Whether today is in the trial."""
        return self.since <= today() <= self.until


@dataclass(frozen=True)
class TrialWeek:
    """One week of the baseline with its figures."""

    week: Week
    figures: Figures

    @property
    def channels(self) -> list[tuple[str, int]]:
        """The contacts by channel label in the active language, busiest first, without empty channels."""
        counted = sorted(self.figures.contacts.items(), key=lambda pair: -pair[1])
        return [(str(Channel(channel).label), n) for channel, n in counted if channel in Channel.values]


def trial() -> Trial | None:
    """The town's trial, over or not; None when there was none, or no town is loaded. No query of its own."""
    try:
        current = town()
    except NotFound:
        return None
    return Trial(current.trial_since, current.trial_until) if current.trial_since and current.trial_until else None


def baseline() -> list[TrialWeek]:
    """The weeks of the baseline, latest first. One query, from the stored figures."""
    return [TrialWeek(week, of_json(week.figures)) for week in Week.objects.order_by("-monday")]


def as_rows(lines: Iterable[TrialWeek]) -> list[dict[str, Any]]:
    """The weeks as plain values, earliest first."""
    return [
        {
            "first_day": line.week.first_day.isoformat(),
            "last_day": line.week.last_day.isoformat(),
            "frozen": line.week.frozen_at is not None,
            **line.figures.as_json(),
            "distinct": line.figures.distinct,
            "share_answered": line.figures.share_answered,
            "share_kept": line.figures.share_kept,
        }
        for line in sorted(lines, key=lambda line: line.week.monday)
    ]


def as_csv(lines: Iterable[TrialWeek]) -> str:
    """The weeks as CSV, one line each, with a column per contact channel."""
    out = StringIO()
    rows = as_rows(lines)
    for row in rows:
        contacts = row.pop("contacts")
        row |= {f"contacts_{channel}": contacts.get(channel, 0) for channel in Channel.values}
    writer = csv.DictWriter(out, list(rows[0]) if rows else ["first_day", "last_day"], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
