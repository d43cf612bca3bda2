"""Hundreds of calls become cases while the web server and the worker are killed, twice: nothing is lost or doubled."""

import json
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.crash.callers import Tally, agents, email_of, is_anonymous
from tests.heavy import amount
from tests.journeys.service import ROOT, Service, text_of
from tests.settings import ON_POSTGRES, SERVER

CALLS, KILLS, SEED = amount(500, sample=250), 2, 311
pytestmark = pytest.mark.soak("crash", sampled=True)
AGENTS = 6


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    running = Service("carignan", tmp_path / "house", SERVER if ON_POSTGRES else "")
    try:
        running.prepare()
        running.extra["PARVIS_JOB_RETRY"] = "30"
        start_mail(running)
        running.start("web", "worker")
        yield running
    finally:
        running.stop()


def start_mail(service: Service) -> None:
    command = [sys.executable, "-m", "tests.crash.holding_post", str(service.smtp_port), str(service.mail.folder)]
    with (service.folder / "mail.log").open("ab") as log:
        service.processes["mail"] = subprocess.Popen(
            command, env=service.env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )


def rows(service: Service, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in the database of the house."""
    if service.database:
        with psycopg.connect(service.database) as database:
            return database.execute(query.encode()).fetchall()
    with closing(sqlite3.connect(service.data / "parvis.sqlite3", timeout=20)) as file:
        return file.execute(query).fetchall()


def wait_for(what: str, seconds: float, ready: Any) -> None:
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.05)


def kill_in_the_middle(service: Service, tally: Tally, after: int, rng: random.Random) -> None:
    """Once `after` cases are acknowledged: SIGKILL while cases are being opened and a letter was taken, unanswered.

    The lines are quiet until that letter: on a busy machine letters come long after the calls.
    """
    wait_for(f"{after} cases acknowledged", 90, lambda: len(tally.acknowledged) >= after or tally.problems)
    assert tally.problems == [], service.log("web")
    hold, held = service.mail.folder / "hold", service.mail.folder / "held"
    tally.lines_busy.clear()
    hold.touch()
    wait_for("a letter held", 40, held.exists)
    tally.lines_busy.set()
    time.sleep(rng.uniform(0.0, 0.2))
    service.kill("web")
    service.kill("worker")
    held.unlink()
    hold.unlink()
    time.sleep(rng.uniform(0.0, 0.5))
    service.start("web", "worker")


@pytest.fixture
def told(service: Service) -> Tally:
    """What the agents were told, once every call is answered and every letter sent, after the kills."""
    rng, tally = random.Random(SEED), Tally()
    people = [str(item["username"]) for item in service.staff if any(m["role"] == "agent" for m in item["memberships"])]
    callers = agents(service.port, [people[n % len(people)] for n in range(AGENTS)], CALLS, tally)
    for rank in range(KILLS):
        kill_in_the_middle(service, tally, rng.randint(CALLS // 8, CALLS // 3) + rank * CALLS * 3 // 8, rng)
        assert any(thread.is_alive() for thread in callers), "the kill came after the last call"
    join(callers, 120)
    assert tally.problems == [], service.log("web")
    waiting = (
        "SELECT (SELECT count(*) FROM django_q_ormq),"
        " (SELECT count(*) FROM mail_outgoing WHERE state IN ('queued', 'sending')),"
        " (SELECT count(*) FROM cases_case) - (SELECT count(*) FROM search_searchrow WHERE kind = 'case')"
    )
    wait_for("no job, no letter and no request waits", 90, lambda: rows(service, waiting) == [(0, 0, 0)])
    return tally


def join(threads: list[threading.Thread], seconds: float) -> None:
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
        assert not thread.is_alive(), "a caller still waits"


def test_nothing_is_lost_and_nothing_is_doubled(service: Service, told: Tally) -> None:
    every_case_is_there_once(service, told)
    every_receipt_left_once(service)
    the_journal_holds(service)
    nothing_is_left_open(service)


def every_case_is_there_once(service: Service, told: Tally) -> None:
    assert set(told.acknowledged) == {f"call-{number}" for number in range(1, CALLS + 1)}
    cases = rows(service, "SELECT key, id FROM cases_case")
    assert len(cases) == CALLS and dict(cases) == told.acknowledged
    matters = rows(service, "SELECT key, case_id FROM intake_matter")
    assert len(matters) == CALLS and dict(matters) == told.acknowledged
    assert rows(service, "SELECT state, count(*) FROM intake_contact GROUP BY state") == [("done", CALLS)]
    assert rows(service, "SELECT count(DISTINCT reference), count(DISTINCT secret) FROM cases_case") == [(CALLS, CALLS)]
    people = Counter(email for (email,) in rows(service, "SELECT email FROM residents_person"))
    assert people == Counter(email_of(number) for number in range(1, CALLS + 1) if not is_anonymous(number))
    assert rows(service, "SELECT count(*) FROM search_searchrow WHERE kind = 'case'") == [(CALLS,)]


def every_receipt_left_once(service: Service) -> None:
    """Queued once for each case, delivered, and the same letter under the same name when it was delivered again."""
    owed = rows(
        service,
        "SELECT c.reference || '/1', p.email FROM cases_case c JOIN residents_person p ON p.id = c.person_id",
    )
    letters = {key: rest for key, *rest in rows(service, 'SELECT key, "to", state, message_id FROM mail_outgoing')}
    assert {key: to for key, (to, _state, _id) in letters.items()} == dict(owed)
    assert {state for _to, state, _id in letters.values()} == {"sent"}
    received: dict[str, list[EmailMessage]] = {}
    for message in service.mail.messages():
        received.setdefault(str(message["Message-ID"]), []).append(message)
    assert set(received) == {message_id for _to, _state, message_id in letters.values()}
    for copies in received.values():
        assert len({(str(copy["X-To"]), str(copy["Subject"]), text_of(copy)) for copy in copies}) == 1
    again = sum(len(copies) > 1 for copies in received.values())
    assert again >= KILLS, "each kill came while a letter had been taken: it must have been sent again"
    assert rows(service, "SELECT func, attempt_count, result FROM django_q_task") == [], service.log("worker")


def the_journal_holds(service: Service) -> None:
    done = service.command("verify-journal", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"cases": CALLS, "holds": True, "faults": {}})


def nothing_is_left_open(service: Service) -> None:
    """No transaction waits, and anyone may write at once."""
    if service.database:
        sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in %'"
        assert rows(service, sessions) == [(0,)]
        return
    with closing(sqlite3.connect(service.data / "parvis.sqlite3", timeout=0.5, isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        file.execute("ROLLBACK")
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
