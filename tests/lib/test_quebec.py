from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from parvis.lib import quebec

FEB = date(2026, 2, 9)
MAY = date(2026, 5, 1)
MONTREAL = ZoneInfo("America/Toronto")


def _spaces(text: str) -> str:
    """Shows each no-break space as "~"."""
    return text.replace("\u00a0", "~")


@pytest.mark.parametrize(
    ("day", "fr", "en"),
    [
        (date(2025, 12, 9), "mar. 9~déc.", "Tue. Dec.~9"),
        (date(2026, 12, 9), "mer. 9~déc.", "Wed. Dec.~9"),
        (date(2025, 2, 9), "dim. 9~févr.~2025", "Sun. Feb.~9, 2025"),
        (datetime(2018, 7, 22, 16, 31), "dim. 22~juill.~2018", "Sun. July~22, 2018"),
        (date(2027, 12, 9), "jeu. 9~déc.~2027", "Thu. Dec.~9, 2027"),
    ],
)
def test_a_short_day_has_its_year_when_it_could_be_taken_for_another(day: date, fr: str, en: str) -> None:
    assert _spaces(quebec.day_short(day, today=FEB)) == fr
    assert _spaces(quebec.day_short(day, "en", today=FEB)) == en


@pytest.mark.parametrize(
    ("function", "arguments", "fr", "en"),
    [
        (quebec.day, (FEB,), "lundi 9~février 2026", "Monday, February~9, 2026"),
        (quebec.day, (MAY,), "vendredi 1er~mai 2026", "Friday, May~1, 2026"),
        (quebec.day_of_month, (FEB,), "9~février", "February~9"),
        (quebec.day_short, (FEB,), "lun. 9~févr.", "Mon. Feb.~9"),
        (quebec.day_short, (MAY,), "ven. 1er~mai", "Fri. May~1"),
        (quebec.weekday, (FEB,), "lundi", "Monday"),
        (quebec.hour, (time(16, 42),), "16~h~42", "4:42~p.m."),
        (quebec.hour, (time(16, 0),), "16~h", "4~p.m."),
        (quebec.hour, (time(9, 5),), "9~h~05", "9:05~a.m."),
        (quebec.hour, (time(0, 0),), "0~h", "midnight"),
        (quebec.hour, (time(0, 30),), "0~h~30", "12:30~a.m."),
        (quebec.hour, (time(12, 0),), "12~h", "noon"),
        (quebec.hour, (time(12, 15),), "12~h~15", "12:15~p.m."),
        (quebec.hours_range, (time(8), time(12)), "de 8~h à 12~h", "8~a.m. to noon"),
        (
            quebec.moment,
            (datetime(2026, 2, 9, 16, 42),),
            "lundi 9~février 2026 à 16~h~42",
            "Monday, February~9, 2026 at 4:42~p.m.",
        ),
        (quebec.period, (FEB, date(2026, 2, 13)), "du 9 au 13~février 2026", "February~9 to 13, 2026"),
        (quebec.period, (MAY, date(2026, 5, 3)), "du 1er au 3~mai 2026", "May~1 to 3, 2026"),
        (quebec.period, (date(2026, 1, 29), FEB), "du 29~janvier au 9~février 2026", "January~29 to February~9, 2026"),
        (
            quebec.period,
            (date(2026, 12, 24), date(2027, 1, 2)),
            "du 24~décembre 2026 au 2~janvier 2027",
            "December~24, 2026 to January~2, 2027",
        ),
        (
            quebec.period,
            (date(2026, 1, 9), date(2027, 1, 9)),
            "du 9~janvier 2026 au 9~janvier 2027",
            "January~9, 2026 to January~9, 2027",
        ),
        (quebec.period, (FEB, FEB), "lundi 9~février 2026", "Monday, February~9, 2026"),
        (quebec.period, (FEB, None), "à compter du 9~février 2026", "from February~9, 2026"),
        (quebec.period, (None, FEB), "jusqu’au 9~février 2026", "until February~9, 2026"),
        (quebec.period, (None, None), "", ""),
        (quebec.relative_day, (FEB, FEB), "aujourd’hui", "today"),
        (quebec.relative_day, (date(2026, 2, 10), FEB), "demain", "tomorrow"),
        (quebec.relative_day, (date(2026, 2, 8), FEB), "hier", "yesterday"),
        (quebec.relative_day, (date(2026, 2, 11), FEB), "après-demain", ""),
        (quebec.relative_day, (date(2026, 2, 20), FEB), "", ""),
        (quebec.near_day, (date(2026, 2, 20), FEB), "vendredi 20~février", "Friday, February~20"),
        (quebec.near_day, (date(2027, 2, 19), FEB), "vendredi 19~février 2027", "Friday, February~19, 2027"),
        (quebec.money, (123450,), "1~234,50~$", "$1,234.50"),
        (quebec.money, (5000,), "50~$", "$50"),
        (quebec.money, (5,), "0,05~$", "$0.05"),
        (quebec.money, (0,), "0~$", "$0"),
        (quebec.money, (-123450,), "−1~234,50~$", "−$1,234.50"),
        (quebec.money, (123456700,), "1~234~567~$", "$1,234,567"),
        (quebec.number, (1234.5,), "1~234,5", "1,234.5"),
        (quebec.number, (100,), "100", "100"),
        (quebec.number, ("10.00",), "10", "10"),
        (quebec.percent, (12.5,), "12,5~%", "12.5%"),
        (quebec.length, (1.85,), "1,85~m", "1.85~m"),
        (quebec.length, (0.6,), "60~cm", "60~cm"),
        (quebec.length, (0,), "0~m", "0~m"),
        (quebec.length, (1250,), "1,3~km", "1.3~km"),
        (quebec.length, (15,), "15~m", "15~m"),
        (quebec.area, (11.148,), "11,15~m²", "11.15~m²"),
        (quebec.area, (1500,), "1~500~m²", "1,500~m²"),
        (quebec.duration, (3,), "3~min", "3~min"),
        (quebec.duration, (80,), "1~h~20", "1~h~20"),
        (quebec.duration, (120,), "2~h", "2~h"),
        (quebec.duration, (65,), "1~h~05", "1~h~05"),
        (quebec.duration, (51 * 60,), "2~j 3~h", "2~d 3~h"),
        (quebec.duration, (-5,), "0~min", "0~min"),
        (quebec.phone, ("+14506581066",), "450~658-1066", "450~658-1066"),
        (quebec.phone, ("+18447224636",), "1~844~722-4636", "1~844~722-4636"),
        (quebec.phone, ("450 658 1066",), "450~658-1066", "450~658-1066"),
        (quebec.phone, ("911",), "911", "911"),
        (quebec.phone, ("311",), "311", "311"),
        (quebec.phone, ("+33142685300",), "+33~1~42~68~53~00", "+33~1~42~68~53~00"),
        (quebec.phone, ("1-800-VILLE",), "1-800-VILLE", "1-800-VILLE"),
        (quebec.phone, ("",), "", ""),
        (quebec.join, (["a", "b", "c"],), "a, b et c", "a, b and c"),
        (quebec.join, (["a", "b"],), "a et b", "a and b"),
        (quebec.join, (["a, rue b", "c"],), "a, rue b; et c", "a, rue b; and c"),
        (quebec.join, (["a", "b, c", "d"],), "a; b, c; et d", "a; b, c; and d"),
        (quebec.join, (["a"],), "a", "a"),
        (quebec.join, ([],), "", ""),
    ],
)
def test_written_as_in_quebec(function: Callable[..., str], arguments: tuple[Any, ...], fr: str, en: str) -> None:
    assert _spaces(function(*arguments, lang="fr")) == fr
    assert _spaces(function(*arguments, lang="en-CA")) == en


@pytest.mark.parametrize(
    ("value", "fr", "en"),
    [(0, "0~jour", "0~days"), (1, "1~jour", "1~day"), (2, "2~jours", "2~days"), (1200, "1~200~jours", "1,200~days")],
)
def test_nouns_agree_with_their_number(value: int, fr: str, en: str) -> None:
    assert _spaces(quebec.count(value, "fr", "jour", "jours")) == fr
    assert _spaces(quebec.count(value, "en", "day", "days")) == en


def test_a_phone_tells_its_extension() -> None:
    assert _spaces(quebec.phone("+14506581066", "fr", "201")) == "450~658-1066, poste~201"
    assert _spaces(quebec.phone("+14506581066", "en", "201")) == "450~658-1066, ext.~201"


def test_a_moment_is_told_in_the_zone_of_the_town() -> None:
    late_in_utc = datetime(2026, 2, 10, 2, 30, tzinfo=UTC)
    assert _spaces(quebec.moment(late_in_utc, "fr", MONTREAL)) == "lundi 9~février 2026 à 21~h~30"
    assert _spaces(quebec.moment(late_in_utc, "fr", MONTREAL, year=False)) == "lundi 9~février à 21~h~30"


def test_a_list_of_choices_takes_another_word() -> None:
    assert quebec.join(["argent", "chèque", "débit"], "fr", word="ou") == "argent, chèque ou débit"


def test_plain_text_has_ordinary_spaces_and_hyphens() -> None:
    assert quebec.plain(quebec.money(-123450)) == "-1 234,50 $"
