"""The deadline to ask for a review of an assessment."""

from datetime import date

from django.utils.translation import gettext as _

from parvis.apps.calculators.queries.base import CalculationText, Computed, FactBook, Row, compute
from parvis.apps.calculators.rules import revision as rules
from parvis.apps.calculators.rules.revision import Deadline, Kind, Limits
from parvis.lib import clock, quebec
from parvis.lib.i18n.languages import Lang

DAYS, LONG_DAYS, LONG_FROM = "evaluation.jours", "evaluation.jours_grande", "evaluation.seuil_grande"
MONTH, CERTIFICATE = "evaluation.mois_limite", "evaluation.jours_certificat"
SATURDAY = 5


def roll_revision(
    *, kind: Kind, notice_on: date, value: int, roll_year: int, today: date | None = None
) -> Computed[Deadline]:
    """The last day to ask for a review: of a new roll that takes effect in `roll_year`, or after a certificate.

    `value` in cents, from the notice; `notice_on` is the day it was sent.
    """
    book = FactBook([DAYS, LONG_DAYS, LONG_FROM, MONTH, CERTIFICATE], today or clock.today())
    if kind == "certificate":
        limits = Limits(None, None, None, None, book.count(CERTIFICATE))
    else:
        limits = Limits(book.count(DAYS), book.count(LONG_DAYS), book.cents(LONG_FROM), book.count(MONTH), None)
    result = rules.deadline(kind, notice_on, value, roll_year, limits, book.on)
    inputs = {"kind": kind, "notice_on": notice_on, "value": value, "roll_year": roll_year, "today": book.on}
    return compute("roll-revision", book, inputs, result, lambda lang: _words(result, lang))


def _words(result: Deadline, lang: Lang) -> CalculationText:
    notes = [
        _("The request is made on the prescribed form, with its reasons and its fee, before that day ends."),
        _("The amount of the taxes is no reason for a review: only the value or the entry is."),
    ]
    if result.last_day is None:
        check = _("The time limit must be checked with the town.")
        short = _("We cannot give you the last day now: someone will check it with you.")
        return CalculationText(short, (), tuple(notes), (check,))
    day = {"day": quebec.day(result.last_day, lang)}
    if result.passed and result.complete:
        short = _("The last day was %(day)s. Someone will tell you whether anything can still be done.") % day
    elif result.complete:
        short = _("You may ask for a review until %(day)s, that day included.") % day
    else:
        short = _("You may ask for a review until %(day)s at least; the exact last day must be checked.") % day
    rows = [Row(_("Last day to ask"), quebec.day_of_month(result.last_day, lang, year=True), strong=True)]
    compared = [(_("Counted from the notice"), result.by_notice)]
    compared.append((_("Counted from the roll’s first year"), result.by_roll))
    for label, day_compared in compared if result.reason != "certificate" else ():
        if day_compared is not None:
            rows.append(Row(label, quebec.day_of_month(day_compared, lang, year=True)))
    if result.last_day.weekday() >= SATURDAY:
        notes.append(_("That day falls on a weekend: ask on the working day before."))
    checks = () if result.complete else (_("One of the limits of the law must be checked: the last day may be later."),)
    return CalculationText(short, tuple(rows), tuple(notes), checks)
