"""The baseline of a trial, as it is kept."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.queries import town
from parvis.apps.insight.figures import Figures, of_json
from parvis.apps.insight.models import Week
from parvis.lib.clock import today
from parvis.lib.errors import NotFound


@dataclass(frozen=True)
class Trial:
    """The days of the trial of this town, both counted."""

    since: date
    until: date

    @property
    def runs(self) -> bool:
        """Whether today is one of its days."""
        return self.since <= today() <= self.until


@dataclass(frozen=True)
class Line:
    """One week of the baseline: its row, and its figures."""

    week: Week
    figures: Figures

    @property
    def channels(self) -> list[tuple[str, int]]:
        """The contacts of each channel that had some, by its name in the active language, the busiest first."""
        counted = sorted(self.figures.contacts.items(), key=lambda pair: -pair[1])
        return [(str(Channel(channel).label), n) for channel, n in counted if channel in Channel.values]


def trial() -> Trial | None:
    """The trial of this town, over or not; None when there was none, or no town is loaded. No query of its own."""
    try:
        here = town()
    except NotFound:
        return None
    return Trial(here.trial_since, here.trial_until) if here.trial_since and here.trial_until else None


def baseline() -> list[Line]:
    """The weeks of the baseline, the latest first. One query: nothing is counted again."""
    return [Line(week, of_json(week.figures)) for week in Week.objects.order_by("-monday")]


def as_rows(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """The weeks as plain values, the earliest first."""
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


def as_csv(lines: Iterable[Line]) -> str:
    """The weeks as CSV, one line each, the contacts of each channel in a column of its own."""
    out = StringIO()
    rows = as_rows(lines)
    flat = [
        {name: value for name, value in row.items() if name != "contacts"}
        | {f"contacts_{channel}": row["contacts"].get(channel, 0) for channel in Channel.values}
        for row in rows
    ]
    names = list(flat[0]) if flat else ["first_day", "last_day"]
    writer = csv.DictWriter(out, names, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue()
