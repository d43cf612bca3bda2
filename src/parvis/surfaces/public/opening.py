"""The opening hours of the counter, in words."""

from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import town
from parvis.apps.directory.rules.calendar import parse_hours
from parvis.lib import quebec
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
