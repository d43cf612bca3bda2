"""A worker that is killed once a card is charged, before the house knows it, when no webhook ever comes."""

import json
import subprocess
import sys
from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from tests.crash.shell import shell
from tests.crash.test_nothing_is_lost import rows, wait_for
from tests.journeys.service import ROOT, Service, free_port

EMAIL = "louise@exemple.org"
REGISTER = f"""
from datetime import timedelta
from parvis.apps.leisure.services.registering import check_out
from parvis.lib.clock import now, today
from tests.leisure.making import hold, make_activity, make_group, make_household, make_season
opened, later = now() - timedelta(hours=1), now() + timedelta(days=9)
season = make_season(
    "essai", residents_open_at=opened, everyone_opens_at=opened, closes_at=later,
    starts_on=today() + timedelta(days=30), ends_on=today() + timedelta(days=90), rule_date=today(),
)
household = make_household("Léa", email="{EMAIL}")
hold(household, make_group(season, make_activity("essai"), weeks=0, capacity=1))
check_out(household=household, language="fr", channel="web")
"""
FOLLOW = """
from datetime import timedelta
from parvis.apps.billing.tasks import follow
from parvis.lib.clock import at, now
with at(now() + timedelta(minutes=%d)):
    follow()
"""
MADE = "SELECT session_id FROM billing_paymentattempt WHERE session_id <> ''"
WAITING = (
    "SELECT (SELECT count(*) FROM django_q_ormq),"
    " (SELECT count(*) FROM mail_outgoing WHERE state IN ('queued', 'sending'))"
)
KNOWN = (
    "SELECT (SELECT count(*) FROM billing_payment), (SELECT count(*) FROM billing_refund),"
    " (SELECT count(*) FROM leisure_registration WHERE state = 'confirmed'),"
    " (SELECT count(*) FROM leisure_registrationevent WHERE what = 'confirmed')"
)


class Bank:
    """The stand-in, in a process of its own."""

    def __init__(self, service: Service) -> None:
        self.port, folder = free_port(), service.folder / "bank"
        folder.mkdir()
        self.hold, self.held = folder / "hold", folder / "held"
        self.control_url = f"http://127.0.0.1:{self.port}/control"
        command = [sys.executable, "-m", "tests.crash.holding_bank", str(self.port), str(folder)]
        with (service.folder / "bank.log").open("ab") as log:
            service.processes["bank"] = subprocess.Popen(command, env=service.env, cwd=ROOT, stdout=log, stderr=log)
        wait_for("the bank listens", 60, self.listens)
        service.extra |= {"PARVIS_PAYMENTS": "stripe", "PARVIS_STRIPE_URL": f"http://127.0.0.1:{self.port}"}

    def listens(self) -> bool:
        """Whether it answers."""
        try:
            return bool(self.state)
        except requests.ConnectionError:
            return False

    @property
    def state(self) -> dict[str, Any]:
        """What it holds."""
        held: dict[str, Any] = requests.get(self.control_url, timeout=5).json()
        return held


@pytest.fixture
def bank(service: Service) -> Bank:
    return Bank(service)


def test_32_a_worker_killed_between_the_charge_and_its_record_loses_and_doubles_nothing(
    service: Service, bank: Bank
) -> None:
    """Point 32."""
    shell(service, REGISTER)
    service.start("mail", "worker")
    wait_for("a page of payment", 60, lambda: rows(service, MADE))
    [(session_id,)] = rows(service, MADE)
    paid = requests.post(bank.control_url, json={"pay": session_id}, timeout=5).json()
    assert paid["outcome"] == "paid"
    bank.hold.touch()
    shell(service, FOLLOW % 1)
    wait_for("the worker asks what became of it", 60, bank.held.exists)
    service.kill("worker")
    bank.hold.unlink()
    assert rows(service, KNOWN) == [(0, 0, 0, 0)]
    service.start("worker")
    shell(service, FOLLOW % 4)  # within five minutes of the charge
    wait_for("the payment is known", 60, lambda: rows(service, KNOWN) == [(1, 0, 1, 1)])
    wait_for("no job and no letter waits", 60, lambda: rows(service, WAITING) == [(0, 0)])
    assert rows(service, KNOWN) == [(1, 0, 1, 1)], service.log("worker")
    every_account_agrees(service, bank)
    subjects = Counter(str(letter["Subject"]) for letter in service.mail.messages(EMAIL))
    assert len(subjects) == 2 and set(subjects.values()) == {1}, subjects  # the receipt, the confirmation


def every_account_agrees(service: Service, bank: Bank) -> None:
    """One charge, of what the ledger has and the place costs; no webhook said so."""
    state = bank.state
    [charge] = state["charge"]
    assert (charge["status"], charge["amount"]) == ("succeeded", 120_00)
    assert {delivery["outcome"] for delivery in state["deliveries"]} == {"dropped"}
    assert rows(service, "SELECT count(*) FROM billing_providerevent") == [(0,)]
    day = datetime.fromtimestamp(charge["created"], ZoneInfo("America/Toronto")).date()
    done = service.command("reconcile", "--date", day.isoformat(), "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["odd"]) == (0, []), done.stdout + done.stderr
    assert told["provider_cents"] == told["ledger_cents"] == told["registrations_cents"] == 120_00
