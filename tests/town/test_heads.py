"""The heads of departments named in the files of a real town."""

from pathlib import Path

import pytest

from parvis.apps.directory.models import Department, User
from parvis.apps.directory.rules.permissions import Role
from parvis.cli.main import main
from parvis.operations.town import load
from parvis.operations.town.reading import TownFileError
from tests.factories import make_user
from tests.town.conftest import VILLAGE, Change

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def loaded(settings: object) -> None:
    """The village, loaded for its true citizens."""
    settings.PARVIS_DEMO = False  # type: ignore[attr-defined]
    load.load(VILLAGE, demo=False)


def works() -> Department:
    return Department.objects.get(slug="voirie")


def name_head(change: Change, username: str) -> None:
    change("departments.yaml", "slug: voirie", f"slug: voirie\n  head: {username}")


@pytest.fixture
def village(village: Path) -> Path:
    """A copy of the village whose files name no head."""
    text = (village / "departments.yaml").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not line.strip().startswith("head:")]
    (village / "departments.yaml").write_text("\n".join(kept) + "\n", encoding="utf-8")
    return village


@pytest.mark.parametrize("role", [Role.MANAGER, Role.TECHNICIAN])
def test_a_staff_member_who_has_an_account_may_be_named_head(village: Path, change: Change, role: Role) -> None:
    marie = make_user("marie.roy", (works(), role))
    name_head(change, "marie.roy")
    report = load.load(village, demo=False)
    assert works().head == marie
    assert report.tallies["heads"].updated == 1
    assert list(marie.memberships.values_list("role", flat=True)) == [role], "no role is granted by it"


def test_who_has_no_account_is_refused_with_what_to_do(
    village: Path, change: Change, capsys: pytest.CaptureFixture[str]
) -> None:
    make_user("marie.roy", (works(), Role.MANAGER))
    name_head(change, "mari.roy")
    assert main(["load-town", str(village)]) == 1
    said = capsys.readouterr().err
    assert "departments.yaml, voirie: 'head' names an unknown person: 'mari.roy'; did you mean 'marie.roy'?" in said
    assert "parvis add-staff mari.roy --department voirie --role manager --head" in said
    assert works().head is None
    assert not User.objects.filter(username="mari.roy").exists()


@pytest.mark.parametrize(
    ("place", "role", "active"),
    [("voirie", Role.AGENT, True), ("accueil", Role.MANAGER, True), ("voirie", Role.MANAGER, False)],
)
def test_who_does_not_work_on_its_requests_is_refused(
    village: Path, change: Change, place: str, role: Role, active: bool
) -> None:
    department = works() if place == "voirie" else Department.objects.get(kind=Department.Kind.DESK)
    make_user("marie.roy", (department, role), is_active=active)
    name_head(change, "marie.roy")
    with pytest.raises(TownFileError, match=r"voirie: 'head' names .*parvis add-staff marie\.roy"):
        load.load(village, demo=False)
    assert works().head is None


def test_the_head_given_on_the_command_line_stays_while_the_files_name_nobody(village: Path, change: Change) -> None:
    assert main(["add-staff", "marie.roy", "--department", "voirie", "--role", "manager", "--head"]) == 0
    change("town.yaml", "phone:", "phone: ")
    load.load(village, demo=False)
    assert works().head == User.objects.get(username="marie.roy")


def test_the_invented_heads_of_a_sample_town_stop_nothing_and_head_nothing() -> None:
    named = [line for line in (VILLAGE / "departments.yaml").read_text().splitlines() if "head:" in line]
    assert named and not Department.objects.exclude(head=None).exists()
