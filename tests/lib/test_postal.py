"""The municipality in a postal address."""

import pytest

from parvis.lib import postal


@pytest.mark.parametrize(
    ("official", "short"),
    [
        ("Ville de Trois-Pistoles", "Trois-Pistoles"),
        ("Municipalité de L’Isle-Verte", "L’Isle-Verte"),
        ("Ville d’Amos", "Amos"),
        ("Municipalité des Cèdres", "Les Cèdres"),
        ("Municipalité du Bic", "Le Bic"),
        ("Municipalité de paroisse de Saint-Éloi", "Saint-Éloi"),
        ("Municipalité de village de Deux-Rives", "Deux-Rives"),
        ("Anse-aux-Bouleaux", "Anse-aux-Bouleaux"),
        ("Ville-Marie", "Ville-Marie"),
    ],
)
def test_the_name_of_a_municipality_without_its_rank(official: str, short: str) -> None:
    assert postal.short_name(official) == short


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("14, rang du Nord", False),
        ("14, rue de Québec", False),
        ("200, boulevard Québec, app. 3", False),
        ("14, rang du Nord, Amos (Québec)", True),
        ("14, rang du Nord\nAmos QC  J9T 1A1", True),
        ("14, rang du Nord, Amos, j9t1a1", True),
        ("14, rang du Nord, Amos, Québec", True),
    ],
)
def test_an_address_that_names_its_municipality_is_known(typed: str, whole: bool) -> None:
    assert postal.is_whole(typed) == whole


def test_the_last_line_is_in_capitals_with_two_spaces_before_the_code() -> None:
    assert postal.last_line("L’Épiphanie", "J5X 1A1").replace("\u00a0", " ") == "L’ÉPIPHANIE QC  J5X 1A1"
    assert postal.last_line("Amos") == "AMOS QC"
