"""A sale for unpaid taxes: its stage, how to stop it, the deadline to buy back."""

from datetime import date

from django.utils.translation import gettext as _

from parvis.apps.calculators.queries.base import CalculationText, Computed, FactBook, Row, compute
from parvis.apps.calculators.rules import tax_sale as rules
from parvis.apps.calculators.rules.tax_sale import Delays, Known, Stage, Standing
from parvis.lib import clock, quebec
from parvis.lib.i18n.languages import Lang

LIST_MONTHS, NOTICE_DAYS, SALE_DAYS = "vente.mois_liste", "vente.jours_avis", "vente.jours_vente"
REDEEM_YEARS, MARKUP = "vente.retrait_ans", "vente.majoration"


def tax_sale(known: Known, *, today: date | None = None) -> Computed[Standing]:
    """The stage of the procedure that day, from the known dates. No amount and no legal advice."""
    buying_back = (REDEEM_YEARS, MARKUP) if known.sold else ()
    book = FactBook([LIST_MONTHS, NOTICE_DAYS, SALE_DAYS, *buying_back], today or clock.today())
    redeem = book.count(REDEEM_YEARS) if buying_back else None
    delays = Delays(book.count(LIST_MONTHS), book.count(NOTICE_DAYS), book.count(SALE_DAYS), redeem)
    if buying_back:
        book.told(MARKUP)
    result = rules.standing(known, delays, book.on)
    inputs = {"known": known, "today": book.on}
    return compute("tax-sale", book, inputs, result, lambda lang: _words(result, known, book, lang))


def _stage(stage: Stage) -> str:
    return {
        Stage.BEFORE: _("No list has been drawn up yet, by the dates you have."),
        Stage.LIST: _("The treasurer may draw up the list of unpaid bills."),
        Stage.ORDERED: _("The council has ordered the sale; the public notice follows."),
        Stage.PUBLISHED: _("The public notice is out; it will be published a second time."),
        Stage.TWICE: _("The notice was published twice; the sale comes next."),
        Stage.SALE_DAY: _("The sale is today."),
        Stage.UNSOLD: _("The day of the sale has passed: the clerk says what happened."),
        Stage.SOLD: _("The property was sold; the former owner may in general still buy it back."),
        Stage.FINAL: _("The property was sold, and the time to buy it back seems over."),
    }[stage]


def _words(result: Standing, known: Known, book: FactBook, lang: Lang) -> CalculationText:
    stage, notes, checks = _stage(result.stage), [], []
    short = stage
    if result.stoppable:
        short += " " + _("The sale is stopped when all that is claimed has been received before it begins.")
        notes.append(_("A payment by the Internet takes a few days: make sure that it has arrived."))
    if result.stage in (Stage.SOLD, Stage.FINAL):
        if result.redeem_until is None:
            checks.append(_("The time to buy back must be checked with the clerk or a notary."))
        markup = book.shown(MARKUP, lang)
        if markup.told:
            notes.append(_("Added to the price when one buys back: %(markup)s.") % {"markup": markup.shown})
        else:
            check = _("What is added to the price when one buys back must be checked with the clerk or a notary.")
            checks.append(check)
    contacts = _("The treasury gives the amount to the owner; the clerk gives the day, the place and the public list.")
    notes.append(contacts)
    rows = [Row(_("Where it stands"), stage, strong=True)]
    for label, day in (
        (_("List, from"), result.list_from),
        (_("Public notice, at the latest"), result.notice_by),
        (_("Sale, at the earliest"), result.sale_from),
        (_("Day of the sale"), known.sale_on),
        (_("Buying back, until"), result.redeem_until),
    ):
        if day is not None:
            mark = book.sample(REDEEM_YEARS) if day is result.redeem_until else ""
            rows.append(Row(label, quebec.day_of_month(day, lang, year=True), sample=mark))
    return CalculationText(short, tuple(rows), tuple(notes), tuple(checks))
