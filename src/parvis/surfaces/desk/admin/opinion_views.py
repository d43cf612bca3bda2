"""Citizens' opinions of closed cases, for managers."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.models import Opinion
from parvis.apps.cases.queries.reporting import satisfaction
from parvis.apps.directory.queries import working_calendar
from parvis.apps.directory.rules.permissions import Action
from parvis.lib.clock import now
from parvis.lib.ingest.csv_files import escape_csv_formula
from parvis.surfaces.desk.gate import password_again, requires

AXES = {
    "subject": _("By subject"),
    "department": _("By department"),
    "channel": _("By channel"),
    "month": _("By month"),
}
PERIODS = {
    "month": (_("30 days"), timedelta(days=30)),
    "year": (_("12 months"), timedelta(days=365)),
    "all": (_("Everything"), None),
}
WORDS = 20
COLUMNS = ("given_at", "reference", "subject", "department", "channel", "solved", "mark", "reopened", "words")


@requires(Action.READ_FIGURES, "GET")
def opinions(request: HttpRequest) -> HttpResponseBase:
    """Opinions by subject, department, channel or month, each share with its count; then the latest comments."""
    axis, period = _parameters(request)
    lines = satisfaction.by(axis, _since(period))
    context: dict[str, Any] = {
        "lines": lines,
        "whole": satisfaction.whole(lines),
        "words": satisfaction.last_words(_since(period), WORDS),
        "axes": [_choice(name, label, axis, f"?by={name}&since={period}") for name, label in AXES.items()],
        "periods": [_choice(name, label, period, f"?by={axis}&since={name}") for name, (label, _d) in PERIODS.items()],
        "axis_label": AXES[axis],
        "period": period,
        "few": satisfaction.FEW,
    }
    return render(request, "desk/opinions/page.html", context)


@requires(Action.READ_FIGURES, "GET")
@password_again
def csv_file(request: HttpRequest) -> HttpResponseBase:
    """Every opinion of the period as CSV for a spreadsheet (UTF-8 with BOM, commas)."""
    rows = satisfaction.all_since(_since(_parameters(request)[1]))
    response = StreamingHttpResponse(_lines(rows.iterator(chunk_size=500)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="opinions.csv"'
    return response


class _Echo:
    """A file for `csv.writer` that returns each line."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: Iterator[Opinion]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + str(writer.writerow(COLUMNS))
    for row in rows:
        case = row.case
        given = working_calendar().local(row.given_at).isoformat(timespec="minutes")
        titles = (case.reference, case.subject.title, row.department.name, case.channel)
        marks = ("yes" if row.solved else "no", row.mark, "yes" if row.reopening_id else "no")
        yield str(writer.writerow([given, *map(escape_csv_formula, titles), *marks, escape_csv_formula(row.words)]))


def _parameters(request: HttpRequest) -> tuple[str, str]:
    axis, period = request.GET.get("by", ""), request.GET.get("since", "")
    return axis if axis in AXES else "subject", period if period in PERIODS else "year"


def _since(period: str) -> datetime | None:
    length = PERIODS[period][1]
    return now() - length if length else None


def _choice(name: str, label: Any, chosen: str, url: str) -> dict[str, Any]:
    return {"label": label, "url": url, "current": name == chosen}
