"""Loading civic addresses from a file is repeatable, and references to addresses stay valid."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parvis.apps.places.models import Address, Sector, Segment, Street
from parvis.apps.places.queries import addresses
from parvis.apps.places.services.addresses import load_addresses
from parvis.apps.residents.models import Person
from parvis.cli.main import main
from parvis.operations.town import load as towns
from tests.factories import SmallTown, make_address, make_person
from tests.town.conftest import VILLAGE

pytestmark = pytest.mark.django_db

HEAD = "civic,street,unit,postal,lat,lon\n"
SAMPLE = HEAD + (
    "12,rue du Quai,,g0c 1a1,48.45,-64.35\n"
    "14,rue du Quai,,G0C1A1,48.46,-64.35\n"
    "14,rue du Quai,2,G0C 1A1,48.46,-64.35\n"
    "8B,chemin de l'Île-aux-Lièvres,,,,\n"
)

Load = Callable[..., dict[str, Any]]


@pytest.fixture
def load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Load:
    """load(text, *options, name=...): runs the command on a file with this text; returns its report, and `code`."""

    def run(text: str | bytes, *options: str, name: str = "adresses.csv") -> dict[str, Any]:
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        code = main(["load-addresses", str(file), "--json", *options])
        return {**json.loads(capsys.readouterr().out), "code": code}

    return run


def labels() -> list[str]:
    """Every address, in order."""
    rows = Address.objects.select_related("street").order_by("street__name", "civic", "suffix", "unit")
    return [address.label for address in rows]


def test_a_file_becomes_addresses_and_a_second_load_changes_nothing(load: Load) -> None:
    first = load(SAMPLE)
    assert (first["code"], first["counts"]["created"]) == (0, 4)
    assert labels() == [
        "8B, chemin de l'Île-aux-Lièvres",
        "12, rue du Quai",
        "14, rue du Quai",
        "14, rue du Quai, app. 2",
    ]
    address = addresses.exact("12 rue du quai")
    assert address and (address.postal, address.point) == ("G0C 1A1", (48.45, -64.35))

    again = load(SAMPLE)
    assert (again["counts"]["created"], again["counts"]["updated"], again["counts"]["unchanged"]) == (0, 0, 4)


def test_what_points_at_an_address_still_does_when_it_changes(town: SmallTown, load: Load) -> None:
    person = make_person(address=town.address)
    report = load(HEAD + "12,RUE DU QUAI,,G0C 1A9,48.45,-64.35\n")

    assert report["counts"]["updated"] == 1
    person.refresh_from_db()
    assert person.address == town.address
    town.address.refresh_from_db()
    assert town.address.postal == "G0C 1A9" and Street.objects.count() == 1


def test_what_the_file_does_not_say_is_left(town: SmallTown, load: Load) -> None:
    Address.objects.update(flags=["riverain"], postal="G0C 1A1")
    load("civic,street,lat,lon\n12,rue du Quai,48.45,-64.35\n")
    address = Address.objects.get()
    assert (address.flags, address.postal, address.latitude) == (["riverain"], "G0C 1A1", 48.45)
    load("civic;street;flags\n12;rue du Quai;jumele\n".replace(";jumele", ';"jumele;agricole"'))
    assert Address.objects.get().flags == ["jumele", "agricole"]


def test_a_dry_run_says_what_would_change_and_writes_nothing(town: SmallTown, load: Load) -> None:
    report = load(SAMPLE, "--dry-run")
    assert report["dry_run"] and report["counts"]["created"] == 3 and report["counts"]["updated"] == 1
    assert any("12, rue du Quai" in change and "G0C 1A1" in change for change in report["changes"])
    assert report["notes"] == ["1 new streets: chemin de l'Île-aux-Lièvres"]
    assert labels() == ["12, rue du Quai"] and not Address.objects.filter(from_file=True).exists()


def test_each_bad_line_is_named_with_its_reason_and_the_others_come(load: Load, tmp_path: Path) -> None:
    bad = (
        "douze,rue du Quai,,,,\n"
        "16,,,,,\n"
        "18,rue du Quai,,G0C,,\n"
        "20,rue du Quai,,,98.1,-64\n"
        "22,rue du Quai,,,48.4,\n"
        "24,rue du Quai\n"
        "12,rue du quai,,,,\n"
    )
    report = load(SAMPLE + bad, "--report", str(tmp_path / "problems.csv"))
    assert (report["code"], report["counts"]["created"], report["counts"]["refused"]) == (1, 4, 7)
    reasons = {problem["line"]: problem["reason"] for problem in report["problems"]}
    assert reasons[6] == "the civic number must be digits, with two letters at most: 'DOUZE'"
    assert reasons[8].startswith("the postal code must be") and reasons[9].startswith(
        "latitude and longitude must be degrees"
    )
    assert reasons[11] == "it has 2 values for 6 columns" and reasons[12] == "this address is already given: line 2"
    assert len((tmp_path / "problems.csv").read_text().splitlines()) == 8


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_encoding_and_the_delimiter_are_found(load: Load, encoding: str) -> None:
    load("NO_CIVIQUE;GENERIQUE;LIAISON;SPECIFIQUE\n8;rue;de l';École\n".encode(encoding))
    assert labels() == ["8, rue de l'École"]


def test_columns_may_be_named(load: Load) -> None:
    report = load("A,B,C,D\n8,rue,Désourdy,?\n", "--columns", "civic=A,street=B+C")
    assert labels() == ["8, rue Désourdy"] and report["notes"][0] == "columns that were not used: D"


def test_a_file_without_what_is_needed_is_refused_as_a_whole(load: Load) -> None:
    for text, options in (
        ("a,b\n1,2\n", []),
        (SAMPLE, ["--columns", "civic=absente"]),
        (SAMPLE, ["--columns", "civique=civic"]),
    ):
        report = load(text, *options)
        assert (report["code"], report["error"]) == (1, "invalid")
    assert main(["load-addresses", "/nowhere.csv"]) == 1
    assert load('{"type": "FeatureCollection", "features": [{"type": "Feature", ', name="coupe.geojson")["code"] == 1


def feature(civic: object, street: str, *at: float, **more: object) -> dict[str, object]:
    """A GeoJSON feature."""
    point = {"type": "Point", "coordinates": list(at)}
    return {"type": "Feature", "properties": {"civic": civic, "street": street, **more}, "geometry": point}


@pytest.mark.parametrize("name", ["a.geojson", "a.ndjson"])
def test_geojson_is_read_in_both_its_forms(load: Load, name: str) -> None:
    features = [
        feature(12, "rue du Quai", -64.35, 48.45, unit=None, flags=["riverain", "jumele"]),
        feature(14.0, "rue du Quai", -64.36, 48.46),
        feature(16, "rue du Quai", 300_000.0, 5_030_000.0),
        {"type": "Feature", "properties": {"civic": "18", "street": "rue du\0 Quai"}, "geometry": None},
        {"type": "Feature", "properties": [], "geometry": []},
    ]
    whole = {"type": "FeatureCollection", "name": "adresses", "features": features, "fin": [1]}
    lines = "\n".join(json.dumps(item) for item in features)
    report = load(lines if name == "a.ndjson" else json.dumps(whole, indent=1), name=name)
    assert [problem["line"] for problem in report["problems"]] == [3, 5]
    assert labels() == ["12, rue du Quai", "14, rue du Quai", "18, rue du Quai"]
    first = Address.objects.get(civic=12)
    assert (first.point, first.flags) == ((48.45, -64.35), ["riverain", "jumele"])


def test_a_complete_file_removes_what_is_gone_unless_something_points_at_it(town: SmallTown, load: Load) -> None:
    load(SAMPLE)
    lived_in = Address.objects.get(unit="2")
    make_person(address=lived_in)
    shorter = SAMPLE.splitlines(keepends=True)[:2]

    assert load("".join(shorter), "--complete", "--dry-run")["counts"]["removed"] == 2
    assert Address.objects.count() == 4
    spoilt = load("".join(shorter) + "x,rue du Quai,,,,\n", "--complete")
    assert spoilt["notes"] == ["nothing is removed while a line is refused"] and Address.objects.count() == 4
    report = load("".join(shorter), "--complete")
    assert report["counts"]["removed"] == 2 and labels() == ["12, rue du Quai", "14, rue du Quai, app. 2"]
    assert Person.objects.get().address == lived_in


def test_the_folder_of_the_town_and_the_file_live_side_by_side(load: Load) -> None:
    towns.load(VILLAGE, demo=True)
    before = Address.objects.count()
    load(HEAD + "9999,rang du Lac,,,,\n410,rang du Lac,,J0T 9Z9,46.108,-74.375\n")
    Address.objects.filter(civic=445).delete()
    from_folder = towns.load(VILLAGE, demo=False)
    assert from_folder.tallies["addresses"].created == 1 and from_folder.tallies["addresses"].removed == 0
    assert Address.objects.count() == before + 1
    assert Address.objects.get(civic=410).postal == "J0T 9Z9"


def test_an_address_without_a_sector_gets_that_of_its_side_for_the_routing(town: SmallTown, load: Load) -> None:
    road = Street.objects.get(name="rue du Quai")
    other = Sector.objects.create(slug="sud", kind="quartier", name_fr="Sud", name_en="South")
    Segment.objects.create(street=road, first=1, last=99, parity="even", sector=other)
    load(SAMPLE)
    assert Address.objects.get(civic=14, unit="").sector == other
    assert Address.objects.get(civic=8).sector is None


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(lines: int) -> int:
        file = tmp_path / f"{lines}.csv"
        with file.open("w") as out:
            out.write(HEAD)
            out.writelines(f"{n % 900 + 1},rue {n // 900}e,,,48.1,-64.1\n" for n in range(lines))
        tracemalloc.start()
        load_addresses(path=file, dry_run=True)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(4_000)
    assert peak(24_000) < peak(6_000) * 1.6


def test_the_civic_numbers_of_a_long_street_come_in_order(load: Load) -> None:
    make_address(2, "rue du Quai")
    load(HEAD + "".join(f"{n},rue du Quai,,,,\n" for n in (110, 11, 1100, 12)))
    assert [a.civic for a in addresses.complete("rue du quai")] == [2, 11, 12, 110, 1100]
    assert [a.civic for a in addresses.complete("11 quai")] == [11, 110, 1100]
