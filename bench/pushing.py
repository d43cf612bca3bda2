"""How fast notices leave: `python -m bench.pushing [COUNT]`, on SQLite, to a push service of this machine.

Each device has keys of its own, so each message is encrypted; the queue and its results are in the database. Writes the
seconds from the job to the last answer as JSON; goal: 2,000 in 10 s.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

_folder = tempfile.mkdtemp(prefix="parvis-bench-push-")
os.environ |= {"PARVIS_DEMO": "1", "PARVIS_DATA": _folder, "DJANGO_SETTINGS_MODULE": "parvis.config.settings"}

import django  # noqa: E402

django.setup()

from parvis.apps.push import tasks  # noqa: E402
from parvis.apps.push.models import OutgoingPush  # noqa: E402
from parvis.apps.push.rules.notes import PushNote  # noqa: E402
from parvis.apps.push.services.devices import register_device  # noqa: E402
from parvis.apps.push.services.outgoing import queue_pushes  # noqa: E402
from tests.journeys.service import free_port  # noqa: E402
from tests.push.browser import Subscription  # noqa: E402

ROOT = Path(__file__).parents[1]
GOAL_COUNT, GOAL_SECONDS = 2_000, 10.0


def main(count: int) -> dict[str, object]:
    """Prepares the devices, then measures."""
    town = ["setup", "--town", str(ROOT / "tests/towns/val-des-aulnes")]
    subprocess.run([sys.executable, "-m", "parvis.cli.main", *town], check=True, stdout=subprocess.DEVNULL)
    port = free_port()
    command = [sys.executable, "-m", "parvis.cli.main", "standin", "push", "--port", str(port)]
    standin = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert standin.stdout
        standin.stdout.readline()
        time.sleep(1)
        note = PushNote("Faites bouillir l’eau", "Secteur nord. " * 10, "/app/", "alert", "water-1")
        notes = []
        for rank in range(count):
            asked = urllib.request.Request(f"http://127.0.0.1:{port}/subscriptions", method="POST")
            with urllib.request.urlopen(asked) as answer:
                subscription = Subscription(endpoint=json.load(answer)["endpoint"])
            device = register_device(secret=str(rank), language="fr", **subscription.keys)
            notes.append((device.pk, f"bench-{rank}", note))
        queue_pushes(notes=notes)
        began = time.perf_counter()
        while OutgoingPush.objects.filter(state="queued").exists():
            tasks.deliver(0)
        seconds = time.perf_counter() - began
        sent = OutgoingPush.objects.filter(state="sent").count()
    finally:
        standin.terminate()
        standin.wait()
    return {"sent": sent, "seconds": round(seconds, 2), "a_second": round(sent / seconds), "goal_seconds": GOAL_SECONDS}


if __name__ == "__main__":
    result = main(int(sys.argv[1]) if len(sys.argv) > 1 else GOAL_COUNT)
    json.dump(result, sys.stdout)
    print()
    sys.exit(float(str(result["seconds"])) > GOAL_SECONDS)
