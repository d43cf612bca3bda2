"""Backup and restore of a whole installation, with its photos, on the database of the run."""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import psycopg
import pytest

from parvis.lib.errors import Refused
from parvis.operations.backup.archive import Damaged, unpack, writing
from tests.journeys.service import free_port
from tests.prepared import create, drop, install
from tests.push.browser import Subscription
from tests.push.conftest import serving
from tests.settings import ON_POSTGRES, SERVER

ROOT = Path(__file__).parents[2]
TOWN = ROOT / "tests/towns/val-des-aulnes"


@dataclass
class Installation:
    """An isolated installation: a folder, a database, and the product's commands on them."""

    data: Path
    url: str = ""

    @property
    def env(self) -> dict[str, str]:
        """The environment of its processes, without the settings of the test process."""
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        settings = {"PARVIS_DEMO": "1", "PARVIS_DATA": str(self.data), "PARVIS_LOG_LEVEL": "ERROR", "LANG": "C.UTF-8"}
        return inherited | settings | ({"DATABASE_URL": self.url} if self.url else {})

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Runs `parvis ...` to completion."""
        command = [sys.executable, "-m", "parvis.cli.main", *arguments]
        return subprocess.run(command, env=self.env | env, cwd=ROOT, capture_output=True, text=True, check=False)

    def json(self, *arguments: str, code: int = 0, key: str = "") -> dict[str, Any]:
        """The output of `parvis ... --json`, which must exit with that code; `key` is the secret key."""
        done = self.run(*arguments, "--json", **({"PARVIS_SECRET_KEY": key} if key else {}))
        assert done.returncode == code, done.stdout + done.stderr
        return dict(json.loads(done.stdout))

    def opening(self, count: int, **env: str) -> subprocess.Popen[str]:
        """A process that opens that many requests, each with its photo."""
        command = [sys.executable, str(Path(__file__).with_name("opening_cases.py")), str(count)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.env | env, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)

    def open_cases(self, count: int, **env: str) -> list[str]:
        """Opens that many requests, and returns their references."""
        process = self.opening(count, **env)
        assert process.stdout
        references = process.stdout.read().split()
        assert process.wait(60) == 0
        return references

    def proofs(self, act: str) -> list[str]:
        """Does what `destroying.py` does, and returns what it prints at last: the proofs of residence that are left."""
        command = [sys.executable, str(Path(__file__).with_name("destroying.py")), act]
        done = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[-1].split()

    def ask(self, query: str) -> list[Any]:
        """The rows of a query."""
        if self.url:
            with psycopg.connect(self.url) as connection:
                result = connection.execute(query)
                return result.fetchall() if query.startswith("SELECT") else [result]
        with closing(sqlite3.connect(self.data / "parvis.sqlite3", isolation_level=None)) as database:
            return database.execute(query).fetchall()

    def photos(self) -> dict[str, bytes]:
        """Every received file, by path."""
        folder = self.data / "received"
        return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}

    def destroy(self) -> None:
        """Deletes its data and empties its database."""
        shutil.rmtree(self.data)
        self.data.mkdir()
        if self.url:
            self.ask("DROP SCHEMA public CASCADE")
            self.ask("CREATE SCHEMA public")


@pytest.fixture(scope="module")
def databases() -> Iterator[Callable[[], str]]:
    """databases(): the URL of a new, empty database; "" on SQLite, whose database is in the folder."""
    created: list[str] = []

    def make() -> str:
        if not ON_POSTGRES:
            return ""
        name = f"parvis_backup_{os.getpid()}_{len(created)}"
        create(SERVER, name)
        created.append(name)
        return urlsplit(SERVER)._replace(path=f"/{name}").geturl()

    yield make
    for name in created:
        drop(SERVER, name)


@pytest.fixture(scope="module")
def town_hall(databases: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation in use: a town, requests, photos, a signed checkpoint."""
    installation = Installation(tmp_path_factory.mktemp("town-hall"), databases())

    def setup() -> None:
        done = installation.run("setup", "--town", str(TOWN))
        assert done.returncode == 0, done.stderr

    install(TOWN, installation.data, installation.url, {}, setup)
    assert len(installation.open_cases(3, PARVIS_NOW="2026-02-02T10:00:00-05:00")) == 3
    signing = installation.run(
        "manage",
        "shell",
        "-c",
        "from parvis.apps.cases.services.journal_checkpoints import sign; sign()",
        PARVIS_NOW="2026-02-02T11:00:00-05:00",
    )
    assert signing.returncode == 0, signing.stderr
    return installation


@pytest.fixture
def backup(town_hall: Installation, tmp_path: Path) -> Path:
    """A backup of `town_hall`."""
    return Path(town_hall.json("backup", str(tmp_path))["path"])


@pytest.fixture(scope="module")
def elsewhere(databases: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Another installation, with its own database."""
    return Installation(tmp_path_factory.mktemp("elsewhere"), databases())


@pytest.fixture
def empty(elsewhere: Installation) -> Installation:
    """The other installation, emptied."""
    elsewhere.destroy()
    return elsewhere


def test_all_that_was_destroyed_comes_back(town_hall: Installation, backup: Path) -> None:
    photos = town_hall.photos()
    heads = sorted(file.name for file in (town_hall.data / "heads").iterdir())
    cases = town_hall.ask("SELECT reference, head FROM cases_case ORDER BY id")
    assert len(photos) >= 3 and len(heads) == 1 and len(cases) >= 3
    town_hall.destroy()
    report = town_hall.json("restore", str(backup))
    assert (report["holds"], report["cases"], report["aside"]) == (True, len(cases), None)
    assert town_hall.ask("SELECT reference, head FROM cases_case ORDER BY id") == cases
    assert town_hall.photos() == photos
    assert sorted(file.name for file in (town_hall.data / "heads").iterdir()) == heads
    assert town_hall.json("verify-journal")["holds"] is True
    assert town_hall.open_cases(1) and town_hall.json("verify-journal")["cases"] == len(cases) + 1


@pytest.mark.skipif(ON_POSTGRES, reason="about the file of SQLite")
def test_a_database_that_can_no_longer_be_read_is_moved_aside_and_restored(
    town_hall: Installation, backup: Path, tmp_path: Path
) -> None:
    base = town_hall.data / "parvis.sqlite3"
    for beside in town_hall.data.glob("parvis.sqlite3-*"):
        beside.unlink()
    base.write_bytes(os.urandom(5000))
    broken = town_hall.run("backup", str(tmp_path))
    assert broken.returncode == 1 and "not a database" in broken.stderr and "Traceback" not in broken.stderr
    refused = town_hall.run("restore", str(backup))
    assert refused.returncode == 1 and "--replace" in refused.stderr
    report = town_hall.json("restore", str(backup), "--replace")
    assert report["holds"] is True and (Path(report["aside"]) / "database.sqlite3").stat().st_size == 5000


def test_18_a_restored_backup_destroys_again_what_was_destroyed_since(
    town_hall: Installation, empty: Installation, tmp_path: Path
) -> None:
    """Point 18: here, and on another machine that is given the log of the lost one."""
    proofs = town_hall.proofs("add")
    backup = Path(town_hall.json("backup", str(tmp_path))["path"])
    assert town_hall.proofs("destroy") == []
    held = town_hall.proofs("add")
    town_hall.proofs("hold")
    report = town_hall.json("restore", str(backup), "--replace")
    assert (report["holds"], report["destroyed_again"]) == (True, {"households.proofs": len(proofs)})
    assert town_hall.ask("SELECT count(*) FROM households_residenceproof") == [(0,)]
    assert town_hall.ask("SELECT count(*) FROM retention_certificate") == [(1,)]
    assert held and town_hall.ask("SELECT count(*) FROM retention_hold WHERE ended_at IS NULL") == [(1,)]
    shutil.rmtree(report["aside"])
    log = town_hall.data / "destructions.jsonl"
    report = empty.json("restore", str(backup), "--destructions", str(log))
    assert report["destroyed_again"] == {"households.proofs": len(proofs)}
    assert empty.ask("SELECT count(*) FROM households_residenceproof") == [(0,)]
    assert (empty.data / "destructions.jsonl").read_text() == log.read_text()
    log.unlink()


@pytest.mark.soak("backup")
@pytest.mark.only("sqlite")
def test_a_backup_that_cannot_be_written_is_said_plainly(town_hall: Installation, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    done = town_hall.run("backup", str(file / "folder"))
    assert done.returncode == 1 and str(file) in done.stderr and "Traceback" not in done.stderr


@pytest.mark.soak("backup")
@pytest.mark.only("sqlite")
def test_what_was_restored_is_told_at_the_hour_of_the_town(backup: Path, empty: Installation) -> None:
    with tarfile.open(backup) as archive:
        manifest = archive.extractfile("manifest.json")
        assert manifest
        made_at = datetime.fromisoformat(json.load(manifest)["made_at"])
    done = empty.run("restore", str(backup))
    assert done.returncode == 0, done.stderr
    local_time = made_at.astimezone(ZoneInfo("America/Toronto"))
    assert f"as it was on {local_time:%Y-%m-%d at %H:%M}." in done.stdout


def test_a_backup_made_while_requests_come_in_is_one_moment_of_the_town(
    town_hall: Installation, empty: Installation, tmp_path: Path
) -> None:
    writer = town_hall.opening(5000)
    assert writer.stdout
    before = [writer.stdout.readline().strip() for _ in range(5)]
    report = town_hall.json("backup", str(tmp_path))
    assert writer.poll() is None, "requests were still coming in when the backup ended"
    after, _ = writer.communicate()  # closes its standard input, which stops it
    assert writer.returncode == 0, "and nobody was refused"
    restored = empty.json("restore", report["path"])
    assert restored["holds"] is True and restored["cases"] == report["cases"]
    references = {row[0] for row in empty.ask("SELECT reference FROM cases_case")}
    assert set(before) <= references, "what was acknowledged before it began is in it"
    assert not set(after.split()[-1:]) & references
    stored = {row[0] for row in empty.ask("SELECT stored FROM files_attachment")}
    assert stored <= set(empty.photos()), "every photo that the database names is there"


@pytest.mark.only("sqlite")
def test_a_damaged_archive_is_refused_and_changes_nothing(backup: Path, empty: Installation, tmp_path: Path) -> None:
    raw = backup.read_bytes()
    broken = tmp_path / "broken.tar.gz"
    middle = len(raw) // 2
    altered = raw[:middle] + bytes([raw[middle] ^ 0xFF]) + raw[middle + 1 :]
    for rank, content in enumerate((raw[:middle], raw[:-20], altered, b"", b"no archive", raw[:100] + raw)):
        broken.write_bytes(content)
        with pytest.raises(Damaged):
            unpack(broken, tmp_path / f"unpacked-{rank}")
    assert empty.json("restore", str(broken), code=1)["error"] == "damaged"
    assert empty.json("restore", str(tmp_path / "nowhere"), code=1)["error"] == "not-found"
    assert not (empty.data / "received").exists() and not list(empty.data.glob(".restoring*"))
    assert empty.json("restore", str(backup))["holds"] is True


@pytest.mark.soak("backup")
@pytest.mark.only("sqlite")
def test_an_archive_without_its_database_is_damaged(backup: Path, town_hall: Installation, tmp_path: Path) -> None:
    whole, without = tmp_path / "whole", tmp_path / "without.tar.gz"
    manifest = unpack(backup, whole)
    with writing(without, {name: value for name, value in manifest.items() if name != "members"}, 0) as archive:
        archive.add_folder("received", whole / "received")
    before = town_hall.photos()
    assert town_hall.json("restore", str(without), "--replace", code=1)["error"] == "damaged"
    assert town_hall.photos() == before and town_hall.json("verify-journal")["holds"] is True


@pytest.mark.soak("backup")
def test_a_database_that_cannot_be_put_back_leaves_the_files_alone(
    backup: Path, empty: Installation, tmp_path: Path
) -> None:
    if empty.url:
        done = empty.run("restore", str(backup), PATH=str(tmp_path))
    else:
        done = empty.run("restore", str(backup), DATABASE_URL="sqlite:////proc/nowhere/parvis.sqlite3")
    assert done.returncode != 0
    assert not (empty.data / "received").exists() and not list(empty.data.glob(".restoring*"))
    assert empty.json("restore", str(backup))["holds"] is True


@pytest.mark.soak("backup")
@pytest.mark.only("sqlite")
def test_a_full_disk_is_not_called_a_damaged_archive(backup: Path, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(Refused, match="no room") as refused:
            unpack(backup, tmp_path / "small")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not isinstance(refused.value, Damaged)


def test_what_is_here_is_never_overwritten_unless_asked_and_then_kept_aside(
    town_hall: Installation, backup: Path
) -> None:
    extra = town_hall.open_cases(1)
    count = town_hall.ask("SELECT count(*) FROM cases_case")
    refused = town_hall.json("restore", str(backup), code=1)
    assert refused["error"] == "conflict" and "--replace" in refused["message"]
    assert town_hall.ask("SELECT count(*) FROM cases_case") == count
    report = town_hall.json("restore", str(backup), "--replace")
    aside = Path(report["aside"])
    assert extra[0] not in {row[0] for row in town_hall.ask("SELECT reference FROM cases_case")}
    assert {"received", "heads"} <= {file.name for file in aside.iterdir()}
    if town_hall.url:
        assert (aside / "database.dump").stat().st_size > 0
    else:
        with closing(sqlite3.connect(aside / "database.sqlite3")) as old:
            assert (extra[0],) in old.execute("SELECT reference FROM cases_case").fetchall()
    shutil.rmtree(aside)


@pytest.mark.soak("backup")
@pytest.mark.only("sqlite")
def test_a_backup_of_a_newer_version_is_refused(town_hall: Installation, empty: Installation, tmp_path: Path) -> None:
    town_hall.ask(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('cases', '9999_to_come', '2026-01-01 00:00:00+00')"
    )
    newer = town_hall.json("backup", str(tmp_path))["path"]
    town_hall.ask("DELETE FROM django_migrations WHERE name = '9999_to_come'")
    refused = empty.json("restore", newer, code=1)
    assert "newer version" in refused["message"] and "9999_to_come" in refused["message"]


def answers(port: int) -> bool:
    """Whether a server answers on that port."""
    with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as response:
        return bool(response.status == 200)
    return False


def test_nothing_is_restored_under_a_running_service(town_hall: Installation, backup: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "parvis.cli.main", "web", "--bind", f"127.0.0.1:{port}"]
    server = subprocess.Popen(command, env=town_hall.env, cwd=ROOT)
    try:
        deadline = time.monotonic() + 90
        while not (town_hall.data / "service.lock").exists() or not answers(port):
            assert server.poll() is None and time.monotonic() < deadline
            time.sleep(0.2)
        refused = town_hall.json("restore", str(backup), "--replace", code=1)
        assert refused["error"] == "conflict" and "running" in refused["message"]
        assert town_hall.json("backup", str(backup.parent))["cases"] > 0
    finally:
        server.terminate()
        server.wait(40)
    assert town_hall.json("restore", str(backup), "--replace")["holds"] is True


@pytest.mark.soak("backup")
@pytest.mark.only("sqlite")
def test_only_the_latest_backups_stay_and_only_their_owner_reads_them(town_hall: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    for name in ("parvis-20250101-030000.tar.gz", "parvis-20250102-030000.tar.gz", "notes.tar.gz"):
        (folder / name).write_bytes(b"")
    report = town_hall.json("backup", str(folder), "--keep", "2")
    assert [Path(path).name for path in report["removed"]] == ["parvis-20250101-030000.tar.gz"]
    names = {file.name for file in folder.iterdir()}
    assert names == {"parvis-20250102-030000.tar.gz", "notes.tar.gz", Path(report["path"]).name}
    assert Path(report["path"]).stat().st_mode & 0o777 == 0o600


@pytest.mark.only("sqlite")
def test_the_secrets_are_in_it_only_when_asked(town_hall: Installation, tmp_path: Path) -> None:
    key = "quarante-deux " * 5
    plain, whole = tmp_path / "plain.tar.gz", tmp_path / "whole.tar.gz"
    town_hall.json("backup", str(plain), key=key)
    assert any("secrets" in note for note in town_hall.json("backup", str(whole), "--with-secrets", key=key)["notes"])
    counts = {
        file: subprocess.run(["tar", "xzOf", file], capture_output=True, check=True).stdout.count(b"quarante-deux ")
        for file in (plain, whole)
    }
    assert counts[plain] == 0 and counts[whole] == 5
    report = town_hall.json("restore", str(plain), "--replace", code=1, key="une autre clé " * 5)
    assert any("PARVIS_SECRET_KEY" in note for note in report["notes"])
    assert all("signed head" in fault for fault in report["faults"])


@pytest.mark.soak("backup")
@pytest.mark.only("sqlite")
def test_a_failed_backup_leaves_nothing_behind(empty: Installation, tmp_path: Path) -> None:
    target = tmp_path / "nothing"
    refused = empty.run("backup", str(target))
    assert refused.returncode == 1 and "setup" in refused.stderr
    assert list(target.iterdir()) == []


@pytest.mark.soak("backup")
def test_postgresql_without_its_tools_is_said_plainly(town_hall: Installation, tmp_path: Path) -> None:
    done = town_hall.run("backup", str(tmp_path / "b.tar.gz"), PATH=str(tmp_path))
    if town_hall.url:
        assert done.returncode == 1 and "pg_dump is not installed" in done.stderr
    else:
        assert done.returncode == 0, "SQLite needs no tool"


DEVICE = """
import json, sys
from parvis.apps.push import tasks
from parvis.apps.push.models import Device
from parvis.apps.push.rules.notes import PushNote
from parvis.apps.push.services.devices import register_device
from parvis.apps.push.services.outgoing import queue_push
if not Device.objects.exists():
    register_device(secret="one", language="fr", **json.loads('KEYS'))
queue_push(device_id=Device.objects.get().pk, key="WHEN", note=PushNote("WHEN", "", "/"))
tasks.deliver(0)
"""


@pytest.mark.soak("backup")
@pytest.mark.only("sqlite")
def test_a_device_subscribed_before_is_told_after_the_restore(
    town_hall: Installation, empty: Installation, tmp_path: Path
) -> None:
    """OUTREACH 13, point 11: the key that signs the notices is in the backup."""
    with serving() as push:
        key = "from parvis.apps.push.services.devices import vapid_key; print(vapid_key().public)"
        public = town_hall.run("manage", "shell", "-v0", "-c", key).stdout.strip()
        subscription = Subscription(endpoint=push.subscribe(key=public))
        script = DEVICE.replace("KEYS", json.dumps(subscription.keys))
        for installation, when in ((town_hall, "before"), (empty, "after")):
            if installation is empty:
                empty.json("restore", town_hall.json("backup", str(tmp_path))["path"])
            done = installation.run("manage", "shell", "-v0", "-c", script.replace("WHEN", when))
            assert done.returncode == 0, done.stderr
        messages = [subscription.read(urlsafe_b64decode(message["body"])) for message in push.messages]
        assert [message["notification"]["title"] for message in messages] == ["before", "after"]
