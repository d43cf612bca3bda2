"""A sending of the newsletter that is killed: nothing is lost, one letter at most may be doubled, and it is named."""

import json
import os
import subprocess
import sys
from collections import Counter, deque

import pytest

from tests.crash.shell import shell
from tests.journeys.service import ROOT, Service
from tests.newsletter.smtp import HANG, serving

READERS = 40
FILL = f"""
from parvis.apps.directory.models import User
from parvis.apps.newsletter.services.issues import Words, save_issue, send_now
from parvis.apps.newsletter.services.subscribing import Origin, Wanted, enrol
clerk = User.objects.filter(is_active=True).first()
origin = Origin("counter", words="oui", evidence="oui", clerk=clerk)
for rank in range({READERS}):
    enrol(channel="email", target=f"r{{rank}}@exemple.ca", language="fr", wanted=Wanted(news=True), origin=origin)
writer = next(user for user in User.objects.all() if "manager" in user.roles)
issue = save_issue(words=Words("Neige", "Il neige."), by=writer)
send_now(issue_id=issue.pk, by=writer)
"""
SEND = """
from parvis.apps.newsletter.models import IssueDelivery
from parvis.apps.newsletter.tasks import send_waiting
while IssueDelivery.objects.filter(state="queued").exists():
    send_waiting()
"""
LATER = f"""
from datetime import timedelta
from parvis.lib.clock import at, now
with at(now() + timedelta(minutes=3)):
    exec({SEND!r})
"""
STATES = (
    "import json; from parvis.apps.newsletter.models import IssueDelivery;"
    "print(json.dumps(list(IssueDelivery.objects.values_list('to', 'state'))))"
)


@pytest.mark.soak("letters")
def test_13_a_sending_that_is_killed_loses_nothing_and_names_what_may_be_doubled(service: Service) -> None:
    with serving() as server:
        service.smtp_port = server.port
        server.data["r17@exemple.ca"] = deque([HANG])
        shell(service, FILL)
        command = [sys.executable, "-m", "parvis.cli.main", "manage", "shell", "--no-imports", "-c", SEND]
        sender = subprocess.Popen(command, env=service.env | {"PATH": os.environ["PATH"]}, cwd=ROOT)
        assert server.hanging.wait(60)
        sender.kill()
        sender.wait(20)
        shell(service, LATER)
        taken = Counter(letter.to for letter in server.taken)
        states = dict(json.loads(shell(service, STATES)))
    assert len(states) == len(taken) == READERS
    assert max(taken.values()) == 1
    assert {address for address, state in states.items() if state == "uncertain"} == {"r17@exemple.ca"}
    assert set(states.values()) == {"sent", "uncertain"}
