"""A message that kills whoever reads it ends in quarantine, and the mailbox goes on (point 4 of the e-mail channel)."""

import json
import os
import subprocess
import sys

import pytest

from tests.crash.shell import shell
from tests.journeys.service import ROOT, Service

pytestmark = pytest.mark.only("sqlite")
POISON = b"From: a@exemple.ca\r\nTo: info@ville.exemple\r\nSubject: Poison\r\n\r\nBonjour"
OTHER = b"From: b@exemple.ca\r\nTo: info@ville.exemple\r\nSubject: Neige\r\n\r\nIl neige."
STORE = """
from parvis.apps.mail.services.incoming import store_message
from django.core.files.storage import storages
incoming, _new = store_message(%r)
print(incoming.pk, storages["received"].path(incoming.stored))
"""
TAKE_IN = "from parvis.apps.intake.tasks import take_in_mail; take_in_mail(%d)"
OUTCOME = (
    "import json; from parvis.apps.mail.models import Incoming;"
    "print(json.dumps(list(Incoming.objects.order_by('pk').values_list('outcome', 'attempts', 'reason'))))"
)


def test_4_a_message_that_kills_its_reader_is_set_aside(service: Service) -> None:
    number, path = shell(service, STORE % POISON).split(" ", 1)
    os.remove(path)
    os.mkfifo(path)  # reading it never ends
    command = [sys.executable, "-m", "parvis.cli.main", "manage", "shell", "--no-imports", "-c", TAKE_IN % int(number)]
    for _attempt in range(3):
        reader = subprocess.Popen(command, env=service.env, cwd=ROOT)
        with open(path, "wb"):  # returns once the other side reads
            reader.kill()
            reader.wait(20)
    shell(service, TAKE_IN % int(number))
    assert service.receive_mail(OTHER)["outcome"] == "new"
    poison, other = json.loads(shell(service, OUTCOME))
    assert (poison[0], poison[1], other[0]) == ("quarantined", 3, "new")
    assert poison[2]
