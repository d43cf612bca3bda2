"""When people write to a town, and about what: the year, the week, the day, and the storms. Pure.

The curves are those of the field in Québec: snow until April, potholes at the thaw, pools and permits in June, taxes
when the bills fall due, branches after the wind. A subject takes the curve of its
theme (`operations.demo.texts`).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

from parvis.operations.demo.texts import Theme

WEEKDAYS = (1.18, 1.08, 1.02, 1.0, 0.82, 0.16, 0.14)  # Monday first; on closed days nobody answers, people still write
WRITING_HOURS = (
    (7, 3),
    (8, 6),
    (9, 8),
    (10, 8),
    (11, 7),
    (12, 7),
    (13, 6),
    (14, 6),
    (16, 6),
    (18, 6),
    (19, 8),
    (20, 9),
    (21, 8),
)
CLOSED_CHANNELS = (("email", 45.0), ("web", 55.0))


# Kind of storm: the months that may bring one, and how many come in a year.
STORMS: dict[str, tuple[tuple[int, ...], float]] = {
    "snow": ((1, 2, 3, 12), 3.0),
    "ice": ((1, 3, 4, 12), 0.7),
    "wind": ((5, 6, 7, 8, 9, 10), 2.0),
    "rain": ((4, 7, 8, 10), 1.5),
    "thaw": ((3, 4), 1.0),
}
FADES = (1.0, 0.7, 0.35, 0.15)  # what remains of a storm day after day


def storms_between(first: date, last: date, rng: Random) -> dict[date, dict[str, float]]:
    """The storms of that time: for each day touched, how strong each kind still is (1.0 on its first day)."""
    result: dict[date, dict[str, float]] = {}
    for year in range(first.year, last.year + 1):
        for kind, (months, each_year) in STORMS.items():
            count = int(each_year) + (rng.random() < each_year % 1)
            for _ in range(count):
                start = date(year, rng.choice(months), rng.randint(1, 28))
                for after, strength in enumerate(FADES):
                    day = result.setdefault(start + timedelta(days=after), {})
                    day[kind] = max(day.get(kind, 0.0), strength)
    return result


def weight(theme: Theme, day: date, storms: Mapping[str, float]) -> float:
    """How often that theme comes up on that day, beside other days and other themes; the week is for `day_weight`."""
    burst = sum(strength * theme.storms.get(kind, 0.0) for kind, strength in storms.items())
    return theme.usual * theme.months[day.month - 1] * (1 + burst)


def day_weight(day: date, *, worked: bool, years: float) -> float:
    """How much comes in on that day: the week, the days when the offices are closed, a growth of 6 % a year."""
    usual = WEEKDAYS[day.weekday()] if worked else min(WEEKDAYS[day.weekday()], WEEKDAYS[5])
    return float(usual * 1.06**years)
