"""The stage of a sale for unpaid taxes. Cities and Towns Act, s. 511 and following."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from parvis.lib.months import add_months


class Stage(StrEnum):
    """The stages of the procedure."""

    BEFORE = "before"
    LIST = "list"
    ORDERED = "ordered"
    PUBLISHED = "published"
    TWICE = "published-twice"
    SALE_DAY = "sale-day"
    UNSOLD = "after-the-day"
    SOLD = "sold"
    FINAL = "final"


@dataclass(frozen=True)
class Known:
    """The known dates, each None when it has not come or is unknown; `sold` once the property was adjudged."""

    deposit_on: date | None = None
    ordered_on: date | None = None
    first_notice_on: date | None = None
    second_notice_on: date | None = None
    sale_on: date | None = None
    sold: bool = False


@dataclass(frozen=True)
class Delays:
    """The delays set by law, each None when unknown."""

    list_months: int | None
    notice_days: int | None
    sale_days: int | None
    redeem_years: int | None


@dataclass(frozen=True)
class Standing:
    """The stage, whether full payment still stops the sale, and the dates that follow from the law.

    `list_from`: the first day of the treasurer's list. `notice_by`: the last day of the public notice. `sale_from`: the
    first day on which the sale may be held. `redeem_until`: the last day to buy back.
    """

    stage: Stage
    stoppable: bool
    list_from: date | None = None
    notice_by: date | None = None
    sale_from: date | None = None
    redeem_until: date | None = None


def standing(known: Known, delays: Delays, today: date) -> Standing:
    """The farthest stage reached on that day. A date still to come only counts as planned."""
    redeem = _years(known.sale_on, delays.redeem_years) if known.sold else None
    stage = _stage(known, delays, redeem, today)
    return Standing(
        stage=stage,
        stoppable=stage in (Stage.BEFORE, Stage.LIST, Stage.ORDERED, Stage.PUBLISHED, Stage.TWICE, Stage.SALE_DAY),
        list_from=_months(known.deposit_on, delays.list_months),
        notice_by=_days(known.ordered_on, delays.notice_days),
        sale_from=_days(known.second_notice_on, delays.sale_days),
        redeem_until=redeem,
    )


def _stage(known: Known, delays: Delays, redeem: date | None, today: date) -> Stage:
    if known.sold:
        return Stage.FINAL if redeem is not None and today > redeem else Stage.SOLD
    if known.sale_on is not None and today >= known.sale_on:
        return Stage.SALE_DAY if today == known.sale_on else Stage.UNSOLD
    steps = (
        (known.second_notice_on, Stage.TWICE),
        (known.first_notice_on, Stage.PUBLISHED),
        (known.ordered_on, Stage.ORDERED),
        (_months(known.deposit_on, delays.list_months), Stage.LIST),
    )
    return next((stage for day, stage in steps if day is not None and day <= today), Stage.BEFORE)


def _days(day: date | None, days: int | None) -> date | None:
    return None if day is None or days is None else day + timedelta(days=days)


def _months(day: date | None, months: int | None) -> date | None:
    return None if day is None or months is None else add_months(day, months)


def _years(day: date | None, years: int | None) -> date | None:
    return None if years is None else _months(day, 12 * years)
