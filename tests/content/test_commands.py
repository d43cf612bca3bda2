"""The commands that maintain facts: their effects and exit codes."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from parvis.apps.content.models import Fact
from parvis.apps.directory.models import Department
from parvis.cli.main import main
from parvis.lib import quebec
from tests.content.makers import make_fact, publish_answer
from tests.factories import SmallTown


@pytest.fixture
def file(town: SmallTown, tmp_path: Path) -> Path:
    make_fact("tarif", town.planning)
    path = tmp_path / "faits.csv"
    path.write_text("key,value_fr\ntarif,50\n")
    return path


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return dict(json.loads(capsys.readouterr().out))


def test_a_dry_run_shows_old_to_new_and_writes_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import-facts", str(file), "--dry-run", "--language", "fr"]) == 0
    lines = capsys.readouterr().out
    assert "value: 42,50\u00a0$ -> 50\u00a0$" in lines
    assert "Nouveaux\u00a0: 0; changés\u00a0: 1; pareils\u00a0: 0. Rien n’a été écrit." in lines
    assert Fact.objects.count() == 1
    assert main(["import-facts", str(file), "--dry-run", "--json", "--language", "en"]) == 0
    shown = told(capsys)
    assert shown["dry_run"] is True
    assert shown["facts"][0]["changed"]["value"] == {"old": "$42.50", "new": "$50"}


def test_a_bad_row_exits_with_one_names_its_line_and_writes_nothing(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text("key,value_fr\ntarif,50\ntarfi,60\n")
    assert main(["import-facts", str(file), "--json", "--language", "en"]) == 1
    shown = told(capsys)
    assert shown["error"] == "fact-file"
    assert [problem.split(":")[0] for problem in shown["problems"]] == ["line 3"]
    assert Fact.objects.get().value == 4250


def test_a_file_that_is_not_there_exits_with_one(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import-facts", "absent.csv"]) == 1
    assert "absent.csv" in capsys.readouterr().err


def test_the_check_exits_with_one_while_something_must_be_mended(
    town: SmallTown, file: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    Department.objects.update(email="service@ville.example")
    assert main(["check-knowledge", "--json", "--language", "en"]) == 1
    shown = told(capsys)
    assert (shown["mend"], shown["findings"][0]["kind"]) == (1, "missing")
    publish_answer(town.shed, town.planning)
    assert main(["check-knowledge", "--language", "en"]) == 0
    assert "0 to mend" in capsys.readouterr().out


def test_what_an_owner_has_to_verify_fails_the_strict_check_alone(
    town: SmallTown, capsys: pytest.CaptureFixture[str]
) -> None:
    Department.objects.update(email="service@ville.example")
    make_fact("tarif", town.planning, valid_to=date(2020, 1, 1))
    publish_answer(town.shed, town.planning, facts="tarif", review_on=date(2099, 1, 1))
    assert main(["check-knowledge", "--language", "en"]) == 0
    output = quebec.plain(capsys.readouterr().out)
    assert f"? tarif: Lapsed on January 1, 2020, in: Shed. ({town.planning.name_en})" in output
    assert main(["check-knowledge", "--language", "fr"]) == 0
    assert "Périmé depuis le 1er janvier 2020, dans\u00a0: Cabanon." in capsys.readouterr().out.replace(
        "1er\u00a0j", "1er j"
    )
    assert main(["check-knowledge", "--strict", "--json"]) == 1
    assert told(capsys)["verify"] == 1
