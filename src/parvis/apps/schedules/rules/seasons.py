"""Yearly recurring periods. Pure."""

from dataclasses import dataclass
from datetime import date

MonthDay = tuple[int, int]


@dataclass(frozen=True)
class Season:
    """From one day of the year to another, both included; it may span the new year (December 1 to March 15)."""

    first: MonthDay
    last: MonthDay

    def holds(self, day: date) -> bool:
        """Whether the day is in the season."""
        here = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


def parse_season(first: str, last: str) -> Season:
    """Parses a season from two texts such as "12-01" and "03-15"; ValueError for an invalid day."""
    return Season(_month_day(first), _month_day(last))


def _month_day(text: str) -> MonthDay:
    month, _, day = text.partition("-")
    if not (month.isdecimal() and day.isdecimal()):
        raise ValueError(f"{text!r} is no day of the year, such as '12-01'")
    date(2024, int(month), int(day))  # a leap year: 02-29 is a day
    return int(month), int(day)
