"""Taking in messages: stored and threaded, then understood, in one process; beside django-helpdesk's gateway."""

import shutil
from pathlib import Path
from typing import Any

from bench import databases
from bench.creating import fresh_house
from bench.figures import Bystanders, Figure, Section
from bench.peers.helpdesk import Helpdesk
from tests.mail.generator import wild_messages

AT_LEAST = 1.0  # times the gateway's messages a second


def measure(name: str, folder: Path, url: str, *, count: int, peers: bool) -> Section:
    """The section of the table: messages a second, ours and theirs on the same messages."""
    letters = _written(folder / "letters", count)
    watch = Bystanders()
    with fresh_house(folder / f"{name.lower()}-mail", url) as house:
        ours: dict[str, Any] = house.told("bench.taking_in", str(letters), seconds=900.0)
    count, seconds = ours["count"], ours["seconds"]
    lines = [
        Figure("messages stored and threaded, one process", round(count / seconds, 1), "a second"),
        Figure("understood too, pictures decoded", round(count / (seconds + ours["jobs_seconds"]), 1), "a second"),
        Figure("processor of storing and threading", round(1000 * ours["processor"] / count, 1), "ms a message"),
        Figure("processor of what follows", round(1000 * ours["jobs_processor"] / count, 1), "ms a message"),
    ]
    notes = [f"what became of ours: {ours['outcomes']}; photos not decoded yet: {ours['photos_left']}"]
    if peers:
        theirs = _gateway(url, letters)
        rate = round(theirs["count"] / theirs["seconds"], 1)
        lines.append(Figure("django-helpdesk's gateway, the same messages", rate, "a second"))
        ratio = round(lines[0].value / rate, 2)
        lines.append(Figure("ours against its gateway", ratio, "times", at_least=AT_LEAST))
        notes.append(f"it could not take {theirs['failed']} of {theirs['count']}")
    return Section(f"{name}: messages", lines, watch.share(), notes)


def _written(folder: Path, count: int) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for rank, wild in enumerate(wild_messages(count)):
        (folder / f"{rank:05}.eml").write_bytes(wild.raw)
    return folder


def _gateway(url: str, letters: Path) -> dict[str, Any]:
    peer = Helpdesk(databases.named(url, "mail") if url else url, "mail")
    peer.install()
    peer.fill(None, keep=False)
    try:
        peer.start()  # its mail server too
        result: dict[str, Any] = peer.told("bench.peers.inside.helpdesk_mail", str(letters))
        return result
    finally:
        peer.stop()
        peer.remove()
