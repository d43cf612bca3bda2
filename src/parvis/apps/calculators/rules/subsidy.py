"""The subsidy of a town's programme for a purchase, and whether one may still apply."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from parvis.apps.calculators.rules.sums import share, to_cents
from parvis.lib.months import add_months


class Verdict(StrEnum):
    """Eligible, not eligible, or the department must check."""

    YES = "yes"
    NO = "no"
    CHECK = "check"


class Limit(StrEnum):
    """What capped the amount."""

    SHARE = "share"
    CAP = "cap"
    PRICE = "price"
    COUNT = "count"
    ENVELOPE = "envelope"


class Obstacle(StrEnum):
    """Why one may not apply, or what is unknown."""

    LATE = "late"
    FUTURE = "future"
    CLOSED = "closed"
    EMPTY = "empty"
    WINDOW_UNKNOWN = "window-unknown"
    OPEN_UNKNOWN = "open-unknown"
    AMOUNT_UNKNOWN = "amount-unknown"
    ENVELOPE_UNKNOWN = "envelope-unknown"


@dataclass(frozen=True)
class Programme:
    """A programme as its facts describe it, each None when unknown.

    Either a share of the price with a cap per unit, or a flat amount for each of at most `most_units`; the months after
    purchase to apply; the last day of the programme; what is left in the envelope.
    """

    percent: Decimal | None = None
    cap: int | None = None
    flat: int | None = None
    most_units: int | None = None
    months: int | None = None
    closes_on: date | None = None
    envelope: int | None = None


@dataclass(frozen=True)
class Help:
    """The verdict with its obstacles, the estimated amount, what capped it, and the last day to apply."""

    verdict: Verdict
    obstacles: tuple[Obstacle, ...]
    amount: int | None
    limits: tuple[Limit, ...]
    apply_by: date | None


_REFUSES = frozenset({Obstacle.LATE, Obstacle.FUTURE, Obstacle.CLOSED, Obstacle.EMPTY})


def help_for(programme: Programme, *, price: int, bought_on: date, units: int, today: date) -> Help:
    """The subsidy for a purchase. One may still apply on the last day; an unknown fact calls for a check."""
    amount, limits = _amount(programme, price, units)
    window = None if programme.months is None else add_months(bought_on, programme.months)
    ends = [day for day in (window, programme.closes_on) if day is not None]
    apply_by = min(ends) if window is not None else None
    obstacles = _obstacles(programme, bought_on, window, today)
    if amount is None:
        obstacles.append(Obstacle.AMOUNT_UNKNOWN)
    refused = any(obstacle in _REFUSES for obstacle in obstacles)
    verdict = Verdict.NO if refused else Verdict.CHECK if obstacles else Verdict.YES
    return Help(verdict, tuple(obstacles), None if verdict == Verdict.NO else amount, limits, apply_by)


def _amount(programme: Programme, price: int, units: int) -> tuple[int | None, tuple[Limit, ...]]:
    limits: list[Limit] = []
    if programme.flat is not None:
        paid_for = min(units, programme.most_units) if programme.most_units is not None else units
        if paid_for < units:
            limits.append(Limit.COUNT)
        amount = programme.flat * paid_for
        if amount > price:
            amount, limits = price, [*limits, Limit.PRICE]
    elif programme.percent is not None and programme.cap is not None:
        part, most = to_cents(share(price, programme.percent)), programme.cap * units
        amount = min(part, most)
        limits.append(Limit.CAP if part > most else Limit.SHARE)
    else:
        return None, ()
    if programme.envelope is not None and amount > programme.envelope:
        amount, limits = programme.envelope, [*limits, Limit.ENVELOPE]
    return amount, tuple(limits)


def _obstacles(programme: Programme, bought_on: date, window: date | None, today: date) -> list[Obstacle]:
    closes_on, envelope = programme.closes_on, programme.envelope
    checks = (
        (bought_on > today, Obstacle.FUTURE),
        (window is None, Obstacle.WINDOW_UNKNOWN),
        (window is not None and window < today, Obstacle.LATE),
        (closes_on is None, Obstacle.OPEN_UNKNOWN),
        (closes_on is not None and closes_on < today, Obstacle.CLOSED),
        (envelope is None, Obstacle.ENVELOPE_UNKNOWN),
        (envelope is not None and envelope <= 0, Obstacle.EMPTY),
    )
    return [obstacle for applies, obstacle in checks if applies]
