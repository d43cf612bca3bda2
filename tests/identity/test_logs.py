"""No secret in a URL reaches the logs, whatever the response."""

import io
import logging
import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from parvis.apps.cases.models import Case
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from tests.factories import SmallTown, make_person, unique


@pytest.fixture
def case(town: SmallTown) -> Case:
    new_case = NewCase(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="phone", words="Il fait noir.",
        person=make_person(email="j@exemple.ca"),
    )  # fmt: skip
    return open_case(new_case, by=Actor.staff(town.agent)).case


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """The output of the product's log handler."""
    [handler] = [item for item in logging.getLogger().handlers if type(item) is logging.StreamHandler]
    written = io.StringIO()
    monkeypatch.setattr(handler, "stream", written)
    return written


def everything(log: io.StringIO, caplog: pytest.LogCaptureFixture) -> str:
    return log.getvalue() + "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)


def test_a_citizen_s_link_is_never_written(
    client: Client, case: Case, log: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    page = f"/suivi/{case.secret}/"
    assert client.post(f"{page}reply/", {"words": " "}).status_code == 422
    assert client.get(f"{page}photo/{uuid4()}").status_code == 404
    assert client.get(f"{page}nowhere/at/all/?q={case.secret}").status_code == 404
    assert client.put(page).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    referer = {"Referer": f"https://ailleurs.example{page}", "Origin": "https://ailleurs.example"}
    assert strict.post(f"{page}withdraw/", headers=referer).status_code == 403
    assert strict.post(f"{page}withdraw/", secure=True, headers={"Referer": f"http://x{page}"}).status_code == 403
    output = everything(log, caplog)
    assert case.secret not in output
    assert "Unprocessable" in output and "/suivi/<secret>/<move>/" in output.replace("<str:", "<")
    assert "Forbidden" in output and "Not Found" in output, "what went wrong is still told"


def test_the_key_of_a_new_password_is_never_written(
    client: Client, town: SmallTown, log: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/staff/password/reset/key/3-abc-sesamesesame/")
    Client(enforce_csrf_checks=True).post("/staff/password/reset/key/3-abc-sesamesesame/", {"password1": "x"})
    output = everything(log, caplog)
    assert "Forbidden" in output
    assert "sesame" not in output


def test_the_commands_called_by_a_process_leave_its_logs_where_they_go(tmp_path: Path) -> None:
    script = (
        "import django, logging; django.setup(); before = logging.getLogger().handlers[:]; "
        "import parvis.cli.commands; raise SystemExit(logging.getLogger().handlers != before)"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "parvis.config.settings", "PARVIS_DEMO": "1", "PARVIS_DATA": str(tmp_path)}
    process = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | environment, capture_output=True, check=False
    )
    assert process.returncode == 0, process.stderr.decode()
