"""Each rule of `make lint` finds the one fault planted for it, and says where it is."""

import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.checks.planted import PLANTED
from tools.checks.rules import RULES, Tree


def test_every_rule_has_a_planted_fault() -> None:
    assert set(PLANTED) == set(RULES)


@pytest.fixture
def importable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The modules of the tree can be imported, and are forgotten."""
    monkeypatch.syspath_prepend(tmp_path / "src")
    for file in PLANTED.values():
        for path in file.files:
            monkeypatch.delitem(sys.modules, Path(path).stem, raising=False)


@pytest.mark.django_db
@pytest.mark.parametrize("name", PLANTED)
def test_a_rule_finds_its_fault(name: str, tmp_path: Path, importable: None, settings: Settings) -> None:
    planted = PLANTED[name]
    planted.write(tmp_path)
    for setting, value in planted.settings.items():
        setattr(settings, setting, here(value, tmp_path))
    found = [str(fault) for fault in RULES[name](Tree(tmp_path))]
    assert len(found) == 1 and planted.said in found[0], found


def here(value: object, folder: Path) -> object:
    """A setting, with the folder of the tree in the place of `{here}`."""
    if isinstance(value, dict):
        return {name: here(inside, folder) for name, inside in value.items()}
    if isinstance(value, list):
        return [here(inside, folder) for inside in value]
    return value.replace("{here}", str(folder)) if isinstance(value, str) else value
