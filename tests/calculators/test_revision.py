"""The last day to ask for the review of an assessment: cases worked by hand."""

from datetime import date

import pytest

from parvis.apps.calculators.rules.revision import Kind, Limits, deadline

LAW = Limits(days=60, long_days=120, long_from=100_000_000, month=5, certificate_days=60)
TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("kind", "notice_on", "dollars", "expected", "reason"),
    [
        # sent in January: 60 days end in March, so 30 April, the day before 1 May, is later
        ("roll", date(2026, 1, 20), 400_000, date(2026, 4, 30), "roll"),
        # 1 March + 60: 30 days of March, 30 of April: 30 April. Both meet
        ("roll", date(2026, 3, 1), 400_000, date(2026, 4, 30), "roll"),
        # 2 March + 60 is 1 May
        ("roll", date(2026, 3, 2), 400_000, date(2026, 5, 1), "notice"),
        # 15 April + 60: 15 days of April, 31 of May, 14 of June
        ("roll", date(2026, 4, 15), 400_000, date(2026, 6, 14), "notice"),
        # 1 M$: 120 days. 20 January + 120: 11 of January, 28, 31, 30, then 20 of May
        ("roll", date(2026, 1, 20), 1_000_000, date(2026, 5, 20), "notice"),
        # a dollar less: 60 days
        ("roll", date(2026, 1, 20), 999_999, date(2026, 4, 30), "roll"),
        # 1 December + 120: 30 of December, 31, 28, then 31 of March: 31 March, before 30 April
        ("roll", date(2025, 12, 1), 2_500_000, date(2026, 4, 30), "roll"),
        # a certificate of 1 July: 30 of July, then 30 of August
        ("certificate", date(2026, 7, 1), 400_000, date(2026, 8, 30), "certificate"),
        # a certificate on a great value still counts 60: 10 February + 60: 18, 31, then 11 of April
        ("certificate", date(2026, 2, 10), 3_000_000, date(2026, 4, 11), "certificate"),
        # over a leap day: 10 January 2028 + 60 is 10 March 2028 (21 + 29 + 10); roll of 2028: 30 April
        ("certificate", date(2028, 1, 10), 400_000, date(2028, 3, 10), "certificate"),
    ],
)
def test_last_day(kind: Kind, notice_on: date, dollars: int, expected: date, reason: str) -> None:
    result = deadline(kind, notice_on, dollars * 100, 2026, LAW, TODAY)
    assert (result.last_day, result.reason, result.complete) == (expected, reason, True)


def test_the_last_day_itself_is_not_too_late() -> None:
    notice = date(2026, 1, 20)
    assert not deadline("roll", notice, 40_000_000, 2026, LAW, date(2026, 4, 30)).passed
    assert deadline("roll", notice, 40_000_000, 2026, LAW, date(2026, 5, 1)).passed


@pytest.mark.parametrize(
    ("limits", "dollars", "expected"),
    [
        (Limits(60, 120, 100_000_000, None, 60), 400_000, date(2026, 3, 21)),  # the month is not known
        (Limits(60, None, 100_000_000, 5, 60), 2_000_000, date(2026, 4, 30)),  # nor the longer time
        (Limits(60, 120, None, 5, 60), 2_000_000, date(2026, 4, 30)),  # nor from what value it runs
        (Limits(None, 120, 100_000_000, None, 60), 400_000, None),
    ],
)
def test_an_unknown_limit_never_shortens_the_time_and_is_said(
    limits: Limits, dollars: int, expected: date | None
) -> None:
    result = deadline("roll", date(2026, 1, 20), dollars * 100, 2026, limits, TODAY)
    assert (result.last_day, result.complete) == (expected, False)
