"""Whether the town is open now, when it opens next, and the number for emergencies."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from parvis.apps.calculators.queries.base import CalculationText, Computed, FactBook, Row, compute, sample
from parvis.apps.calculators.rules import open_hours as rules
from parvis.apps.calculators.rules.open_hours import DayHours, Reach
from parvis.apps.directory import queries as directory
from parvis.lib import clock, quebec
from parvis.lib.i18n.languages import Lang

EMERGENCY = "joindre.urgence"


@dataclass(frozen=True)
class Reached:
    """The hours, phone and roads or water emergency number ("" if none); `example`: unconfirmed hours."""

    hours: Reach
    phone: str
    emergency: str
    example: bool


def reach(*, moment: datetime | None = None) -> Computed[Reached]:
    """How to reach the town at that moment, now by default. For danger to life it is always 911."""
    at = moment or clock.now()
    town = directory.town()
    confirmed = not town.hours_example or settings.PARVIS_DEMO
    hours = rules.reach(directory.working_calendar() if confirmed else None, at)
    local = directory.working_calendar().local(at)
    book = FactBook([EMERGENCY], local.date())
    emergency = town.emergency_phone or book.phone(EMERGENCY) or ""
    result = Reached(hours, town.phone, emergency, town.hours_example)
    return compute("reach", book, {"moment": local}, result, lambda lang: _words(result, local, book, lang))


def _words(result: Reached, local: datetime, book: FactBook, lang: Lang) -> CalculationText:
    rows, notes, checks = [Row(_("Phone"), quebec.phone(result.phone, lang))], [], []
    hours = result.hours
    if not hours.known:
        short = _("We cannot say now whether the counter is open: the hours must be checked.")
        checks.append(_("The opening hours must be checked: nobody has confirmed them."))
    elif hours.open and hours.closes_at is not None:
        short = _("We are open now, until %(hour)s.") % {"hour": quebec.hour(hours.closes_at, lang)}
        closes = quebec.hour(hours.closes_at, lang)
        rows.insert(0, Row(_("Open until"), closes, strong=True, sample=sample(result.example)))
    else:
        when = {"when": _when(hours.opens_at or local, local, lang)}
        short = _("We are closed now. We open %(when)s.") % when
        if hours.closed_for:
            name = hours.closed_for[1 if lang == "en" else 0]
            short = _("We are closed today (%(name)s). We open %(when)s.") % (when | {"name": name})
        rows.insert(0, Row(_("Next opening"), when["when"], strong=True, sample=sample(result.example)))
    if not hours.open:
        if result.emergency:
            number, mark = quebec.phone(result.emergency, lang), book.sample(EMERGENCY)
            rows.append(Row(_("Roads or water that cannot wait"), number, strong=True, sample=mark))
        else:
            checks.append(_("The number for an emergency of roads or water must be checked."))
    mark = sample(result.example)
    rows += [Row(quebec.day(each.day, lang, year=False), _hours(each, lang), sample=mark) for each in hours.days]
    if hours.known and result.example:
        checks.append(_("The opening hours are an example: nobody has confirmed them."))
    notes.append(_("Danger to someone: 911, at any hour."))
    return CalculationText(quebec.without_double_stop(short), tuple(rows), tuple(notes), tuple(checks))


def _hours(day_hours: DayHours, lang: Lang) -> str:
    if day_hours.spans:
        return quebec.join([quebec.hours_range(opens, closes, lang) for opens, closes in day_hours.spans], lang)
    if day_hours.closed_for:
        return _("closed (%(name)s)") % {"name": day_hours.closed_for[1 if lang == "en" else 0]}
    return _("closed")


def _when(opens: datetime, local: datetime, lang: Lang) -> str:
    day = quebec.near_day(opens.date(), local.date(), lang)
    return _("%(day)s at %(hour)s") % {"day": day, "hour": quebec.hour(opens, lang)}
