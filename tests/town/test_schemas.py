"""The JSON Schemas of a town's YAML files match what the loader accepts."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from parvis.cli.main import main
from parvis.lib.errors import Invalid
from parvis.operations.town.schemas import FAMILIES, family_of, json_schema
from tests.town.conftest import CARIGNAN, VILLAGE

FILES = [file for town in (CARIGNAN, VILLAGE) for file in sorted(town.rglob("*.yaml"))]


def mistakes(file: str, content: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(json_schema(family_of(file))).iter_errors(content)]


def as_an_editor_reads(content: Any) -> Any:
    """The values of a YAML file as JSON values: a date is a text."""
    if isinstance(content, dict):
        return {str(name): as_an_editor_reads(value) for name, value in content.items()}
    if isinstance(content, list):
        return [as_an_editor_reads(value) for value in content]
    return content.isoformat() if isinstance(content, date) else content


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_each_file_of_the_sample_towns_follows_its_schema(file: Path) -> None:
    content = as_an_editor_reads(yaml.safe_load(file.read_text(encoding="utf-8")))

    assert mistakes(str(file), content) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("proof: photo", "prof: photo", "'prof' was unexpected"),
        ("nature: complaint", "nature: rant", "'rant' is not one of"),
        ('  title: {fr: "Bruit", en: "Noise"}\n', "", "'title' is a required property"),
        ("answerable: false", 'answerable: "no"', "'no' is not of type 'boolean'"),
        ('{fr: "Bruit", en: "Noise"}', '{fr: "Bruit"}', "'en' is a required property"),
        ("- slug: bruit", "- slug: Bruit !", "'Bruit !' does not match"),
    ],
)
def test_a_mistake_is_seen_while_it_is_written(old: str, new: str, said: str) -> None:
    text = (VILLAGE / "subjects.yaml").read_text(encoding="utf-8")
    assert old in text

    result = mistakes("subjects.yaml", as_an_editor_reads(yaml.safe_load(text.replace(old, new, 1))))

    assert any(said in message for message in result), result


def test_a_file_belongs_to_the_family_of_its_name_or_of_its_folder() -> None:
    assert family_of("subjects.yaml") == family_of("here/subjects/rues.yaml") == "subjects"
    assert family_of("guides/cabanon.yaml") == "guides" and family_of("guides/common.yaml") == "guides-common"
    with pytest.raises(Invalid, match="no file streets.csv"):
        family_of("streets.csv")


def test_the_command_writes_one_schema_or_all_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["town-schema", "works.yaml"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema("works")

    assert main(["town-schema", "--all", str(tmp_path / "schemas")]) == 0
    assert {file.stem for file in (tmp_path / "schemas").iterdir()} == set(FAMILIES)
