"""Counters, clock changes and shorter texts, as plain values. OUTREACH 12: 2, 3, 7."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from parvis.apps.outreach.rules.content import BASE, SHORT, Content, Words
from parvis.apps.outreach.rules.limits import shortened
from parvis.apps.outreach.rules.local_time import NoSuchHour, moment_of
from parvis.apps.telephony.rules import parts as sms

ZONE = ZoneInfo("America/Toronto")


@pytest.mark.parametrize(
    ("text", "units", "parts", "wide"),
    [
        ("a" * 160, 160, 1, ""),
        ("a" * 161, 161, 2, ""),
        ("é" * 160, 160, 1, ""),
        ("[" * 80, 160, 1, ""),
        ("a" * 307, 307, 3, ""),
        ("ê" + "a" * 69, 70, 1, "ê"),
        ("ê" + "a" * 70, 71, 2, "ê"),
        ("« œ »\u00a0!", 7, 1, "«œ»\u00a0"),
    ],
)
def test_02_the_parts_of_a_text_are_counted_by_its_alphabet(text: str, units: int, parts: int, wide: str) -> None:
    assert sms.count(text) == (units, parts, wide)


def test_02_a_plainer_text_costs_one_part() -> None:
    text = "L’eau n’est pas bonne : faites bouillir 1 min, secteur des Îles. Eau gratuite au chemin du Fleuve."
    assert sms.count(text).parts == 2
    assert sms.count(sms.plainer(text)) == (len(text), 1, "")


def test_03_a_shorter_text_is_proposed_by_usual_abbreviations_then_whole_words() -> None:
    assert shortened("Travaux au chemin Bellevue, 20 minutes", 34) == "Travaux au ch. Bellevue, 20 min"
    cut = shortened("mot " * 60, 90)
    assert len(cut) <= 90 and cut.endswith("mot…")


def test_07_the_hour_that_the_clocks_skip_is_refused_with_the_next_one() -> None:
    with pytest.raises(NoSuchHour) as skipped:
        moment_of(datetime(2027, 3, 14, 2, 30), ZONE)  # noqa: DTZ001
    assert skipped.value.after == datetime(2027, 3, 14, 3, 30)  # noqa: DTZ001
    assert moment_of(datetime(2027, 3, 14, 3, 30), ZONE) == datetime(2027, 3, 14, 7, 30, tzinfo=UTC)  # noqa: DTZ001


def test_07_the_hour_that_the_clocks_show_twice_begins_at_the_first_and_ends_at_the_last() -> None:
    local = datetime(2026, 11, 1, 1, 30)  # noqa: DTZ001
    assert moment_of(local, ZONE) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert moment_of(local, ZONE, last=True) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_content_survives_its_json_and_falls_back_from_a_channel_to_its_base() -> None:
    content = Content(
        versions={
            (BASE, "fr"): Words("Titre", "Texte"),
            (SHORT, "fr"): Words("", "Court"),
            ("push", "fr"): Words("", "À soi"),
        },
        expires_at=datetime(2026, 11, 29, 12, tzinfo=UTC),
    )
    assert Content.from_json(content.to_json()) == content
    assert [content.short(slug, "fr") for slug in ("push", "panels")] == ["À soi", "Court"]
    assert content.language_for("en") == "fr"
