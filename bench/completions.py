"""Completions asked inside a house: `python -m bench.completions FILE COUNT`; writes one JSON object.

The first answer of a process, which reads the names of the streets, is told apart.
"""

import json
import sys
import time
from pathlib import Path

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bench.addresses import typed  # noqa: E402
from parvis.apps.places.queries.addresses import complete  # noqa: E402

WARM = 50
BY_LETTER = 25  # texts that are typed letter by letter
OFFERED = 8


def ask(file: Path, count: int) -> dict[str, object]:
    """What each completion took, in milliseconds; how many offered the address meant; statements of one, at most."""
    began = time.perf_counter()
    complete("1 rue")
    first = (time.perf_counter() - began) * 1000
    took: list[float] = []
    result = at_head = 0
    missed = []
    asked = typed(file, count + WARM)
    for text, label in asked:
        began = time.perf_counter()
        labels = [address.label for address in complete(text, OFFERED)]
        took.append((time.perf_counter() - began) * 1000)
        result += label in labels
        at_head += labels[:1] == [label]
        if label not in labels:
            missed.append(text)
    statements = 0
    for text, _label in asked[:WARM]:
        with CaptureQueriesContext(connection) as queries:
            complete(text, OFFERED)
        statements = max(statements, len(queries))
    letters = []
    for text, _label in asked[:BY_LETTER]:
        for end in range(2, len(text) + 1):
            began = time.perf_counter()
            complete(text[:end], OFFERED)
            letters.append((time.perf_counter() - began) * 1000)
    return {
        "letters": letters,
        "first": first,
        "took": took[WARM:],
        "found": result / len(asked),
        "at_head": at_head / len(asked),
        "statements": statements,
        "missed": missed[:20],
    }


if __name__ == "__main__":
    print(json.dumps(ask(Path(sys.argv[1]), int(sys.argv[2]))))
