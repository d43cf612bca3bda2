"""Takes in a folder of messages in a fresh house, and writes how long as JSON: `python -m bench.taking_in FOLDER`."""

import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import django

django.setup()

from django_q.models import OrmQ  # noqa: E402

from parvis.apps.files.models import Attachment  # noqa: E402
from parvis.apps.intake.services.mail.received import take_in_mail  # noqa: E402
from parvis.apps.mail.services.incoming import store_message  # noqa: E402
from parvis.lib.jobs import resolve  # noqa: E402

WARM = 20  # messages that do not count: the search loads its index with the first


def main(folder: Path) -> dict[str, object]:
    """Each message is stored and threaded, one after the other; then the jobs of all of them are run."""
    messages = [path.read_bytes() for path in sorted(folder.glob("*.eml"))]
    _thread(messages[:WARM])
    _run_jobs()
    began = time.perf_counter(), time.process_time()
    outcomes = _thread(messages[WARM:])
    threaded = time.perf_counter(), time.process_time()
    _run_jobs()
    done = time.perf_counter(), time.process_time()
    return {
        "seconds": threaded[0] - began[0],
        "processor": threaded[1] - began[1],
        "jobs_seconds": done[0] - threaded[0],
        "jobs_processor": done[1] - threaded[1],
        "count": len(messages) - WARM,
        "outcomes": outcomes,
        "photos_left": Attachment.objects.filter(reading=Attachment.Reading.WAITING).count(),
    }


def _thread(messages: Sequence[bytes]) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    for raw in messages:
        incoming, _new = store_message(raw)
        outcomes[take_in_mail(incoming_id=incoming.pk).outcome] += 1
    return outcomes


def _run_jobs() -> None:
    """Runs the jobs queued, and those that they queue, in order."""
    while row := OrmQ.objects.order_by("pk").first():
        resolve(row.task["func"])(*row.task["args"])
        row.delete()


if __name__ == "__main__":
    json.dump(main(Path(sys.argv[1])), sys.stdout)
