"""Which words of a text are values that should have been facts."""

import pytest

from parvis.apps.content.rules.phrases import broken_references, fact_keys, typed_values


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("Le permis coûte 42,50 $.", ["42,50 $"]),
        ("Comptez 50 $, et encore 50 $ pour un second.", ["50 $"]),
        ("It costs $1,200 a year.", ["$1,200"]),
        ("Un intérêt de 12 %", ["12 %"]),
        ("Ouvert de 8 h 30 à 16 h.", ["8 h 30", "16 h"]),
        ("Open until 4:30 p.m.", ["4:30 p.m."]),
        ("À 1,5 m de la ligne, 15 m² au plus", ["1,5 m", "15 m²"]),
        ("Avant le 1er mai et le 15 octobre", ["1er mai", "15 octobre"]),
        ("By May 1 or 2027-05-01", ["May 1", "2027-05-01"]),
        ("Appelez le 450 658-1066", ["450 658-1066"]),
    ],
)
def test_amounts_dates_hours_norms_and_phones_are_seen(text: str, item: list[str]) -> None:
    assert typed_values(text) == item


@pytest.mark.parametrize(
    "text",
    [
        "Le règlement 483-U, adopté en 2016, s’applique.",
        "Composez le 911 ou le 511.",
        "La route 112 et l’autoroute 30",
        "Le coût: {fact:tarif.2026}",
        "Il faut 2 copies et 3 photos; mars est trop tôt.",
        "Un logement h",
    ],
)
def test_by_laws_years_and_short_numbers_are_left_alone(text: str) -> None:
    assert typed_values(text) == []


def test_references_are_listed_once_and_broken_ones_are_seen() -> None:
    text = "{fact:a.b} et {fact: c } puis {fact:a.b}, {fact tarif}, {tarif} et {fact:"
    assert fact_keys([text]) == ["a.b", "c"]
    assert broken_references(text) == ["{fact tarif}", "{tarif}", "{fact:"]
