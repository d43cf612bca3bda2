"""The conformance test that anyone may run: a right server passes, ours too, and each planted fault is caught."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from parvis.apps.catalogue.models import Subject
from parvis_open311_check.cli import main
from tests.factories import make_small_town
from tests.open311.conftest import key_of
from tests.open311.standin import KEY, city

TOOL = Path(__file__).parents[2] / "tools" / "open311-check"
FAULTS = {
    "no_discovery": "1.1", "no_key_service": "1.1", "other_specification": "1.2", "application_xml": "2.1",
    "no_declaration": "2.2", "namespace": "2.2", "naive_dates": "3.1", "swapped_place": "3.2",
    "jurisdiction_ignored": "4.1", "empty_is_unknown": "4.1", "services_with_key": "5.1", "same_codes": "5.1",
    "metadata_text": "5.1", "type_other": "5.1", "order_from_0": "6.1", "list_without_values": "6.1",
    "datatype_other": "6.1", "unknown_service_found": "6.2", "number_and_token": "8.1", "nothing_given": "8.1",
    "any_key": "9.1", "key_401": "9.1", "nowhere": "9.2", "answers_ignored": "9.2", "unknown_service_400": "9.2",
    "unknown_token_found": "10.1", "token_forgotten": "10.2", "all_time": "11.1", "any_span": "11.1",
    "status_ignored": "11.2", "service_code_ignored": "11.2", "start_ignored": "11.2", "numbers_ignored": "11.3",
    "missing_element": "12.1", "status_other": "12.1", "unknown_request_empty": "13.2", "html_errors": "6.2",
    "errors_without_code": "6.2", "json_root": "5.1", "json_single": "13.1", "empty_texts": "15.1",
}  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and the checks by number."""
    code = main([*arguments, "--json"])
    return code, {row["number"]: row for row in json.loads(capsys.readouterr().out)["checks"]}


def failed(rows: dict[str, Any]) -> dict[str, list[str]]:
    return {number: row["failures"] for number, row in rows.items() if row["failures"]}


def test_a_right_server_passes_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    with city() as url:
        code, rows = run(capsys, url, "--key", KEY, "--write", "--jurisdiction", "city.example")
        assert (code, failed(rows)) == (0, {}) and not any(row["skipped"] for row in rows.values())
        code, rows = run(capsys, f"{url}/discovery.json")
        assert (code, failed(rows)) == (0, {}) and rows["9.1"]["outcome"] == "skipped"


@pytest.mark.parametrize("fault", FAULTS)
def test_each_planted_fault_is_caught_and_explained(capsys: pytest.CaptureFixture[str], fault: str) -> None:
    with city(fault) as url:
        code, rows = run(capsys, url, "--key", KEY, "--write")
    assert code == 1 and FAULTS[fault] in failed(rows)
    row = rows[FAULTS[fault]]
    assert row["section"] and row["page"].startswith("https://") and all(len(text) > 20 for text in row["failures"])


@pytest.mark.django_db(transaction=True)
def test_our_server_passes_every_check(live_server: LiveServer, capsys: pytest.CaptureFixture[str]) -> None:
    town = make_small_town()
    Subject.objects.update(public=True, nature="request")
    key = key_of(town.key_maker)
    rows: dict[str, Any] = {}
    for _round in range(2):  # the second time, with requests to read
        arguments = ["--key", key, "--write", "--at", "45.42419,-73.37167"]
        code, rows = run(capsys, f"{live_server.url}/open311/v2", *arguments)
        assert (code, failed(rows)) == (0, {})
    assert {number for number, row in rows.items() if row["skipped"]} == {"10.2"}  # numbers are given at once


def test_a_server_that_does_not_answer_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["http://127.0.0.1:9/v2"]) == 2
    assert "cannot be reached" in capsys.readouterr().err


def test_the_report_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    with city("naive_dates") as url:
        assert main([url]) == 1
    text = capsys.readouterr().out
    assert "3.1  failed  Dates have an offset" in text and "See “Date and time”" in text and "1 failed" in text


def test_the_tool_stands_alone() -> None:
    sources = "\n".join(path.read_text() for path in TOOL.rglob("*.py"))
    assert "import parvis." not in sources and "from parvis." not in sources and "django" not in sources.lower()
    command = [sys.executable, "-m", "parvis_open311_check", "--help"]
    done = subprocess.run(command, cwd=TOOL, env={"PYTHONPATH": str(TOOL)}, capture_output=True, text=True, check=True)
    assert "parvis-open311-check" in done.stdout
