"""What the pages for administrators say can be used as written: units, settings, mappings."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from parvis.operations.importing.mapping import FIELDS, STATUSES, Mapping, built_in, read_mapping

ROOT = Path(__file__).parents[2]
RUN = ROOT / "docs/run"
UNITS = sorted((RUN / "systemd").iterdir())


def test_the_units_are_accepted_by_systemd(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text()
        read = configparser.ConfigParser(strict=False, interpolation=None)
        read.read_string(text)
        assert "Unit" in read
        (tmp_path / unit.name).write_text(text.replace("/opt/parvis/.venv/bin/parvis", "/bin/true"))
    assert {unit.suffix for unit in UNITS} == {".service", ".timer"}
    if analyze := shutil.which("systemd-analyze"):
        files = [str(tmp_path / unit.name) for unit in UNITS]
        done = subprocess.run([analyze, "verify", *files], capture_output=True, text=True, check=False)
        ours = [line for line in done.stderr.splitlines() if any(unit.name in line for unit in UNITS)]
        assert ours == []


def test_the_settings_of_the_page_mean_the_same_to_systemd_and_to_a_shell(tmp_path: Path) -> None:
    block = re.search(r"```sh\n(.+?)```", (RUN / "README.md").read_text(), re.DOTALL)
    assert block
    file, told = tmp_path / "parvis.env", {}
    file.write_text(block[1])
    for line in block[1].splitlines():
        if not line.startswith("#"):  # the one remark that systemd knows: the rest of a line is its value
            name, _equals, value = line.partition("=")
            told[name] = value.strip('"')
    done = subprocess.run(["sh", "-c", f"set -a; . {file}; env"], capture_output=True, text=True, check=True, env={})
    read = dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("PARVIS_"))
    assert "PARVIS_DATA" in told and read == told


def test_the_mapping_of_the_page_can_be_used_and_no_field_is_left_untold(tmp_path: Path) -> None:
    page = (RUN / "moving-in.md").read_text()
    example = re.search(r"```yaml\n(.+?)```", page, re.DOTALL)
    assert example and yaml.safe_load(example[1])
    file = tmp_path / "mapping.yaml"
    file.write_text(example[1])
    assert isinstance(read_mapping(str(file)), Mapping)
    for name in {*FIELDS, *STATUSES} - {"passed"}:
        assert f"`{name}`" in page, name


@pytest.mark.parametrize("name", built_in())
def test_every_mapping_that_comes_with_parvis_can_be_used(name: str) -> None:
    assert read_mapping(name).system
