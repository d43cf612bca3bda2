"""What an editor types is parsed, formatted back the same, and never misread."""

import pytest

from parvis.apps.content.rules import values

READ = [
    ("money", "42,50", 4250),
    ("money", "42.50 $", 4250),
    ("money", "$1 234", 123400),
    ("money", "1\u00a0234,50\u00a0$", 123450),
    ("date", "2026-05-01", "2026-05-01"),
    ("date", "1er mai 2026", "2026-05-01"),
    ("date", "le 12 décembre 2026", "2026-12-12"),
    ("date", "May 1, 2026", "2026-05-01"),
    ("time", "7:00", "07:00"),
    ("time", "16 h 30", "16:30"),
    ("time", "16h", "16:00"),
    ("length", "1,2 m", 1.2),
    ("length", "3", 3),
    ("area", "11,15 m²", 11.15),
    ("count", "1 200", 1200),
    ("percent", "12,5 %", 12.5),
    ("phone", "450 658-1066", "+14506581066"),
    ("phone", "911", "911"),
    ("text", "  un  par terrain ", {"fr": "un par terrain"}),
    ("list", "verre\n\n métal ", {"fr": ["verre", "métal"]}),
]


@pytest.mark.parametrize(("kind", "typed", "stored"), READ)
def test_what_is_typed_is_read(kind: str, typed: str, stored: object) -> None:
    assert values.read(kind, typed) == stored


@pytest.mark.parametrize(("kind", "typed", "stored"), READ)
def test_what_is_stored_can_be_shown_and_typed_again(kind: str, typed: str, stored: object) -> None:
    assert values.shown(kind, stored, "fr")
    assert values.shown(kind, stored, "en")
    assert values.read(kind, values.typed(kind, stored, "fr")) == stored


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("money", ""),
        ("money", "gratuit"),
        ("money", "42,505"),
        ("money", "42 à 50"),
        ("date", "2026-02-30"),
        ("date", "demain"),
        ("date", "31 brumaire 2026"),
        ("time", "25:00"),
        ("time", "midi"),
        ("length", "1,2 km"),
        ("count", "2,5"),
        ("phone", "12"),
        ("phone", "au bureau"),
        ("text", " "),
        ("list", "\n"),
    ],
)
def test_what_is_no_value_is_refused(kind: str, typed: str) -> None:
    with pytest.raises(values.Unreadable):
        values.read(kind, typed)
