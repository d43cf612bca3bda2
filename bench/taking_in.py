"""Takes in a folder of messages in a fresh house, and writes how long as JSON: `python -m bench.taking_in FOLDER`."""

import json
import sys
import time
from collections import Counter
from pathlib import Path

import django

django.setup()

from parvis.apps.intake.services import take_in_mail  # noqa: E402
from parvis.apps.mail.services import store  # noqa: E402

WARM = 20  # messages that do not count: the search loads its index with the first


def main(folder: Path) -> dict[str, object]:
    """Each message is stored, read, matched and threaded, one after the other."""
    messages = [path.read_bytes() for path in sorted(folder.glob("*.eml"))]
    outcomes: Counter[str] = Counter()
    began = time.perf_counter()
    for rank, raw in enumerate(messages):
        if rank == WARM:
            began = time.perf_counter()
        incoming, _new = store(raw)
        outcomes[take_in_mail(incoming_id=incoming.pk).outcome] += 1
    return {"seconds": time.perf_counter() - began, "count": len(messages) - WARM, "outcomes": outcomes}


if __name__ == "__main__":
    json.dump(main(Path(sys.argv[1])), sys.stdout)
