"""The preparation of a start: compiled translations, migrations."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

import parvis
from parvis.lib.errors import Refused
from parvis.operations import preparation

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
