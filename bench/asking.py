"""Asks a house many questions in one process, then publishes an answer and sees how soon others find it.

`python -m bench.asking FILE.jsonl`, one JSON object: milliseconds of each question, memory before and after, and what
two forked readers saw of the publication.
"""

import json
import os
import sys
import time
from typing import Any

import django

django.setup()

import psutil  # noqa: E402
from django.db import connections  # noqa: E402

from parvis.apps.content.models import Answer  # noqa: E402
from parvis.apps.matching.queries import asking  # noqa: E402

READERS, PATIENCE = 2, 30.0
NEW = "zarbou" + "".join("abcdefghij"[int(digit)] for digit in str(time.time_ns())[5:13])  # a word of this run
PAUSE = 0.02


def ask_all(path: str) -> dict[str, Any]:
    """The first answer, which does not count, then every message once."""
    with open(path, encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines if line.strip()]
    before = psutil.Process().memory_info().rss
    asking.ask(texts[0])
    took = []
    for text in texts[1:]:
        began = time.perf_counter()
        asking.ask(text)
        took.append((time.perf_counter() - began) * 1000)
    return {"took": took, "before": before / 1e6, "memory": psutil.Process().memory_info().rss / 1e6}


def publish() -> dict[str, Any]:
    """An answer gets a new title; each reader says when it first found it, and the longest that a question took."""
    answer = Answer.objects.filter(live=True).select_related("subject").order_by("-pk")[0]
    slug = answer.subject.slug
    connections.close_all()
    pipes = [_reader(slug) for _ in range(READERS)]
    time.sleep(1)
    answer.title_fr = f"Tout sur le {NEW}"
    answer.save_revision(clean=False).publish()
    published = time.time()
    told = []
    for pipe in pipes:
        with os.fdopen(pipe) as said:
            told.append(json.loads(said.read() or "{}"))
        os.wait()
    result = [(item.get("found", published + PATIENCE) - published) * 1000 for item in told]
    return {"found": max(result), "slowest": max(item.get("slowest", 0.0) for item in told)}


def _reader(slug: str) -> int:
    """Forks a process that asks again and again until it finds; what it writes is read at the number returned."""
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        return reading
    slowest, until = 0.0, time.time() + PATIENCE
    result = False
    while not result and time.time() < until:
        began = time.perf_counter()
        topics = asking.ask(f"c'est quoi le {NEW} svp").topics
        slowest = max(slowest, (time.perf_counter() - began) * 1000)
        result = bool(topics) and topics[0].slug == slug
        time.sleep(0 if result else PAUSE)
    told = {"slowest": slowest} | ({"found": time.time()} if result else {})
    os.write(writing, json.dumps(told).encode())
    os._exit(0)


if __name__ == "__main__":
    print(json.dumps(ask_all(sys.argv[1]) | publish()))
