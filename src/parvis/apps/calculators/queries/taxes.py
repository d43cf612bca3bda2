"""The instalments of the tax bill: the next one, the effect of missing one, the cost of late payment."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.apps.calculators.queries.base import CalculationText, Computed, FactBook, Row, compute
from parvis.apps.calculators.rules import taxes as rules
from parvis.apps.calculators.rules.taxes import Instalments, Lateness
from parvis.lib import clock, quebec
from parvis.lib.i18n.languages import Lang

MOST_INSTALMENTS = 6
DATES = tuple(f"taxes.versement_{number}" for number in range(1, MOST_INSTALMENTS + 1))
THRESHOLD, FIRST_DAYS, SECOND_DAYS = "taxes.seuil", "taxes.premier_jours", "taxes.second_jours"
MISSED_LOCAL, MISSED = "taxes.manque_local", "taxes.manque"
RATE, MONTHLY, YEARLY = "arrerages.taux", "arrerages.penalite_mois", "arrerages.penalite_an"
SHOWN_CENTS, SHOWN_DAYS = 100_000, 30  # the illustration of late payment, not a balance


def tax_instalments(
    *, today: date | None = None, bill: int | None = None, sent_on: date | None = None
) -> Computed[Instalments]:
    """The due dates of that day's year, and the cost of late payment. Never a balance.

    `bill` in cents tells whether instalments are allowed; `sent_on` gives the dates of the law when the town's are
    unknown.
    """
    day = today or clock.today()
    keys = [*DATES, THRESHOLD, FIRST_DAYS, SECOND_DAYS, MISSED, MISSED_LOCAL, RATE, MONTHLY, YEARLY]
    book = FactBook(keys, day)
    dates = [due for key in DATES if book.has(key) and (due := book.day(key))]
    threshold, days = (
        book.cents(THRESHOLD),
        {"first_days": book.count(FIRST_DAYS), "second_days": book.count(SECOND_DAYS)},
    )
    result = rules.instalments(dates, day, bill=bill, threshold=threshold, sent_on=sent_on, **days)
    late = rules.lateness(SHOWN_CENTS, SHOWN_DAYS, book.percent(RATE), book.percent(MONTHLY), book.percent(YEARLY))
    missed = MISSED_LOCAL if book.has(MISSED_LOCAL) and book.told(MISSED_LOCAL) else MISSED
    book.told(missed)
    inputs = {"today": day, "bill": bill, "sent_on": sent_on}
    return compute("tax-instalments", book, inputs, result, lambda lang: _words(result, late, missed, book, lang))


# --- Words ---------------------------------------------------------------------------------------------------------


def _words(result: Instalments, late: Lateness, missed: str, book: FactBook, lang: Lang) -> CalculationText:
    notes, checks = [], []
    if result.single is not None:
        threshold = quebec.money(book.cents(THRESHOLD) or 0, lang)
        single = _("A bill of less than %(threshold)s is paid in one sum, on the first date.")
        several = _("A bill of %(threshold)s or more may be paid in several sums.")
        notes.append((single if result.single else several) % {"threshold": threshold})
    if not result.dates:
        checks.append(_("The dates of this year must be checked. They are printed on the bill."))
    if book.shown(missed, lang).told:
        notes.append(_("When an instalment is missed: %(what)s.") % {"what": book.shown(missed, lang).shown})
    if missed == MISSED:
        checks.append(_("What the town’s by-law says of a missed instalment must be checked."))
    cost, unknown = _cost(late, book, lang)
    rows = (*_rows(result, book, lang), *cost)
    return CalculationText(_short(result, lang), rows, tuple(notes), (*checks, *unknown))


def _short(result: Instalments, lang: Lang) -> str:
    if result.next_due is not None and result.days_left is not None:
        words = {"day": quebec.day(result.next_due, lang)}
        if result.days_left == 0:
            return _("An instalment is due today, %(day)s.") % words
        left = ngettext("in %(count)d day", "in %(count)d days", result.days_left) % {"count": result.days_left}
        return _("The next due date is %(day)s, %(left)s.") % (words | {"left": left})
    if result.dates:
        return _("Every due date of the year has passed. What is unpaid bears interest: the treasury says how much.")
    if result.by_law:
        first = quebec.day(result.by_law.first_due, lang)
        return _("By the law the first due date is %(day)s. Your bill says the town’s own dates.") % {"day": first}
    return _("The due dates are printed on your bill. We do not have those of this year: someone can tell you.")


def _rows(result: Instalments, book: FactBook, lang: Lang) -> list[Row]:
    rows = []
    for key in DATES:
        day = book.day(key) if book.has(key) else None
        if day in result.dates and day is not None:
            label = book.shown(key, lang).label
            if day in result.passed:
                label = _("%(label)s (passed)") % {"label": label}
            text, strong = quebec.day_of_month(day, lang, year=True), day == result.next_due
            rows.append(Row(label, text, strong=strong, sample=book.sample(key)))
    if not rows and result.by_law:
        first = quebec.day_of_month(result.by_law.first_due, lang, year=True)
        rows.append(Row(_("First due date, by the law"), first, strong=True))
        if result.by_law.second_until:
            until = quebec.day_of_month(result.by_law.second_until, lang, year=True)
            rows.append(Row(_("Second due date, by the law, at the latest"), until))
    return rows


def _cost(late: Lateness, book: FactBook, lang: Lang) -> tuple[list[Row], list[str]]:
    """The cost of late payment on a round sum, and what is unknown about it."""
    rows, checks = [], []
    params = {"sum": quebec.money(late.cents, lang), "days": quebec.number(late.days, lang)}
    if late.interest is None:
        checks.append(_("The interest rate must be checked: the council sets it."))
    else:
        rate = book.shown(RATE, lang).shown
        label = _("Interest on %(sum)s paid %(days)s days late, at %(rate)s a year") % (params | {"rate": rate})
        rows.append(Row(label, quebec.money(late.interest, lang), sample=book.sample(RATE)))
    if late.penalty is not None:
        label = _("Penalty on the same sum, at most, if the town has one") % params
        rows.append(Row(label, quebec.money(late.penalty, lang), sample=book.sample(MONTHLY, YEARLY)))
    return rows, checks
