"""Signed checkpoints of the journals, the log of readings and the letters sent.

Rewriting or removing what was signed, hashes included, contradicts the checkpoints.
"""

import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.signing import Signer
from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce

from parvis.apps.cases.models import Checkpoint, Entry
from parvis.apps.directory.models import AccessLogEntry
from parvis.apps.mail.models import Outgoing
from parvis.lib.clock import now
from parvis.lib.database.rows import insert

SETTLED = timedelta(minutes=10)  # longer than any transaction: older rows are committed, or never will be
ENTRIES, READINGS, LETTERS = "entries", "readings", "letters"
UNSIGNED: dict[str, Any] = {"total": 0, "digest": ""}


def _entries() -> "QuerySet[Any, Any]":
    """Imported entries count when they were imported."""
    rows = Entry.objects.annotate(written=Coalesce("recorded_at", "at")).order_by("written", "pk")
    return rows.values_list("written", "case__reference", "seq", "hash")


def _readings() -> "QuerySet[Any, Any]":
    rows = AccessLogEntry.objects.annotate(written=F("at")).order_by("written", "pk")
    return rows.values_list("written", "user_id", "subject", "subject_id", "stated", "request_id", "at", "reason")


def _letters() -> "QuerySet[Any, Any]":
    """A letter counts when it was sent; its hash outlives its words."""
    rows = Outgoing.objects.exclude(sent_at=None).exclude(content_hash="").annotate(written=F("sent_at"))
    return rows.order_by("written", "pk").values_list("written", "key", "content_hash")


LOGS: dict[str, Callable[[], "QuerySet[Any, Any]"]] = {ENTRIES: _entries, READINGS: _readings, LETTERS: _letters}


class Tape:
    """The rows of a log in the order in which they were written, read once."""

    def __init__(self, rows: "QuerySet[Any, Any]") -> None:
        self._rows = rows.iterator(chunk_size=5000)
        self._next = next(self._rows, None)

    def digest(self, before: str, until: datetime) -> tuple[int, str]:
        """The count and digest of the rows up to a moment that were not read yet; the digest covers `before`."""
        digest, count = hashlib.sha256(before.encode()), 0
        while self._next is not None and self._next[0] <= until:
            digest.update((" ".join(map(_plain, self._next[1:])) + "\n").encode())
            count += 1
            self._next = next(self._rows, None)
        return count, digest.hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)


def folder() -> Path:
    """The folder of checkpoints outside the database: PARVIS_DATA/heads, one file each."""
    return Path(settings.PARVIS_DATA) / "heads"


def sign() -> Checkpoint:
    """Signs everything written up to ten minutes ago, in the database and in a file outside it; returns the last."""
    until = now() - SETTLED
    latest = Checkpoint.objects.order_by("-until").first()
    if latest:
        _write_file(latest)  # missing when this was interrupted the last time
    if latest and latest.until >= until:
        return latest
    counts, logs = {}, dict[str, Any]()
    for name, rows in LOGS.items():
        before = _signed(latest, name)
        since = latest.until if latest and before["digest"] else None
        unread = rows().filter(written__lte=until, **({"written__gt": since} if since else {}))
        counts[name], digest = Tape(unread).digest(before["digest"], until)
        logs[name] = {"total": before["total"] + counts[name], "digest": digest}
    checkpoint = Checkpoint(
        number=latest.number + 1 if latest else 1,
        until=until,
        entries=counts[ENTRIES],
        digest=logs[ENTRIES]["digest"],
        previous=latest.digest if latest else "",
        logs=logs,
    )
    checkpoint.signature = signature(_payload(checkpoint))
    if not insert(checkpoint, unless="number"):
        return Checkpoint.objects.latest("until")  # signed by another process meanwhile
    _write_file(checkpoint)
    return checkpoint


def head(checkpoint: Checkpoint) -> dict[str, Any]:
    """A checkpoint as it is kept outside the database, with its signature."""
    return {**_payload(checkpoint), "signature": checkpoint.signature}


def file_name(until: datetime) -> str:
    """The name of the file of a checkpoint."""
    return f"{until.astimezone(UTC):%Y%m%dT%H%M%S%f}.json"


def _signed(latest: Checkpoint | None, name: str) -> dict[str, Any]:
    """How many rows of a log are signed, and their digest."""
    if latest and name in latest.logs:
        return dict(latest.logs[name])
    if latest and name == ENTRIES:  # the latest one was signed before the logs were counted
        return {"total": Checkpoint.objects.aggregate(total=Sum("entries"))["total"], "digest": latest.digest}
    return UNSIGNED


def _payload(checkpoint: Checkpoint) -> dict[str, Any]:
    until = checkpoint.until.astimezone(UTC).isoformat()
    payload = {"until": until, "entries": checkpoint.entries, "digest": checkpoint.digest}
    if not checkpoint.logs:
        return payload
    return {**payload, "number": checkpoint.number, "previous": checkpoint.previous, "logs": checkpoint.logs}


def _write_file(checkpoint: Checkpoint) -> None:
    """Writes the file of a checkpoint whole, or leaves the one that is there."""
    path = folder() / file_name(checkpoint.until)
    if not path.exists():
        folder().mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(head(checkpoint), indent=1) + "\n")
        os.replace(unfinished, path)


def signature(payload: dict[str, Any]) -> str:
    """The signature of a checkpoint by PARVIS_SECRET_KEY."""
    return Signer(salt="parvis.heads").signature(json.dumps(payload, sort_keys=True))
