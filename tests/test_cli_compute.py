"""`parvis compute`: every computed answer on the command line, with its inputs, its result and its words."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from parvis.apps.calculators.queries import registry
from parvis.apps.calculators.queries.at_address import PARTS, at_address
from parvis.apps.places.models import Address
from parvis.cli.main import main
from parvis.lib import quebec
from tests.conftest import SAMPLE_MOMENT

AMOUNT = ("amount",)
Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(sample_town: None, db: None, settings: Settings, capsys: pytest.CaptureFixture[str]) -> Run:
    """run(argument, ...): the exit code, and what was written as JSON."""
    settings.PARVIS_NOW = SAMPLE_MOMENT

    def compute(*arguments: str) -> tuple[int, Any]:
        code = main(["compute", *arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return compute


def test_a_duty_comes_with_its_inputs_its_facts_and_its_words(run: Run) -> None:
    code, result = run("transfer-duty", "paid=450000", "on=2026-06-01")
    assert (code, result["name"], result["result"]["total"], result["estimate"]) == (0, "transfer-duty", 486_050, True)
    assert (
        "4 860,50 $" in quebec.plain(result["words"]["fr"]["short"]) and "$4,860.50" in result["words"]["en"]["short"]
    )
    assert {"mutation.seuil_1", "mutation.taux_3"} <= {fact["key"] for fact in result["facts"]}
    assert run("transfer-duty", '{"paid": 450000, "on": "2026-06-01", "exempt": false}')[1] == result


@pytest.mark.parametrize(
    ("arguments", "path", "value"),
    [
        (("tax-instalments", "bill=250"), ("single",), True),
        (("roll-revision", "kind=certificate", "notice_on=2026-10-15", "value=400000"), ("last_day",), "2026-12-14"),
        (("tax-sale", "ordered_on=2026-11-03"), ("stage",), "ordered"),
        (
            ("subsidy", "subject=subvention-couches", "price=200", "bought_on=2026-10-01", "units=1"),
            ("amount",),
            12_000,
        ),
        (("papers", "subject=assermentation", '{"acte": "?"}'), (), None),
        (("reach",), ("hours", "open"), True),
        (("tonight", "address=1 rue inconnue"), (), None),
    ],
)
def test_each_has_its_name(run: Run, arguments: tuple[str, ...], path: tuple[str, ...], value: object) -> None:
    code, outcome = run(*arguments)
    if not path:
        assert code == 1 and outcome["error"] == "invalid" and ": " in outcome["message"]
        return
    result = outcome["result"]
    for key in path:
        result = result[key]
    assert (code, result) == (0, value)


def test_a_guide_says_what_it_still_asks(run: Run) -> None:
    code, result = run("permit", "subject=piscine")
    assert code == 1 and "terrain: " in result["message"] and "aucune" in result["message"]
    answers = ("terrain=aucune", "projet=installer", "genre=souple", "profondeur=plus")
    code, result = run("permit", "subject=piscine", *answers)
    assert (code, result["result"]["followed"]["outcome"]) == (0, "required")


def test_what_is_missing_unknown_or_elsewhere_is_said(run: Run) -> None:
    code, result = run("transfer-duty", "on=2026-06-01")
    assert code == 1 and "paid: Écrivez le prix payé." in result["message"]
    assert "price: " in run("transfer-duty", "paid=1", "on=2026-06-01", "price=2")[1]["message"]
    assert run("permit", "subject=mutation")[1]["error"] == "not-found"
    assert run("nothing")[1]["error"] == "not-found"
    assert run("transfer-duty", "450000")[0] == run("transfer-duty", "{paid")[0] == 1


def test_an_address_is_answered_for_a_day(run: Run) -> None:
    address = Address.objects.select_related("street", "sector").order_by("pk").first()
    assert address is not None
    code, result = run("pickups", f"address={address.label}", "--on", "2026-11-30")
    assert (code, result["on"], result["inputs"]["address"]) == (0, "2026-11-30", address.label)
    assert result["result"]["streams"]
    for part in PARTS:
        code, result = run(part, f"address={address.label}")
        assert code == 0 and result["words"]["fr"]["short"] == at_address(part, address).words("fr").short


def test_an_address_that_has_several_doors_or_none_says_so(run: Run) -> None:
    code, result = run("pickups", "address=1467 chemin de Chambly")
    assert code == 1 and "1467, chemin de Chambly, app. 101; ou 1467, chemin de Chambly, app. 102" in result["message"]
    code, result = run("pickups", "address=rue zzzz")
    assert code == 1 and "Cette adresse n’est pas connue ici." in result["message"]


def test_the_hours_are_those_of_the_day_asked_about(run: Run) -> None:
    code, result = run("reach", "--on", "2026-12-25")
    assert (code, result["on"], result["result"]["hours"]["open"]) == (0, "2026-12-25", False)
    assert "Congé des Fêtes" in result["words"]["fr"]["short"]


def test_everything_that_may_be_worked_out_is_listed(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compute"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert "transfer-duty paid= on= stipulated= roll= exempt=" in listed and "reach" in listed
    assert any(line.startswith("permit subject=piscine ") for line in listed)
    assert {line.split()[0] for line in listed} == set(registry.names())
    assert main(["compute", "transfer-duty", "paid=450000", "on=2026-06-01", "--lang", "en"]) == 0
    assert "$4,860.50" in capsys.readouterr().out
