"""Address autocompletion from text as callers say it."""

import re
import time

import pytest
from django.db import connection

from parvis.apps.places.models import Address, Street
from parvis.apps.places.queries.addresses import complete, exact
from parvis.apps.places.queries.finding import without_addresses
from parvis.apps.places.rules.keys import address_key, bare_key, name_key
from tests.counting import statements
from tests.factories import make_address

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
                postal="G0C 1A1" if name == "10e avenue" else "",
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
        # typos: a letter missing, doubled, wrong, swapped, and several of them
        ("2480 belevue", "2480, chemin Bellevue"),
        ("2480 bbellevue", "2480, chemin Bellevue"),
        ("2480 belleuve", "2480, chemin Bellevue"),
        ("2480 bellevoe", "2480, chemin Bellevue"),
        ("2480 blelevue", "2480, chemin Bellevue"),
        ("2480 belvue", "2480, chemin Bellevue"),
        ("2480 chmin bellevue", "2480, chemin Bellevue"),
        ("2480 bellvu", "2480, chemin Bellevue"),
        ("300 boul st josph", "300, boulevard Saint-Joseph"),
        ("300 siant joseph", "300, boulevard Saint-Joseph"),
        ("15 ile aux lievers", "15, chemin de l'Île-aux-Lièvres"),
        ("1001 rue chambli", "1001, rue de Chambly"),
        # words joined, split, out of order, omitted; Saint for Sainte
        ("300 stjoseph", "300, boulevard Saint-Joseph"),
        ("300 saintjoseph", "300, boulevard Saint-Joseph"),
        ("300 ste-joseph", "300, boulevard Saint-Joseph"),
        ("300 joseph", "300, boulevard Saint-Joseph"),
        ("2480 belle vue", "2480, chemin Bellevue"),
        ("5000 allée grande", "5000, Grande Allée"),
        ("2480 bell", "2480, chemin Bellevue"),
        # units, postal codes, another town's name
        ("app 3, 2482, chemin bellevue, Anse-aux-Bouleaux", "2482, chemin Bellevue, app. 3"),
        ("2482 bellevue #3", "2482, chemin Bellevue, app. 3"),
        ("2482 bellevue 3", "2482, chemin Bellevue, app. 3"),
        ("2482-3 bellevue", "2482, chemin Bellevue, app. 3"),
        ("unité 3 - 2482 bellevue", "2482, chemin Bellevue, app. 3"),
        ("bellevue 2482 app 3", "2482, chemin Bellevue, app. 3"),
        ("2480 a bellevue", "2480A, chemin Bellevue"),
        ("g0c 1a1", "10, 10e avenue"),
        ("12 G0C1A1", "12, 10e avenue"),
        ("g0c 1", "10, 10e avenue"),
        ("2480 bellevue j3l 1e", "2480, chemin Bellevue"),
        ("8 rue de l'école Québec", "8, rue de l'École"),
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


@pytest.mark.parametrize("typed", ["1 rue des Nouveaux-Arrivants", "3 chemin Introuvable, Québec", "rue Introuvable"])
def test_the_streets_of_a_kind_do_not_stand_for_an_unknown_one(typed: str) -> None:
    assert complete(typed) == []


def test_never_more_than_the_limit_and_several_streets_share_the_places() -> None:
    result = complete("chambly", limit=5)
    assert len(result) == 5
    assert {address.street.name for address in result} == {"chemin de Chambly", "rue de Chambly"}


@pytest.mark.parametrize("typed", ["1001 chamb", "chamb", "2480", "2480 belvue", "3-2482 bellevue j3l 1e7", "g0c"])
def test_a_keystroke_costs_two_statements_and_one_each_half_second(typed: str) -> None:
    complete("bellevue")
    with statements() as queries:
        for address in complete(typed):
            assert address.label and (address.sector is None or address.sector.slug)
    assert len(queries) <= 3


@pytest.mark.parametrize("typed", ["1001 chamb", "chamb", "2480", "g0c 1a1"])
def test_each_keystroke_is_answered_from_an_index(typed: str) -> None:
    complete("bellevue")
    with statements() as queries:
        complete(typed)
    houses = next(query["sql"] for query in queries if "part0" in query["sql"])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {houses}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {houses}")
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert not re.search(r"Seq Scan on places_address|SCAN places_address(?! USING)", plan), plan


def test_what_was_mistyped_is_offered_only_when_nothing_else_fits() -> None:
    Street.objects.create(name="rue Belleville", key=name_key("rue Belleville"))
    assert {address.street.name for address in complete("2480 bellevue")} == {"chemin Bellevue"}


def test_a_street_added_since_is_found_within_a_second() -> None:
    assert complete("4 rue des Lilas") == []
    make_address(4, "rue des Lilas")
    time.sleep(0.6)
    assert [address.label for address in complete("4 lilas")] == ["4, rue des Lilas"]


def test_only_an_address_written_whole_needs_no_choice() -> None:
    def label(typed: str) -> str:
        return getattr(exact(typed), "label", "")

    assert label("2480 chemin Bellevue") == "2480, chemin Bellevue"
    assert label("2480, ch. bellevue, app. 9") == ""
    assert label("2482 bellevue app 3") == "2482, chemin Bellevue, app. 3"
    assert label("1001 chemin de chambly") == "1001, chemin de Chambly"
    assert label("1001 chambly") == "" and label("7 chemin bellevue") == ""
    assert label("5000 rue Grande Allée") == "5000, Grande Allée" and label("1 rte 112") == "1, route 112"
    assert label("route 112, 1") == "1, route 112" and label("2480 Bellevue Rd") == "2480, chemin Bellevue"
    assert label("2480 chemin bellevu") == label("2480 chemin belevue") == label("2480 belle") == label("248") == ""


@pytest.mark.parametrize("typed", ["abcdefgh " * 20, "1 " * 60, "9" * 120, "#" * 50, "app " * 30])
def test_any_length_of_nonsense_proposes_nothing(typed: str) -> None:
    with statements() as asked:
        assert complete(typed) == []
    assert len(asked) <= 4, "it costs no more than an address"


@pytest.mark.parametrize(
    ("typed", "first"), [("rue " * 40, "7, rue Bellevue"), ("st " * 50, "300, boulevard Saint-Joseph")]
)
def test_a_word_said_again_and_again_proposes_what_it_proposes_once(typed: str, first: str) -> None:
    assert [address.label for address in complete(typed)][:1] == [first]


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


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("la collecte au 24, chemin Bellevue?", "la collecte?"),
        ("lampadaire éteint devant le 15 ch. de l’Île-aux-Lièvres", "lampadaire éteint devant"),
        ("24 chemin Bellevue, J3L 1E7: bac brisé", ": bac brisé"),
        ("garbage day at 2480 Bellevue Street, please", "garbage day, please"),
        ("branches au 5000 Grande Allée et au 10, 10e avenue", "branches et"),
        ("collecte 2480 bellevue", "collecte"),
        ("8 rue de l'École", ""),
    ],
)
def test_an_address_said_in_a_sentence_is_set_aside(said: str, left: str) -> None:
    assert without_addresses(said) == left


@pytest.mark.parametrize(
    "said",
    [
        *("2 écoles fermées", "un cabanon de 10 par 12", "l’autobus 112", "3 rue Inconnue", "chemin Bellevue"),
        *("ma cour de 8 pieds", "mes taxes de 2480 dollars", "", "12", "le 24 décembre", "bac 15 jours après"),
    ],
)
def test_a_number_that_is_no_address_stays_in_the_sentence(said: str) -> None:
    assert without_addresses(said) == said
