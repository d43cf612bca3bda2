"""The opening hours of the counter, in words, and whether it is open now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import town, working_calendar
from parvis.apps.directory.rules.calendar import WorkingCalendar, parse_hours
from parvis.lib import clock, quebec
from parvis.lib.errors import NotFound
from parvis.lib.i18n.languages import clean


@dataclass(frozen=True)
class OpeningHours:
    """(days, hours) rows, days with the same hours grouped, and whether the hours are only an example."""

    rows: tuple[tuple[str, str], ...]
    example: bool


def opening_hours() -> OpeningHours:
    """The counter's week, in the language of the page; example hours give no row, except in the demonstration."""
    try:
        current_town = town()
    except NotFound:
        return OpeningHours((), False)
    if current_town.hours_example and not settings.PARVIS_DEMO:
        return OpeningHours((), True)
    lang, week = clean(get_language()), parse_hours(current_town.hours)
    rows = []
    for spans, days in groupby(range(7), key=lambda day: week.get(day, ())):
        if spans:
            hours = quebec.join([quebec.hours_range(start, end, lang) for start, end in spans], lang)
            rows.append((_days(list(days), lang), hours[:1].upper() + hours[1:]))
    return OpeningHours(tuple(rows), current_town.hours_example)


def _days(days: list[int], lang: str) -> str:
    names = [quebec.DAYS[clean(lang)][day] for day in days]
    words = names[0] if len(names) == 1 else _("%(first)s to %(last)s") % {"first": names[0], "last": names[-1]}
    return words[:1].upper() + words[1:]


@dataclass(frozen=True)
class OpenNow:
    """Whether the counter is open, in words ("Open", "until 4:30 p.m."), true until `changes_at`."""

    is_open: bool
    words: str
    until_words: str
    changes_at: datetime


def presence_now() -> OpenNow | None:
    """Whether the counter is open at this moment; None when its hours are unknown or only an example."""
    try:
        current_town = town()
    except NotFound:
        return None
    if not current_town.hours or (current_town.hours_example and not settings.PARVIS_DEMO):
        return None
    calendar, moment, lang = working_calendar(), clock.now(), clean(get_language())
    if calendar.is_open(moment):
        closes = _closing(calendar, moment)
        return OpenNow(
            True, pgettext("counter", "Open"), _("until %(hour)s") % {"hour": quebec.hour(closes, lang)}, closes
        )
    opens = calendar.opening(moment)
    days = (opens.date() - calendar.local(moment).date()).days
    names = {0: _("opens at %(hour)s"), 1: _("opens tomorrow at %(hour)s")}
    words = names.get(days, _("opens on %(day)s at %(hour)s"))
    values = {"hour": quebec.hour(opens, lang), "day": quebec.day(opens.date(), lang, year=False)}
    return OpenNow(False, pgettext("counter", "Closed"), words % values, opens)


def mark() -> object:
    """A value that changes when the counter opens and closes, for the ETags of public pages."""
    now_open = presence_now()
    return now_open and (now_open.is_open, now_open.changes_at)


def _closing(calendar: WorkingCalendar, moment: datetime) -> datetime:
    local = calendar.local(moment)
    ends = (
        end
        for start, end in calendar.hours_of(local.date())
        if start <= local.time() and (local.time() < end or not end.hour)
    )
    end = next(ends, None)
    if end is None:
        return local + timedelta(minutes=1)
    closes = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return closes if closes > local else closes + timedelta(days=1)
