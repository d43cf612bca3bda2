"""A folder with many mistakes: what a technician is told first, and how many times."""

from pathlib import Path

import pytest

from parvis.cli.main import main
from parvis.operations.town import load
from parvis.operations.town.reading import TownFileError
from tests.town.conftest import CARIGNAN, Change

pytestmark = pytest.mark.django_db


def refused(folder: Path) -> TownFileError:
    with pytest.raises(TownFileError) as error:
        load.load(folder, demo=True)
    return error.value


def test_what_follows_from_a_file_that_cannot_be_read_is_not_called_a_mistake(village: Path, change: Change) -> None:
    change("departments.yaml", "- slug:", "- slug: [")
    [only] = refused(village).problems
    assert only.startswith("departments.yaml, line") and "cannot be read as YAML" in only


@pytest.mark.parametrize("file", ["subjects.yaml", "facts.yaml", "groups.yaml"])
def test_a_missing_list_is_the_only_mistake_that_it_makes(village: Path, file: str) -> None:
    (village / file).unlink()
    assert refused(village).problems == [f"{file}: this file is missing"]


def test_a_file_that_cannot_be_read_lacks_nothing_else(village: Path, change: Change) -> None:
    change("town.yaml", "phone:", "slug: again\nphone:")
    [only] = refused(village).problems
    assert "field 'slug' is given twice" in only


def test_the_same_mistake_made_everywhere_is_said_once_and_counted(tmp_path: Path) -> None:
    """As when a technician renames the departments of the sample town, and nothing else."""
    folder = tmp_path / "ville"
    folder.mkdir()
    for file in CARIGNAN.iterdir():
        (folder / file.name).symlink_to(file)
    departments = (CARIGNAN / "departments.yaml").read_text(encoding="utf-8")
    (folder / "departments.yaml").unlink()
    renamed = departments.replace("- slug: ", "- slug: ville-").replace("phone: ", "phone: 0 ")
    (folder / "departments.yaml").write_text(renamed, encoding="utf-8")
    error = refused(folder)
    lines = str(error).splitlines()
    assert len(error.problems) > 200
    assert len(lines) < 60, lines
    assert f"{len(error.problems)} mistakes of " in lines[0]
    assert "'phone' must be a phone number" in lines[1] and "times: departments.yaml" in lines[1]
    assert any("names an unknown department: 'travaux-publics'" in line and " times: " in line for line in lines), lines


def test_each_mistake_is_written_on_demand(village: Path, change: Change, capsys: pytest.CaptureFixture[str]) -> None:
    text = (village / "subjects.yaml").read_text(encoding="utf-8")
    (village / "subjects.yaml").write_text(text.replace("department: voirie", "department: rues"), encoding="utf-8")
    many = refused(village).problems
    assert len(many) > 1
    assert main(["load-town", str(village)]) == 1
    few = capsys.readouterr().err
    assert "parvis load-town --all" in few and few.count("names an unknown department: 'rues'") == 1
    assert main(["load-town", str(village), "--all"]) == 1
    every = capsys.readouterr().err
    assert all(problem in every for problem in many)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("calendar.yaml", '"12:00"', "12:00", '720, which is what YAML reads in 12:00 without quotes: write "12:00"'),
        ("facts.yaml", 'value: "23:00"', "value: 23:00", 'write "23:00"'),
        ("town.yaml", "region: Laurentides", "region: 8:30", "not 510, which is what YAML reads in 8:30"),
    ],
)
def test_an_hour_without_quotes_is_named_for_what_it_is(
    village: Path, change: Change, file: str, old: str, new: str, said: str
) -> None:
    change(file, old, new)
    problems = refused(village).problems
    assert any(problem.startswith(file) and said in problem for problem in problems), problems
