"""Corners and provincial routes as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.apps.places.rules.intersections import Corner, read_corner, spell_routes


@pytest.mark.parametrize(
    ("typed", "corner"),
    [
        ("Bellevue et Chambly", ("Bellevue", "Chambly")),
        ("chemin Bellevue & rue de Chambly", ("chemin Bellevue", "rue de Chambly")),
        ("coin Bellevue / Chambly", ("Bellevue", "Chambly")),
        ("Bellevue coin Chambly", ("Bellevue", "Chambly")),
        ("au coin de la rue Henriette et du chemin de Chambly", ("Henriette", "du chemin de Chambly")),
        ("à l’angle de Bellevue et Chambly", ("Bellevue", "Chambly")),
        ("à l'intersection de Désourdy et Galets", ("Désourdy", "Galets")),
        ("intersection of Bellevue and Chambly", ("Bellevue", "Chambly")),
        ("corner of Bellevue and Chambly", ("Bellevue", "Chambly")),
        ("Bellevue at Chambly", ("Bellevue", "Chambly")),
        ("la 112 et Bellevue", ("la 112", "Bellevue")),
        ("coin Bellevue", ("Bellevue", "")),
    ],
)
def test_a_corner_is_read(typed: str, corner: tuple[str, str]) -> None:
    assert read_corner(typed) == Corner(*corner)


@pytest.mark.parametrize(
    "typed",
    ["", "et", "Bellevue", "12 rue du Quai et le parc", "2480, chemin Bellevue", "rue Saint-Pierre-et-Miquelon"],
)
def test_what_is_no_corner_is_not_read_as_one(typed: str) -> None:
    assert read_corner(typed) is None


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("la 112", "route 112"),
        ("3500 la 112", "3500 route 112"),
        ("rte 112", "route 112"),
        ("hwy 112", "route 112"),
        ("Highway 112", "route 112"),
        ("A-10", "autoroute 10"),
        ("a10", "autoroute 10"),
        ("l’A-10", "autoroute 10"),
        ("aut. 10", "autoroute 10"),
        ("bellevue 112", "bellevue 112"),
        ("12 rue du Quai", "12 rue du Quai"),
        ("3500 A rue du Quai", "3500 A rue du Quai"),
    ],
)
def test_a_route_is_spelled_as_streets_are(typed: str, spelled: str) -> None:
    assert spell_routes(typed) == spelled


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    spell_routes(text)
    corner = read_corner(text)
    assert corner is None or corner.first
