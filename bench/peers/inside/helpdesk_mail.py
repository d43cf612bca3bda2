"""Takes in a folder of messages by django-helpdesk's gateway: `python -m bench.peers.inside.helpdesk_mail FOLDER`.

Writes how long as JSON, with the number of those that it could not take.
"""

import json
import logging
import sys
import time
from pathlib import Path

import django

django.setup()

from helpdesk.email import extract_email_metadata  # noqa: E402
from helpdesk.models import Queue  # noqa: E402

WARM = 20


def main(folder: Path) -> dict[str, float]:
    """As its command get_email does with each message of a mailbox, one after the other."""
    queue, logger = Queue.objects.order_by("pk")[0], logging.getLogger("bench")
    logger.disabled = True
    messages = [path.read_bytes() for path in sorted(folder.glob("*.eml"))]
    failed, began = 0, time.perf_counter()
    for rank, raw in enumerate(messages):
        if rank == WARM:
            failed, began = 0, time.perf_counter()
        try:
            extract_email_metadata(raw.decode("utf-8", "replace"), queue, logger)
        except Exception:  # it raises on some of them, and its mailbox stops there
            failed += 1
    return {"seconds": time.perf_counter() - began, "count": len(messages) - WARM, "failed": failed}


if __name__ == "__main__":
    json.dump(main(Path(sys.argv[1])), sys.stdout)
