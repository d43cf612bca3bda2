"""The subsidies of a town's programmes: a programme is the subject "subvention-x" with its facts "x.…"."""

from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.calculators.queries.base import CalculationText, Computed, FactBook, Row, compute
from parvis.apps.calculators.rules import subsidy as rules
from parvis.apps.calculators.rules.subsidy import Help, Limit, Obstacle, Programme, Verdict
from parvis.apps.content.queries import answers
from parvis.lib import clock, quebec
from parvis.lib.i18n.languages import Lang

PREFIX = "subvention-"
SHARE, CAP, USED_CAP, FLAT, MOST = "part", "maximum", "maximum_usage", "montant", "nombre_max"
MONTHS, CLOSES, ENVELOPE = "delai_mois", "fin", "enveloppe"
ALL = (SHARE, CAP, USED_CAP, FLAT, MOST, MONTHS, CLOSES, ENVELOPE)


def subsidy(
    slug: str, *, price: int, bought_on: date, units: int = 1, second_hand: bool = False, today: date | None = None
) -> Computed[Help]:
    """The subsidy for a purchase (`price` in cents, `units` children or devices): never a promise, the department
    decides.
    """
    name = slug.removeprefix(PREFIX)
    key = {part: f"{name}.{part}" for part in ALL}
    book = FactBook(key.values(), today or clock.today())
    cap = USED_CAP if second_hand and book.has(key[USED_CAP]) else CAP
    is_flat = book.has(key[FLAT])
    flat = book.cents(key[FLAT]) if is_flat else None
    programme = Programme(
        percent=None if is_flat else book.percent(key[SHARE]),
        cap=None if is_flat else book.cents(key[cap]),
        flat=flat,
        most_units=book.count(key[MOST]) if book.has(key[MOST]) else None,
        months=book.count(key[MONTHS]),
        closes_on=book.day(key[CLOSES]),
        envelope=book.cents(key[ENVELOPE]),
    )
    result = rules.help_for(programme, price=price, bought_on=bought_on, units=units, today=book.on)
    inputs = {"programme": slug, "price": price, "bought_on": bought_on, "units": units}
    inputs |= {"second_hand": second_hand, "today": book.on}
    return compute("subsidy", book, inputs, result, lambda lang: _words(slug, result, book, lang), estimate=True)


def second_hand_counts(slug: str, on: date | None = None) -> bool:
    """Whether the programme has another cap for second-hand purchases."""
    key = f"{slug.removeprefix(PREFIX)}.{USED_CAP}"
    return FactBook([key], on or clock.today()).has(key)


# --- Words ---------------------------------------------------------------------------------------------------------


def _obstacle(obstacle: Obstacle) -> str:
    return {
        Obstacle.LATE: _("The time to apply after this purchase has passed."),
        Obstacle.FUTURE: _("The purchase is still to come: the time to apply runs from the day you buy."),
        Obstacle.CLOSED: _("The programme is closed."),
        Obstacle.EMPTY: _("Nothing is left in this year’s envelope."),
        Obstacle.WINDOW_UNKNOWN: _("The time to apply after a purchase must be checked."),
        Obstacle.OPEN_UNKNOWN: _("Whether the programme is open must be checked."),
        Obstacle.AMOUNT_UNKNOWN: _("The amount that the programme gives must be checked."),
        Obstacle.ENVELOPE_UNKNOWN: _("What is left in the envelope must be checked."),
    }[obstacle]


def _limit(limit: Limit) -> str:
    return {
        Limit.SHARE: _("The programme pays a share of the price."),
        Limit.CAP: _("The amount is held at the programme’s limit."),
        Limit.PRICE: _("The amount is held at the price paid."),
        Limit.COUNT: _("Not all of them count: the programme has a limit in number."),
        Limit.ENVELOPE: _("The amount is held at what is left in the envelope."),
    }[limit]


def _words(slug: str, result: Help, book: FactBook, lang: Lang) -> CalculationText:
    obstacles = tuple(_obstacle(obstacle) for obstacle in result.obstacles)
    name, rows = slug.removeprefix(PREFIX), []
    if result.amount is not None:
        sample = book.sample(*(f"{name}.{part}" for part in (SHARE, CAP, USED_CAP, FLAT, MOST, ENVELOPE)))
        rows.append(Row(_("Amount foreseen"), quebec.money(result.amount, lang), strong=True, sample=sample))
    to_come = Obstacle.FUTURE in result.obstacles
    if result.apply_by is not None and not to_come:
        sample = book.sample(f"{name}.{MONTHS}", f"{name}.{CLOSES}")
        rows.append(Row(_("Apply no later than"), quebec.day_of_month(result.apply_by, lang, year=True), sample=sample))
    notes = tuple(_limit(limit) for limit in result.limits) if result.amount is not None else ()
    notes += (_("The department studies each request, and the envelope may run out: nothing is promised."),)
    if result.verdict == Verdict.NO:
        refusal = _("By what we know, this purchase does not qualify. %(why)s")
        short = (_("It is too early to say. %(why)s") if to_come else refusal) % {"why": obstacles[0]}
        return CalculationText(short, tuple(rows), (*obstacles[1:], *notes))
    checks = obstacles if result.verdict == Verdict.CHECK else ()
    if result.amount is None:
        short = _("We do not have the amounts of this programme: someone will check them with you.")
    elif result.verdict == Verdict.CHECK:
        short = _("It could be about %(amount)s, but something must be checked first.")
    else:
        short = _("By your answers you may apply, for about %(amount)s. The department decides.")
    if result.amount is not None:
        short = short % {"amount": quebec.money(result.amount, lang)}
    return CalculationText(short, tuple(rows), notes, checks, _documents(slug, lang))


def _documents(slug: str, lang: Lang) -> tuple[str, ...]:
    """The documents to attach, from the standard answer."""
    answer = answers.published(slug, lang or get_language() or "fr")
    return tuple(document.plain for document in answer.documents) if answer else ()
