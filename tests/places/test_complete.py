"""An agent types the beginning of an address, as callers say it, and finds it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from parvis.places.keys import address_key, bare_key, name_key
from parvis.places.models import Address, Street
from parvis.places.queries import complete

pytestmark = pytest.mark.django_db

STREETS = {
    "chemin Bellevue": [(24, "", ""), (2480, "", ""), (2480, "A", ""), (2482, "", "3")],
    "rue Bellevue": [(7, "", "")],
    "chemin de Chambly": [(n, "", "") for n in range(1000, 1040)],
    "rue de Chambly": [(1001, "", "")],
    "chemin de l'Île-aux-Lièvres": [(15, "", "")],
    "10e avenue": [(10, "", ""), (12, "", "")],
    "Grande Allée": [(5000, "", "")],
    "boulevard Saint-Joseph": [(300, "", "")],
    "rue de l'École": [(8, "", "")],
    "route 112": [(1, "", "")],
}


@pytest.fixture(autouse=True)
def addresses() -> None:
    rows = []
    for name, places in STREETS.items():
        street = Street.objects.create(name=name, key=name_key(name))
        rows += [
            Address(
                civic=civic,
                suffix=suffix,
                unit=unit,
                street=street,
                key=address_key(civic, suffix, name, unit),
            )
            for civic, suffix, unit in places
        ]
    Address.objects.bulk_create(rows)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("2480 bellevue", "2480, chemin Bellevue"),
        ("2480 chemin bellevue", "2480, chemin Bellevue"),
        ("2480, CH. BELLEVUE", "2480, chemin Bellevue"),
        ("2480 che", "2480, chemin Bellevue"),
        ("2480, chemin Bellevue, Carignan (Québec) J3L 1E7", "2480, chemin Bellevue"),
        ("2480 Bellevue Rd", "2480, chemin Bellevue"),
        ("2480a bellevue", "2480A, chemin Bellevue"),
        ("3-2482 bellevue", "2482, chemin Bellevue, app. 3"),
        ("2482 bellevue app. 3", "2482, chemin Bellevue, app. 3"),
        ("bellevue 248", "2480, chemin Bellevue"),
        ("rue bellevue", "7, rue Bellevue"),
        ("ile aux lievres", "15, chemin de l'Île-aux-Lièvres"),
        ("15 ch de l’île", "15, chemin de l'Île-aux-Lièvres"),
        ("lièvres", "15, chemin de l'Île-aux-Lièvres"),
        ("15 lievres", "15, chemin de l'Île-aux-Lièvres"),
        ("10e", "10, 10e avenue"),
        ("12 10e av", "12, 10e avenue"),
        ("10ième avenue", "10, 10e avenue"),
        ("12 10th ave", "12, 10e avenue"),
        ("5000 gde allée", "5000, Grande Allée"),
        ("boul. st-joseph", "300, boulevard Saint-Joseph"),
        ("300 blvd Saint Joseph", "300, boulevard Saint-Joseph"),
        ("8 rue de l'ecole", "8, rue de l'École"),
        ("rte 112", "1, route 112"),
        ("rue de chambly", "1001, rue de Chambly"),
    ],
)
def test_what_callers_say_finds_the_address(typed: str, first: str) -> None:
    assert [address.label for address in complete(typed)][:1] == [first]


def test_a_number_without_suffix_offers_those_with_one_too() -> None:
    assert {a.label for a in complete("2480 bellevue")} == {"2480, chemin Bellevue", "2480A, chemin Bellevue"}


def test_the_kind_of_road_may_be_wrong() -> None:
    assert [address.label for address in complete("7 chemin bellevue")] == ["7, rue Bellevue"]


@pytest.mark.parametrize("typed", ["", "   ", "'", "%", "9999 nulle part", "_", "\\", "x" * 5000, "\x00", "👋"])
def test_nothing_is_found_where_there_is_nothing(typed: str) -> None:
    assert complete(typed) == []


def test_never_more_than_the_limit_and_the_street_is_read_with_it() -> None:
    with CaptureQueriesContext(connection) as queries:
        found = complete("chambly", limit=5)
        labels = [address.label for address in found]
    assert len(labels) == 5
    assert len(queries) == 1


@pytest.mark.parametrize("typed", ["1001 chamb", "chamb", "2480"])
def test_each_keystroke_is_answered_from_an_index(typed: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        complete(typed)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "places_address_key_" in plan or "places_address_street_key_" in plan


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("chemin de l'Île-aux-Lièvres", "ile aux lievres"),
        ("Grande Allée", "grande allee"),
        ("rue Sainte-Thérèse", "ste therese"),
        ("1re Rue", "1e rue"),
        ("boul. D'Anjou", "anjou"),
    ],
)
def test_a_road_is_compared_without_its_kind(name: str, bare: str) -> None:
    assert bare_key(name) == bare
