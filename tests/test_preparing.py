"""The preparation of a start: compiled translations, migrations."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

import parvis
from parvis.cli.main import main
from parvis.lib.errors import Refused
from parvis.operations import preparation
from parvis.operations.town import load

FIRST_START = """
import django
django.setup()
from django.utils.translation import activate, gettext
from parvis.operations.preparation import compile_catalogues
activate("fr")
assert gettext("What is your question?") == "What is your question?", "nothing is compiled yet"
assert list(compile_catalogues())
print(gettext("What is your question?"))
"""


def test_the_first_start_of_all_speaks_french_at_once(tmp_path: Path) -> None:
    """A process that read the translations before they were compiled would serve pages half in English."""
    package = Path(parvis.__file__).parent
    shutil.copytree(package, tmp_path / "parvis", ignore=shutil.ignore_patterns("*.mo", "__pycache__", "vendor"))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PARVIS_", "DATABASE"))}
    environment = inherited | {
        "PYTHONPATH": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "parvis.config.settings",
        "PARVIS_DEMO": "1",
        "PARVIS_DATA": str(tmp_path / "data"),
    }
    done = subprocess.run(
        [sys.executable, "-c", FIRST_START], env=environment, cwd=tmp_path, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "Quelle est votre question?"


@pytest.mark.django_db
def test_data_of_an_earlier_code_is_refused_in_words_and_left_as_it_was() -> None:
    assert not any("Migrations" in line for line in preparation.migrate())
    MigrationRecorder(connection).record_applied("cases", "0099_earlier")
    with pytest.raises(Refused, match=r"cases\.0099_earlier.*load the town anew"):
        list(preparation.migrate())


REAL = {
    "PARVIS_SECRET_KEY": "s" * 50,
    "PARVIS_HOSTS": "127.0.0.1",
    "PARVIS_URL": "http://127.0.0.1",
    "PARVIS_SMTP_URL": "smtp://127.0.0.1:9",
}
VILLAGE = Path(__file__).parent / "towns/val-des-aulnes"


def _set_up(tmp_path: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """`parvis setup --town` as in production, in a folder of data of its own."""
    static = Path(__file__).parents[1] / "var/tests/static"
    static.mkdir(parents=True, exist_ok=True)
    (tmp_path / "data").mkdir(exist_ok=True)
    if not (tmp_path / "data/static").exists():
        (tmp_path / "data/static").symlink_to(static)
    env = {"PATH": os.environ["PATH"], "PARVIS_DATA": str(tmp_path / "data"), "PARVIS_ENCODER": "none"} | REAL
    command = [sys.executable, "-m", "parvis.cli.main", "setup", "--town", str(folder)]
    return subprocess.run(command, env=env, text=True, capture_output=True, check=False)


def test_setup_reads_the_folder_of_the_town_before_it_makes_a_database(tmp_path: Path) -> None:
    wrong = tmp_path / "ville"
    shutil.copytree(VILLAGE, wrong)
    (wrong / "departments.yaml").write_text("- slug: [", encoding="utf-8")
    done = _set_up(tmp_path, wrong)
    assert done.returncode == 1 and "departments.yaml, line" in done.stderr, done.stderr
    assert "Database created" not in done.stdout
    tables = sqlite3.connect(tmp_path / "data/parvis.sqlite3").execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == []


@pytest.mark.django_db
@pytest.mark.parametrize("command", [["setup"], ["mail", "--check"]])
def test_a_password_for_a_mailbox_that_the_town_does_not_have_is_refused(
    command: list[str], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.PARVIS_MAIL_PASSWORDS = {"acceuil": "secret"}
    assert main(["setup"]) == 0, "no town is loaded yet: its mailboxes are not known"
    load.load(VILLAGE, demo=True)
    capsys.readouterr()
    assert main(command) == 1
    said = capsys.readouterr().err
    assert "acceuil; did you mean 'accueil'?" in said and "mailboxes.yaml" in said and "secret" not in said
    settings.PARVIS_MAIL_PASSWORDS = {"accueil": "secret"}
    assert main(["setup"]) == 0


NEW_DATABASE = """
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from parvis.operations import preparation, schema
{steps}
"""


def _prepared(tmp_path: Path, steps: str) -> subprocess.CompletedProcess[str]:
    """Runs these steps in a process of its own, on a new SQLite database, in a locale that knows ASCII only."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PARVIS_", "DATABASE"))}
    environment = inherited | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'new.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "parvis.config.settings",
        "PARVIS_DEMO": "1",
        "PARVIS_DATA": str(tmp_path),
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    }
    command = [sys.executable, "-c", NEW_DATABASE.format(steps=steps)]
    return subprocess.run(command, env=environment, text=True, capture_output=True, check=False)


def test_a_new_database_takes_its_tables_from_the_schema_file_and_needs_no_migration(tmp_path: Path) -> None:
    done = _prepared(
        tmp_path,
        """
print(*preparation.migrate(), sep="; ")
call_command("migrate", check_unapplied=True)
from wagtail.models import Page
print(Page.objects.count(), *Page.objects.values_list("translation_key", flat=True).distinct())
""",
    )
    assert done.returncode == 0, done.stderr
    said, *rest = done.stdout.splitlines()
    assert said == "Database created."
    pages, *keys = rest[-1].split()
    assert int(pages) == len(keys) == 2, "each page has a key of its own"


def test_the_migrations_that_follow_the_schema_file_are_applied(tmp_path: Path) -> None:
    """As of a file written before the last migration of an app."""
    done = _prepared(
        tmp_path,
        """
assert schema.load_schema()
call_command("migrate", "importing", "zero", verbosity=0)
assert not [name for name in connection.introspection.table_names() if name.startswith("importing_")]
print(*preparation.migrate(), sep="; ")
call_command("migrate", check_unapplied=True)
assert [name for name in connection.introspection.table_names() if name.startswith("importing_")]
""",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "Migrations to apply: 1."


def test_a_first_start_interrupted_in_the_schema_file_begins_again(tmp_path: Path) -> None:
    done = _prepared(
        tmp_path,
        """
from pathlib import Path
whole = schema.FILE
statements = list(schema.split_statements(whole.read_text(encoding="utf-8")))
half = Path(connection.settings_dict["NAME"]).with_name("half.sql")
half.write_text("\\n".join([*statements[: len(statements) // 2], "NOT SQL;"]), encoding="utf-8")
schema.FILE = half
try:
    schema.load_schema()
except Exception as error:
    print(type(error).__name__)
assert connection.introspection.table_names() == []
schema.FILE = whole
print(*preparation.migrate(), sep="; ")
""",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["OperationalError", "Database created."]


def test_a_database_that_holds_something_is_never_given_the_schema_file(tmp_path: Path) -> None:
    done = _prepared(
        tmp_path,
        """
connection.cursor().execute("CREATE TABLE elsewhere (id integer)")
print(schema.load_schema(), connection.introspection.table_names())
""",
    )
    assert done.stdout.strip() == "False ['elsewhere']", done.stderr
