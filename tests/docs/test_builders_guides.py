"""The guides that add a subject and a department work to the letter: their files are written and their commands run in
a temporary copy.
"""

import re
import shlex
import shutil
import textwrap
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.directory.models import Actor, User
from parvis.apps.matching.queries import suggesting
from parvis.cli.main import main
from parvis.operations.town import load, reading
from tests.conftest import SAMPLE_MOMENT
from tests.factories import unique
from tests.town import test_sample_town

pytestmark = pytest.mark.soak("documents")
ROOT = Path(__file__).parents[2]
BUILD = ROOT / "docs/build"
FILE = re.compile(
    r"(At\s+the\s+end\s+of|Before\s+the\s+rules\s+of|In\s+a\s+new\s+file)\s+`([^`]+)`[^`]*:\n\n *```\w+\n(.*?)\n *```",
    re.DOTALL,
)


def write_files(guide: str, tree: Path) -> None:
    """Writes in `tree` the files that a guide shows, as it says: whole, at the end of one, or before its rules."""
    for place, name, text in FILE.findall((BUILD / guide).read_text()):
        file, snippet = tree / name, textwrap.dedent(text) + "\n"
        assert file.exists() != place.startswith("In"), name
        if place.startswith("In"):
            file.write_text(snippet)
        elif place.startswith("At"):
            file.write_text(f"{file.read_text()}\n{snippet}")
        else:
            head, first_rule, rules = file.read_text().partition("- name:")
            file.write_text(f"{head}{snippet}{first_rule}{rules}")


def commands(guide: str, program: str) -> list[list[str]]:
    """The arguments of each line of a guide that runs that program."""
    lines = re.findall(rf"^ {{4,}}\.venv/bin/{program} (.+)$", (BUILD / guide).read_text(), re.MULTILINE)
    return [shlex.split(line) for line in lines]


@pytest.fixture
def tree(db: None, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample town, without its slow thousands of examples; commands run from there."""
    settings.PARVIS_NOW = SAMPLE_MOMENT
    shutil.copytree(ROOT / "towns", tmp_path / "towns", ignore=shutil.ignore_patterns("variants"))
    monkeypatch.chdir(tmp_path)
    load.load(tmp_path / "towns/carignan", demo=True)
    suggesting.forget()
    return tmp_path


def run(guide: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Runs the commands of parvis that a guide shows, each of which must succeed, and returns what they wrote."""
    for arguments in commands(guide, "parvis"):
        assert main(arguments) == 0, capsys.readouterr()
        suggesting.forget()
    return capsys.readouterr().out


def open_new_case(slug: str, words: str, **details: str) -> Case:
    """A case of that subject, opened by an agent of the sample town."""
    subject, agent = Subject.objects.get(slug=slug), User.objects.get(username="lea.tremblay")
    new_case = NewCase(
        unique(), subject, Nature.REQUEST, "phone", words=words, details=details, place_text="Devant la mairie"
    )
    return open_case(new_case, by=Actor.staff(agent)).case


def test_the_new_subject_answers_and_its_cases_go_where_its_rule_says(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files("add-a-subject.md", tree)
    written = run("add-a-subject.md", capsys)
    assert "subjects: 1 created" in written and "to mend" not in written
    assert "-> bornes, travaux-publics" in written
    assert open_new_case("bornes", "Elle est éteinte.", panne="eteinte").department.slug == "travaux-publics"
    assert open_new_case("bornes", "Des étincelles!", panne="cable").department.slug == "securite-incendie"
    for path, *_options in commands("add-a-subject.md", "pytest"):
        assert (ROOT / path).exists()
    files = reading.read(tree / "towns/carignan")
    test_sample_town.test_every_subject_is_asked_in_many_ways_in_both_languages(files)
    test_sample_town.test_no_way_of_asking_belongs_to_two_subjects(files)


def test_the_new_department_receives_the_case_that_its_rule_sends(
    tree: Path, capsys: pytest.CaptureFixture[str], client: Client
) -> None:
    write_files("add-a-department.md", tree)
    written = run("add-a-department.md", capsys)
    assert "departments: 1 created" in written and "staff: 1 created" in written
    assert "jeanne.roy: technician in culture." in written and "/staff/password/reset/" in written
    case = open_new_case("permis-autre", "Rénover une maison ancestrale.", projet="Toiture")
    assert case.department.slug == "culture"
    client.force_login(User.objects.get(username="sophie.lavallee"))
    assert case.reference in client.get("/desk/queue/culture/").content.decode()
