"""The console command: each command explains itself, and its exit code means something."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
import pytest

from parvis.apps.cases.models import Entry
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen.citizen import not_fixed
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Channel, Nature
from parvis.apps.directory.models import Actor, ApiKey, User
from parvis.apps.directory.rules.permissions import Role, Scope
from parvis.apps.directory.services.keys import use_key
from parvis.cli.main import main
from parvis.lib.clock import today
from parvis.lib.errors import NotAllowed
from tests.factories import SmallTown, unique
from tests.prepared import migrated_sqlite

ROOT = Path(__file__).parents[1]
COMMANDS = (
    "setup",
    "run",
    "web",
    "worker",
    "load-town",
    "town-schema",
    "verify-journal",
    "ask",
    "evaluate-answers",
    "add-staff",
    "reset-factor",
    "keys",
    "import-cases",
    "backup",
    "restore",
    "said",
    "import-facts",
    "check-knowledge",
)


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, Any]]:
    """out(): the JSON object that the command wrote."""
    return lambda: dict(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "usage: parvis" in capsys.readouterr().out


@pytest.mark.parametrize("line", [[], ["dance"], ["load-town"], ["verify-journal", "--xml"]])
def test_what_is_not_understood_exits_with_two(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line)
    assert ended.value.code == 2


@pytest.mark.parametrize("bind", ["0.0.0.0:8000", ":8000", "[::]:8000", "192.168.1.4:8000"])
@pytest.mark.parametrize("command", ["web", "run"])
def test_a_demonstration_listens_to_this_machine_only(
    command: str, bind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--bind", bind]) == 1
    assert "on this machine only" in capsys.readouterr().err


def test_a_town_is_loaded_twice_without_harm(db: None, out: Callable[[], dict[str, Any]]) -> None:
    path = str(ROOT / "tests/towns/val-des-aulnes")
    assert main(["load-town", path, "--dry-run", "--json"]) == 0
    assert out()["dry_run"] is True and not User.objects.exists()
    assert main(["load-town", path, "--json"]) == 0
    assert out()["counts"]["subjects"]["created"] > 0
    assert main(["load-town", path, "--json"]) == 0
    assert out()["unchanged"] is True


def test_a_folder_that_is_no_town_is_refused_with_the_reason(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load-town", str(tmp_path)]) == 1
    assert "town.yaml" in capsys.readouterr().err
    assert main(["load-town", str(tmp_path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "town-file"


def open_a_case(town: SmallTown) -> str:
    new_case = NewCase(unique(), town.streetlight, Nature.REQUEST, Channel.PHONE, words="Le lampadaire clignote.")
    return str(open_case(new_case, by=Actor.staff(town.agent)).case.reference)


def test_journals_that_hold_are_said_to_hold(town: SmallTown, out: Callable[[], dict[str, Any]]) -> None:
    references = [open_a_case(town) for _ in range(3)]
    assert main(["verify-journal", "--json"]) == 0
    assert out() == {"cases": 3, "holds": True, "faults": {}}
    assert main(["verify-journal", "--json", references[1].lower().replace("-", " ")]) == 0
    assert out()["cases"] == 1


def test_a_journal_that_was_rewritten_is_named(town: SmallTown, out: Callable[[], dict[str, Any]]) -> None:
    valid, forged = open_a_case(town), open_a_case(town)
    Entry.objects.filter(case__reference=forged).update(body="Tout va bien.")
    assert main(["verify-journal", "--json"]) == 1
    report = out()
    assert report["holds"] is False and list(report["faults"]) == [forged]
    assert main(["verify-journal", valid, "26-9999-Z", "--json"]) == 1
    assert list(out()["faults"]) == ["26-9999-Z"]


def test_someone_is_given_a_role_and_a_link_to_choose_a_password(
    town: SmallTown, out: Callable[[], dict[str, Any]]
) -> None:
    line = ["add-staff", "marie.roy", "--name", "Marie Roy", "--email", "marie@exemple.ca", "--department", "voirie"]
    assert main([*line, "--role", "manager", "--json"]) == 0
    assert "/staff/password/reset/key/" in out()["link"]
    assert main([*line, "--role", "technician", "--json"]) == 0
    marie = User.objects.get(username="marie.roy")
    assert marie.roles == {Role.MANAGER, Role.TECHNICIAN}
    assert marie.display_name == "Marie Roy" and not marie.has_usable_password()


def test_a_department_is_given_its_head_to_whom_what_is_not_fixed_goes(
    town: SmallTown, out: Callable[[], dict[str, Any]]
) -> None:
    line = ["add-staff", "lise.gagne", "--name", "Lise Gagné", "--department", "batiment", "--json"]
    assert main([*line, "--role", "agent", "--head"]) == 1
    assert out()["error"] == "invalid" and not User.objects.filter(username="lise.gagne").exists()
    assert main([*line, "--role", "manager", "--head"]) == 0
    assert out()["head"] is True
    new_case = NewCase(unique(), town.shed, Nature.REQUEST, Channel.PHONE, words="Permis en retard.")
    case = open_case(new_case, by=Actor.staff(town.agent)).case
    head = User.objects.get(username="lise.gagne")
    handling.close(case_id=case.pk, reason="answered", words="Fait.", by=head)
    assert not_fixed(case_id=case.pk, words="Rien reçu.", by=Actor.citizen()).owner == head


def test_a_key_is_made_used_listed_and_revoked_from_the_console(
    town: SmallTown, capsys: pytest.CaptureFixture[str], out: Callable[[], dict[str, Any]]
) -> None:
    by = ["--by", town.key_maker.username]
    line = ["keys", "make", "Site de la Ville", "--scopes", "cases:read,answers:read", *by, "--json"]
    assert main([*line, "--until", (today() + timedelta(days=30)).isoformat()]) == 0
    account = out()
    assert use_key(account["key"], Scope.CASES_READ).created_by == town.key_maker
    with pytest.raises(NotAllowed):
        use_key(account["key"], Scope.CASES_WRITE)
    assert main(["keys", "list", "--json"]) == 0
    written = capsys.readouterr().out
    [row] = json.loads(written)
    assert row["state"] == "open" and row["last_used_at"] and row["scopes"] == ["answers:read", "cases:read"]
    assert account["key"].rpartition(".")[2] not in written
    assert main(["keys", "revoke", row["prefix"], *by]) == 0
    with pytest.raises(NotAllowed):
        use_key(account["key"], Scope.CASES_READ)
    assert main(["keys", "list"]) == 0 and "Site de la Ville: revoked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (["make", "Site", "--scopes", "all", "--until", "DAY", "--by", "MANAGER"], "invalid"),
        (["make", "Site", "--scopes", "answers:read", "--until", "2020-01-01", "--by", "MANAGER"], "invalid"),
        (["make", "Site", "--scopes", "answers:read", "--until", "DAY", "--by", "AGENT"], "not-allowed"),
        (["make", "Site", "--scopes", "answers:read", "--until", "DAY", "--by", "nobody"], "invalid"),
        (["revoke", "0000000000", "--by", "MANAGER"], "not-found"),
    ],
)
def test_what_the_screen_refuses_the_console_refuses(
    town: SmallTown, line: list[str], error: str, out: Callable[[], dict[str, Any]]
) -> None:
    names = {"DAY": today().isoformat(), "MANAGER": town.key_maker.username, "AGENT": town.agent.username}
    assert main(["keys", *(names.get(word, word) for word in line), "--json"]) == 1
    assert out()["error"] == error and not ApiKey.objects.exists()


@pytest.mark.parametrize(("department", "role"), [("nulle-part", "agent"), ("voirie", "king")])
def test_a_role_or_a_department_that_does_not_exist_is_refused(
    town: SmallTown, department: str, role: str, out: Callable[[], dict[str, Any]]
) -> None:
    assert main(["add-staff", "x", "--department", department, "--role", role, "--json"]) == 1
    assert out()["error"] == "invalid"
    assert not User.objects.filter(username="x").exists()


PATIENT = 300.0  # seconds before giving up, on a busy machine


class Running:
    """`parvis run` as a person starts it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own = {"PARVIS_DEMO": "1", "PARVIS_DATA": str(folder), "PORT": str(port), "PARVIS_LOG_FORMAT": "plain"}
        self.env = kept | own
        self.log = folder / "run.log"
        line = [sys.executable, "-m", "parvis.cli.main", "run", "--town", str(ROOT / "tests/towns/val-des-aulnes")]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(line, env=self.env, stdout=log, stderr=log, cwd=ROOT)

    def said(self, words: str, seconds: float = PATIENT) -> str:
        """What was printed, once it holds these words."""
        until = time.monotonic() + seconds
        while words not in (text := self.log.read_text()):
            assert time.monotonic() < until, text
            time.sleep(0.1)
        return text


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """`parvis run`, on SQLite whatever the database of the run, in a folder of its own."""
    shutil.copyfile(migrated_sqlite(), tmp_path / "parvis.sqlite3")
    static = ROOT / "var" / "tests" / "static"
    static.mkdir(parents=True, exist_ok=True)
    (tmp_path / "static").symlink_to(static)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    started = Running(tmp_path, port)
    family = psutil.Process(started.process.pid)
    yield started
    left = family.children(recursive=True) if family.is_running() else []
    for process in [*left, family]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    started.process.wait()


def test_run_serves_says_where_and_stops_cleanly(running: Running) -> None:
    output = running.said("Ctrl+C stops.")
    assert f"{running.url}/staff/login/" in output and "Rose Caya" in output
    with urlopen(f"{running.url}/readyz") as answer:
        assert json.load(answer)["ready"] is True
    family = psutil.Process(running.process.pid).children(recursive=True)
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(PATIENT) == 0
    assert not [process for process in family if process.is_running()], "nothing is left behind"


def test_run_does_not_survive_the_death_of_one_of_its_processes(running: Running) -> None:
    running.said("Ctrl+C stops.")
    children = psutil.Process(running.process.pid).children()
    _payments, web, worker, _mail = [child for child in children if "decoder.py" not in " ".join(child.cmdline())]
    os.killpg(worker.pid, signal.SIGKILL)
    assert running.process.wait(PATIENT) == 1
    assert "worker stopped by itself" in running.said("stopped by itself")
    assert not web.is_running()


def test_a_message_that_kills_what_reads_it_stops_nothing_else(running: Running) -> None:
    running.said("Ctrl+C stops.")
    children = psutil.Process(running.process.pid).children()
    _payments, web, _worker, mail = [child for child in children if "decoder.py" not in " ".join(child.cmdline())]
    os.killpg(mail.pid, signal.SIGKILL)
    running.said("It is started again.")
    receive, raw = [sys.executable, "-m", "parvis.cli.main", "receive-mail"], b"From: a@b.ca\n\nBonjour"
    done = subprocess.run(receive, env=running.env, cwd=ROOT, input=raw, capture_output=True, check=True)
    assert json.loads(done.stdout)["outcome"] == "new"
    assert web.is_running() and running.process.poll() is None
