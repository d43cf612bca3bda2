"""Winter parking verdicts, worked out by hand. No declaration never means permission."""

from datetime import date, time

import pytest

from parvis.apps.schedules.rules.nights import Verdict, WinterNights, Word
from parvis.apps.schedules.rules.seasons import parse_season
from tests.schedules.makers import TORONTO, local

# December 1 to March 15; banned from 2 to 7 h when an operation is declared; decided between 15 h 30 and 17 h.
RULE = WinterNights(parse_season("12-01", "03-15"), time(2), time(7), time(15, 30), time(17))
EVERY = WinterNights(parse_season("11-15", "04-15"), time(23), time(7), time(15), time(16), every_night=True)
ALLOWED, FORBIDDEN, PENDING, SILENT = Verdict.ALLOWED, Verdict.FORBIDDEN, Verdict.PENDING, Verdict.SILENT


def verdict(rule: WinterNights, when: str, declared: Word | None) -> Verdict:
    moment = local(when)
    return rule.verdict(rule.night_of(moment), declared, moment)


@pytest.mark.parametrize(
    ("when", "declared", "expected"),
    [
        ("2026-11-24 15:00", None, ALLOWED),  # out of season
        ("2026-11-24 22:00", Word.ON, FORBIDDEN),  # an early storm: declarations apply all year
        ("2026-11-29 23:59", None, ALLOWED),  # the last night of November that ends in November
        ("2026-11-30 07:00", None, PENDING),  # the night of the 30th ends on December 1, in season
        ("2026-12-01 06:59", None, SILENT),  # the same night, before dawn, without any declaration
        ("2026-12-24 09:00", None, PENDING),  # decided later in the day
        ("2026-12-24 15:30", None, PENDING),  # decision under way
        ("2026-12-24 16:59", None, PENDING),
        ("2026-12-24 17:00", None, SILENT),  # 17 h without a declaration: not allowed
        ("2026-12-24 23:59", None, SILENT),
        ("2026-12-25 01:30", None, SILENT),  # the same night
        ("2026-12-25 06:59", None, SILENT),
        ("2026-12-25 07:00", None, PENDING),  # the next one begins
        ("2026-12-24 17:00", Word.OFF, ALLOWED),  # declared that there is none
        ("2026-12-24 12:00", Word.OFF, ALLOWED),
        ("2026-12-24 12:00", Word.ON, FORBIDDEN),
        ("2027-03-15 18:00", None, SILENT),  # the last evening of the season: when in doubt, not allowed
        ("2027-03-16 06:00", None, SILENT),
        ("2027-03-16 07:00", None, ALLOWED),
    ],
)
def test_verdict_of_a_town_that_declares_its_operations(when: str, declared: Word | None, expected: Verdict) -> None:
    assert verdict(RULE, when, declared) == expected


@pytest.mark.parametrize(
    ("when", "declared", "expected"),
    [
        ("2026-11-13 23:30", None, ALLOWED),
        ("2026-11-14 08:00", None, FORBIDDEN),  # the night that ends on November 15
        ("2027-01-10 12:00", None, FORBIDDEN),
        ("2027-01-10 12:00", Word.OFF, ALLOWED),  # lifted
        ("2027-04-15 20:00", None, FORBIDDEN),
        ("2027-04-16 20:00", None, ALLOWED),
    ],
)
def test_verdict_of_a_town_that_bans_every_night_of_the_winter(
    when: str, declared: Word | None, expected: Verdict
) -> None:
    assert verdict(EVERY, when, declared) == expected


@pytest.mark.parametrize(
    ("when", "night"),
    [
        ("2026-12-31 23:00", date(2026, 12, 31)),
        ("2027-01-01 00:00", date(2026, 12, 31)),
        ("2027-01-01 06:59", date(2026, 12, 31)),
        ("2027-01-01 07:00", date(2027, 1, 1)),
    ],
)
def test_a_night_lasts_until_its_ban_ends_and_then_nothing_of_it_is_left(when: str, night: date) -> None:
    assert RULE.night_of(local(when)) == night


def test_no_moment_of_a_winter_is_allowed_by_silence() -> None:
    moments = [local(f"2027-01-{day:02d} {hour:02d}:30") for day in range(1, 32) for hour in range(24)]
    assert {RULE.verdict(RULE.night_of(moment), None, moment) for moment in moments} == {PENDING, SILENT}


def test_the_ban_follows_the_clock_on_the_nights_when_it_changes() -> None:
    begins, ends = RULE.ban(date(2027, 3, 13), TORONTO)  # 2 h does not exist on March 14, 2027
    assert (ends - begins).total_seconds() == 5 * 3600  # on the clock of the wall
    assert ends.isoformat() == "2027-03-14T07:00:00-04:00"
    begins, ends = EVERY.ban(date(2026, 12, 31), TORONTO)
    assert (begins.isoformat(), ends.isoformat()) == ("2026-12-31T23:00:00-05:00", "2027-01-01T07:00:00-05:00")


@pytest.mark.parametrize(("ahead", "may"), [(-1, False), (0, True), (7, True), (8, False)])
def test_tonight_and_the_seven_nights_after_may_be_declared(ahead: int, may: bool) -> None:
    moment = local("2026-12-25 03:00")  # still the night of the 24th
    assert RULE.may_declare(date.fromordinal(date(2026, 12, 24).toordinal() + ahead), moment) is may
