"""The figures of the messages: what each reached, how fast, what failed; as a page and as a spreadsheet."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outreach.channels.base import Confirms
from parvis.apps.outreach.channels.registry import CHANNELS
from parvis.apps.outreach.queries import figures as figure_queries
from parvis.apps.outreach.queries.figures import ChannelFigures, Figures
from parvis.lib import clock
from parvis.lib.ingest.csv_files import escape_csv_formula
from parvis.surfaces.desk.gate import password_again, requires

MOST = 3660  # days of a period
YEARS = range(2000, 2101)  # of its days


class PeriodForm(forms.Form):
    """A period, by its name or by its days."""

    period = forms.ChoiceField(
        label=_("Period"),
        required=False,
        choices=(("month", _("This month")), ("before", _("Last month")), ("year", _("This year")), ("", _("Days"))),
    )
    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(
        label=_("To, that day included"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean(self) -> dict[str, Any]:
        """The days must be two, of YEARS, in order, and at most MOST apart."""
        data: dict[str, Any] = self.cleaned_data
        for name in ("first", "last"):
            if data.get(name) and data[name].year not in YEARS:
                words = gettext("A year from %(first)s to %(last)s.") % {"first": YEARS[0], "last": YEARS[-1]}
                self.add_error(name, words)
        first, last = data.get("first"), data.get("last")
        if first and last and not self.errors:
            if last < first:
                self.add_error("last", gettext("The last day comes before the first one."))
            elif (last - first).days > MOST:
                self.add_error("last", gettext("Ten years at most."))
        return data


@dataclass(frozen=True)
class FiguresRow:
    """One channel on the page. `confirmed`: who answered that they have it, None where nobody can."""

    figures: ChannelFigures
    label: Any
    icon: str
    confirmed: int | None


@requires(Action.READ_ANSWERS, "GET")
def figures(request: HttpRequest) -> HttpResponse:
    """The figures of a period: this month unless another is asked for. 422 for days that make none."""
    form, first, last = _period(request)
    found = figure_queries.figures(*_moments(first, last))
    context = {
        "form": form,
        "first": first,
        "last": last,
        "period": form.cleaned_data.get("period") or ("" if request.GET.get("first") else "month"),
        "figures": found,
        "lines": list(_lines(found)),
        "section": "outreach",
    }
    return render(request, "desk/outreach/figures.html", context, status=200 if form.is_valid() else 422)


def _period(request: HttpRequest) -> tuple[PeriodForm, date, date]:
    """The form as it was sent, and the first and last day of the period that it names."""
    form, today = PeriodForm(request.GET), clock.today()
    form.is_valid()
    data, month = form.cleaned_data, today.replace(day=1)
    if data.get("first") and data.get("last"):
        return form, data["first"], data["last"]
    if data.get("period") == "before":
        end = month - timedelta(days=1)
        return form, end.replace(day=1), end
    if data.get("period") == "year":
        return form, today.replace(month=1, day=1), today
    return form, month, today


def _moments(first: date, last: date) -> tuple[datetime, datetime]:
    """The first moment of the first day, and that of the day after the last one, in the town."""
    begins, ends = (datetime.combine(day, datetime.min.time()) for day in (first, last + timedelta(days=1)))
    return timezone.make_aware(begins), timezone.make_aware(ends)


def _lines(found: Figures) -> Iterator[FiguresRow]:
    by_slug = {row.slug: row for row in found.channels}
    for slug, channel in CHANNELS.items():
        if slug in by_slug:
            confirmed = None
            if isinstance(channel, Confirms):
                confirmed = sum(
                    channel.confirmed(figure_queries.deliveries_of(slug, found.since, found.until)).values()
                )
            yield FiguresRow(by_slug[slug], channel.label, channel.icon, confirmed)


@requires(Action.READ_ANSWERS, "GET")
@password_again
def figures_csv(request: HttpRequest) -> HttpResponse:
    """The messages of the period, then its channels, as a spreadsheet (CSV) in French."""
    _form, first, last = _period(request)
    found = figure_queries.figures(*_moments(first, last))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="communications-{first}-{last}.csv"'
    response.write("\ufeff")
    table = csv.writer(response, delimiter=";")
    with translation.override("fr"):
        for cells in _table(found):
            table.writerow([escape_csv_formula(cell) for cell in cells])
    return response


def _table(found: Figures) -> Iterator[list[str]]:
    yield from _messages_table(found)
    yield []
    yield from _channels_table(found)


def _messages_table(found: Figures) -> Iterator[list[str]]:
    unknown = gettext("not measured")
    yield [
        pgettext("messages counted", "Published"),
        gettext("Title"),
        gettext("State"),
        gettext("Exercise"),
        gettext("Reached"),
        gettext("Out of"),
        gettext("Channels that failed"),
        gettext("Channels not known"),
        gettext("Seconds from approval to live"),
        gettext("Corrections"),
    ]
    for row in found.messages:
        yield [
            f"{timezone.localtime(row.published_at):%Y-%m-%d %H:%M}",
            row.title,
            str(row.state),
            gettext("yes") if row.drill else gettext("no"),
            unknown if row.reached is None else str(row.reached),
            unknown if row.total is None else str(row.total),
            str(row.failed),
            str(row.unknown),
            "" if row.seconds is None else str(row.seconds),
            str(row.corrections),
        ]


def _channels_table(found: Figures) -> Iterator[list[str]]:
    unknown = gettext("not measured")
    yield [
        gettext("Channel"),
        gettext("Messages"),
        gettext("Reached"),
        gettext("Out of"),
        gettext("Not reached"),
        gettext("Why"),
        gettext("Not known"),
        gettext("Confirmed"),
        gettext("Minutes painted"),
        pgettext("counted", "Opened"),
    ]
    for line in _lines(found):
        one = line.figures
        yield [
            str(line.label),
            str(one.messages),
            unknown if one.reached is None else str(one.reached),
            unknown if one.total is None else str(one.total),
            str(one.failed),
            "; ".join(f"{why} ({count})" for why, count in one.failures.items()),
            str(one.unknown),
            "" if line.confirmed is None else str(line.confirmed),
            "" if one.painted_minutes is None else str(one.painted_minutes),
            unknown,
        ]
