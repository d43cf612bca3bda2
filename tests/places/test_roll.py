"""The assessment roll becomes property units of the town's addresses; owners are never read."""

import json
import tracemalloc
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from parvis.apps.directory.models import Town
from parvis.apps.places.models import Address, PropertyAddress, PropertyUnit
from parvis.apps.places.queries import addresses
from parvis.apps.places.rules.roll import Roll
from parvis.apps.places.services.roll import load_roll
from parvis.cli.main import main
from tests.factories import SmallTown, make_address
from tests.places.rolls import OWNER, place, unit, write

pytestmark = pytest.mark.django_db

Load = Callable[..., dict[str, Any]]


@pytest.fixture
def load(town: SmallTown, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Load:
    """load(unit, unit..., options=[...]): runs the command on a roll of these units; returns its report, and `code`."""
    Town.objects.update(code_mamh="01023")

    def run(*units: str, options: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
        file = write(tmp_path / "RL01023_2026.xml", units, **more)
        code = main(["load-roll", str(file), "--json", *options])
        return {**json.loads(capsys.readouterr().out), "code": code}

    return run


def test_a_unit_is_whole_and_stands_at_its_address(town: SmallTown, load: Load) -> None:
    report = load(unit(5114, place(12, "DU QUAI")))

    assert (report["code"], report["counts"]["created"]) == (0, 1)
    [property_unit] = addresses.properties_of(town.address)
    assert (property_unit.matricule, property_unit.year) == ("511486818900000000", 2026)
    assert (property_unit.cubf, property_unit.lots) == ("1000", ["2005114", "9 999 999"])
    assert (property_unit.frontage, property_unit.lot_area, property_unit.floor_area) == (
        Decimal("18.29"),
        Decimal("557.40"),
        Decimal("142.50"),
    )
    assert (property_unit.storeys, property_unit.built, property_unit.dwellings) == (2, 1987, 1)
    assert property_unit.link == PropertyUnit.Link.DETACHED and property_unit.market_date == date(2024, 7, 1)
    assert (property_unit.land, property_unit.building, property_unit.total, property_unit.previous_total) == (
        150_000,
        300_000,
        450_000,
        410_000,
    )


def test_the_name_of_an_owner_is_neither_held_nor_kept(load: Load, tmp_path: Path) -> None:
    file = write(tmp_path / "roll.xml", [unit(5114, place(12, "DU QUAI"))])
    assert OWNER in file.read_text()
    assert OWNER not in repr(list(Roll(file).units()))
    load(unit(5114, place(12, "DU QUAI")))
    with connection.cursor() as cursor:
        for model in (PropertyUnit, PropertyAddress):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            assert "Gertrude" not in repr(cursor.fetchall())


@pytest.mark.parametrize(
    ("where", "label"),
    [
        (place(15, "L'ÎLE-AUX-LIEVRES", "CH"), "15, chemin de l'Île-aux-Lièvres"),
        (place(7, "BELLEVUE", "CH"), "7, chemin Bellevue"),
        (place(7, "BELLEVUE", "RU"), "7, rue Bellevue"),
        (place(7, "BELLEVUE", "ZZ"), ""),
        (place(9, "BELLEVUE", "ZZ"), ""),
        (place(10, "10E", "AV"), "10, 10e avenue"),
        (place(22, "MARIE-ANNE", "RU", cardinal="O"), "22, rue Marie-Anne Ouest"),
        (place(30, "SAINTE-ANNE", "RU"), "30, rue Ste-Anne"),
        (place(40, "DU PONT", "RU", suffix="A"), "40A, rue du Pont"),
        (place(50, "DU PONT", "RU", apartment="3"), "50, rue du Pont, app. 3"),
        (place(40, "DU PONT", "RU", suffix="A", apartment="9"), "40A, rue du Pont"),
        (place(60, "DU PONTT", "RU"), ""),
        (place("", "DU PONT", "RU"), ""),
    ],
)
def test_an_address_of_the_roll_is_recognised_or_left_unlinked(load: Load, where: str, label: str) -> None:
    make_address(15, "chemin de l'Île-aux-Lièvres")
    make_address(7, "chemin Bellevue")
    make_address(7, "rue Bellevue")
    make_address(10, "10e avenue")
    make_address(22, "rue Marie-Anne Ouest")
    make_address(30, "rue Ste-Anne")
    make_address(40, "rue du Pont", suffix="A", key="40a pont")
    make_address(50, "rue du Pont", unit="3", key="50 pont 3")
    make_address(60, "rue du Pont")
    report = load(unit(5114, where))
    link = PropertyAddress.objects.select_related("address__street").get()
    assert str(link.address or "") == label
    unlinked = [problem["reason"] for problem in report["problems"] if not problem["refused"]]
    assert bool(unlinked) == (not label and bool(link.text[:1].isdigit()))


def test_a_unit_may_have_two_doors_and_a_door_two_units(town: SmallTown, load: Load) -> None:
    second = make_address(14)
    load(
        unit(5114, place(12, "DU QUAI", last="14")),
        unit(5115, place(14, "DU QUAI", apartment="2")),
    )
    assert [property_unit.matricule[:4] for property_unit in addresses.properties_of(second)] == ["5114", "5115"]
    [only] = addresses.properties_of(town.address)
    assert {str(property_address.address) for property_address in only.places.all()} == {
        "12, rue du Quai",
        "14, rue du Quai",
    }


def test_a_second_load_changes_what_changed_and_removes_what_is_gone(load: Load) -> None:
    first, second = unit(5114, place(12, "DU QUAI")), unit(5115, place(99, "DU QUAI"))
    load(first, second)
    again = load(first, second)
    assert (again["counts"]["unchanged"], again["counts"].get("updated", 0), again["counts"]["removed"]) == (2, 0, 0)

    dearer = unit(5114, place(12, "DU QUAI"), land=200_000, total=500_000)
    trial = load(dearer, options=("--dry-run",))
    assert (trial["counts"]["updated"], trial["counts"]["removed"]) == (1, 1)
    assert trial["changes"] == [
        "511486818900000000: land: 150000 -> 200000; total: 450000 -> 500000",
        "511586818900000000: removed",
    ]
    assert PropertyUnit.objects.get(matricule__startswith="5114").total == 450_000
    load(dearer)
    assert PropertyUnit.objects.get().total == 500_000 and PropertyAddress.objects.count() == 1


def test_units_find_the_addresses_that_were_loaded_after_them(load: Load) -> None:
    load(unit(5114, place(99, "DU QUAI")))
    new = make_address(99)
    report = load(unit(5114, place(99, "DU QUAI")))
    assert report["counts"]["with an address of the town"] == 1
    [property_unit] = addresses.properties_of(new)
    assert property_unit.matricule.startswith("5114")
    Address.objects.filter(pk=new.pk).delete()
    assert PropertyAddress.objects.get().address is None


def test_values_that_do_not_add_up_are_left_out_and_said(load: Load) -> None:
    report = load(
        unit(5114, place(12, "DU QUAI"), total=460_000), unit(5115, place(12, "DU QUAI"), floor="grand", link=9)
    )
    wrong, odd = PropertyUnit.objects.order_by("matricule")
    assert (wrong.land, wrong.building, wrong.total, wrong.storeys) == (None, None, None, 2)
    assert (odd.floor_area, odd.link, odd.total) == (None, None, 450_000)
    assert [problem["reason"] for problem in report["problems"]] == [
        "land and building do not make the total, left out: 150000 + 300000, 460000",
        "RL0309A is left out: '9'",
        "RL0308A is left out: 'grand'",
    ]
    assert report["code"] == 0


def test_a_unit_without_matricule_or_given_twice_is_refused_and_nothing_is_removed(load: Load) -> None:
    result = unit(5114, place(12, "DU QUAI"))
    load(result, unit(5115, place(12, "DU QUAI")))
    report = load(result, result, result.replace("<RL0104B>86</RL0104B>", ""))
    assert (report["code"], report["counts"]["refused"]) == (1, 2)
    assert report["notes"] == ["nothing is removed while a unit is refused"] and PropertyUnit.objects.count() == 2


def test_the_roll_of_another_municipality_is_refused(load: Load) -> None:
    report = load(unit(5114, place(12, "DU QUAI")), code="99999")
    assert (report["code"], report["error"]) == (1, "invalid") and "99999" in report["message"]
    assert not PropertyUnit.objects.exists()


BOMB = '<!DOCTYPE RL [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE RL SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize("head", [BOMB, OUTSIDE])
def test_a_file_that_declares_entities_is_refused_before_anything_is_read(load: Load, head: str) -> None:
    report = load(unit(5114, place(12, "&b;" if "&" in head else "DU QUAI")), head=head)
    assert report["code"] == 1 and "document type" in report["message"] and not PropertyUnit.objects.exists()


def test_what_is_no_roll_is_refused(town: SmallTown, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in (
        "",
        "<html></html>",
        "<RL><RLUEx>",
        "pas du XML",
        "<RL></RL>",
        f"<RL><RLM01A>{'9' * 9999}</RLM01A></RL>",
    ):
        file = tmp_path / "roll.xml"
        file.write_text(text)
        assert main(["load-roll", str(file)]) == 1
        assert "roll.xml" in capsys.readouterr().err
    assert main(["load-roll", str(tmp_path / "absent.xml")]) == 1


@pytest.mark.soak("places")
def test_ten_thousand_units_are_read_in_bounded_memory(town: SmallTown, tmp_path: Path) -> None:
    def peak(count: int) -> int:
        units = (unit(n, place(n % 900 + 1, f"RUE {n // 900}")) for n in range(count))
        file = write(tmp_path / f"{count}.xml", units)
        tracemalloc.start()
        report = load_roll(path=file, dry_run=True)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert report.counts["created"] == count
        return most

    peak(1_500)
    assert peak(10_000) < peak(2_500) * 1.6
