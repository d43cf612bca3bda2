"""The duty on a transfer ("welcome tax"), from the thresholds and rates of the year."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from parvis.apps.calculators.queries.base import CalculationText, Computed, FactBook, Row, compute
from parvis.apps.calculators.rules import duty as rules
from parvis.apps.calculators.rules.duty import Basis, Duty, Rates, Supplementary
from parvis.lib import quebec
from parvis.lib.i18n.languages import Lang

THRESHOLDS = ("mutation.seuil_1", "mutation.seuil_2")
RATES = ("mutation.taux_1", "mutation.taux_2", "mutation.taux_3")
UPPER_FROM, UPPER, FACTOR = "mutation.tranche_haute", "mutation.taux_haut", "mutation.facteur"
INDEXATION, DUE = "mutation.indexation", "mutation.echeance"
SPECIAL = ("mutation.suppletif_plancher", "mutation.suppletif_seuil", "mutation.suppletif_max")
SPECIAL_RATE = "mutation.suppletif_taux"


def transfer_duty(
    *, paid: int, on: date, stipulated: int | None = None, roll: int | None = None, exempt: bool = False
) -> Computed[Duty | Supplementary | None]:
    """An estimate of the duty on a transfer made on that day; amounts in cents. None when a threshold is unknown.

    `exempt`: the person says that the law exempts the transfer, and asks for the remaining special duty. Only the town
    decides.
    """
    yearly = [f"{key}_{year}" for key in (*THRESHOLDS, INDEXATION) for year in (on.year, on.year - 1)]
    keys = [*THRESHOLDS, *RATES, *SPECIAL, *yearly, UPPER_FROM, UPPER, FACTOR, SPECIAL_RATE, INDEXATION, DUE]
    book = FactBook(keys, on)
    factor = book.percent(FACTOR) if roll is not None and book.has(FACTOR) else None
    ratio = None if factor is None else factor / 100
    base, basis = rules.base_of(paid, stipulated, roll, ratio)
    result = _special(book, base, basis) if exempt else _usual(book, base, basis)
    book.told(DUE)
    inputs = {"paid": paid, "on": on, "stipulated": stipulated, "roll": roll, "exempt": exempt}

    def say(lang: Lang) -> CalculationText:
        if result is None:
            return _unknown(on.year, exempt=exempt)
        if isinstance(result, Supplementary):
            return _special_words(result, book, lang)
        return _words(result, book, lang, on, factor_unknown=roll is not None and factor is None)

    return compute("transfer-duty", book, inputs, result, say, estimate=True)


def _usual(book: FactBook, base: int, basis: Basis) -> Duty | None:
    thresholds = [_threshold(book, key) for key in THRESHOLDS]
    percents = [book.percent(key) for key in RATES]
    if thresholds[0] is None or thresholds[1] is None or None in percents:
        return None
    first, second, third = (percent for percent in percents if percent is not None)
    limit = book.cents(UPPER_FROM)
    upper = book.percent(UPPER) if limit is not None and base > limit else None
    return rules.duty(base, basis, Rates((thresholds[0], thresholds[1]), (first, second, third), limit, upper))


def _threshold(book: FactBook, key: str) -> int | None:
    """The threshold in force that day, else that of its year, else the previous year's, indexed."""
    year = book.on.year
    for name in (key, f"{key}_{year}"):
        if book.has(name) and book.shown(name, "fr").told:
            return book.cents(name)
    before, rate = f"{key}_{year - 1}", f"{INDEXATION}_{year}"
    if book.has(before) and book.has(rate):
        previous, percent = book.cents(before), book.percent(rate)
        return None if previous is None or percent is None else rules.indexed(previous, percent)
    book.told(key)
    return None


def _special(book: FactBook, base: int, basis: Basis) -> Supplementary | None:
    floor, flat_from, flat = (book.cents(key) for key in SPECIAL)
    percent = book.percent(SPECIAL_RATE)
    if floor is None or flat_from is None or flat is None or percent is None:
        return None
    return rules.supplementary(base, basis, floor=floor, flat_from=flat_from, percent=percent, flat=flat)


# --- Words ---------------------------------------------------------------------------------------------------------


def _unknown(year: int, *, exempt: bool) -> CalculationText:
    if exempt:
        check = _("The amounts of the special duty must be checked with the town.")
    else:
        check = _("The thresholds of %(year)d must be checked: we give no amount without them.") % {"year": year}
    short = _("We cannot estimate it now. Leave us the question: someone comes back to you.")
    return CalculationText(short, checks=(check,))


def _base(base: int, basis: Basis, lang: Lang) -> Row:
    words = {
        "paid": _("the price paid"),
        "stipulated": _("the price written in the deed"),
        "roll": _("the value of the roll, times the factor of the year"),
    }[basis]
    return Row(_("Base, the highest amount: %(basis)s") % {"basis": words}, quebec.money(base, lang))


def _words(result: Duty, book: FactBook, lang: Lang, on: date, *, factor_unknown: bool) -> CalculationText:
    total = quebec.money(result.total, lang)
    rows = [_base(result.base, result.basis, lang), *(_slice(each, book, lang) for each in result.slices)]
    sample = book.sample(*RATES, UPPER, FACTOR)
    rows.append(Row(_("Estimated duty"), total, strong=True, sample=sample))
    short = _("By the thresholds of %(year)d, it comes to about %(total)s. It is an estimate: only the bill counts.")
    checks, limit = [], quebec.money(book.cents(UPPER_FROM) or 0, lang) if result.upper_unknown else ""
    if result.upper_unknown:
        short = _(
            "At the rates of the law, it comes to at least %(total)s for %(year)d. The town may have a higher rate "
            "above %(limit)s, which must be checked. It is an estimate: only the bill counts."
        )
        check = _("The town’s rate above %(limit)s must be checked: the true amount may be higher.")
        checks.append(check % {"limit": limit})
    short %= {"total": total, "year": on.year, "limit": limit}
    if factor_unknown:
        check = _(
            "The value of the roll is multiplied by the factor of the year, which must be checked: it may be higher."
        )
        checks.append(check)
    notes = [_("The buyer pays it, in one payment.")]
    if book.shown(DUE, lang).told:
        notes.append(_("To be paid no later than: %(due)s.") % {"due": book.shown(DUE, lang).shown})
    if book.has(INDEXATION) and book.shown(INDEXATION, lang).told:
        notes.append(_("The thresholds are indexed %(how)s.") % {"how": book.shown(INDEXATION, lang).shown})
    notes.append(_("An exemption is asked for and proved: the town decides on it."))
    return CalculationText(short, tuple(rows), tuple(notes), tuple(checks))


def _slice(part: rules.Slice, book: FactBook, lang: Lang) -> Row:
    words = {
        "over": quebec.money(part.over, lang),
        "up_to": quebec.money(part.up_to, lang),
        "percent": quebec.percent(_trimmed(part.percent), lang),
    }
    sample = book.sample(UPPER) if part.over == book.cents(UPPER_FROM) else ""
    return Row(_("From %(over)s to %(up_to)s, at %(percent)s") % words, quebec.money(part.cents, lang), sample=sample)


def _trimmed(percent: Decimal) -> Decimal:
    return percent.normalize() if percent != percent.to_integral_value() else percent.quantize(Decimal(1))


def _special_words(result: Supplementary, book: FactBook, lang: Lang) -> CalculationText:
    total = quebec.money(result.total, lang)
    rows = (_base(result.base, result.basis, lang), Row(_("Estimated special duty"), total, strong=True))
    short = _("If the town accepts the exemption, a special duty of about %(total)s remains. It is an estimate.")
    notes = (_("An exemption is asked for and proved: the town decides on it."),)
    return CalculationText(short % {"total": total}, rows, notes)
