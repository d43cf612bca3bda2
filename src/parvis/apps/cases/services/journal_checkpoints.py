"""Signed checkpoints of what is only ever added to: see `signed_logs`.

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
from django.db.models import QuerySet, Sum

from parvis.apps.cases.models import Checkpoint
from parvis.apps.cases.services.signed_logs import ENTRIES, LOGS, Row
from parvis.lib.clock import now
from parvis.lib.database.rows import insert

SETTLED = timedelta(minutes=10)  # longer than any transaction: older rows are committed, or never will be
UNSIGNED: dict[str, Any] = {"total": 0, "digest": ""}


class Tape:
    """The rows of a log in the order in which they were written, read once."""

    def __init__(self, rows: "QuerySet[Any, Any]", line: Callable[[Row], str] = LOGS[ENTRIES].line) -> None:
        self._line = line
        self._rows = rows.iterator(chunk_size=5000)
        self._next = next(self._rows, None)

    def digest(self, before: str, until: datetime) -> tuple[int, str]:
        """The count and digest of the rows up to a moment that were not read yet; the digest covers `before`."""
        digest, count = hashlib.sha256(before.encode()), 0
        while self._next is not None and self._next[0] <= until:
            digest.update((self._line(self._next) + "\n").encode())
            count += 1
            self._next = next(self._rows, None)
        return count, digest.hexdigest()


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
    for name, log in LOGS.items():
        before, since = _signed(latest, name)
        unread = log().filter(written__lte=until, **({"written__gt": since} if since else {}))
        counts[name], digest = Tape(unread, log.line).digest(before["digest"], until)
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


def _signed(latest: Checkpoint | None, name: str) -> tuple[dict[str, Any], datetime | None]:
    """How many rows of a log are signed, their digest, and until when.

    A log that the latest one does not have is begun, unless one before it had it: a former version ran meanwhile.
    """
    if latest and name in latest.logs:
        return dict(latest.logs[name]), latest.until
    if latest and name == ENTRIES:  # the latest one was signed before the logs were counted
        total = Checkpoint.objects.aggregate(total=Sum("entries"))["total"]
        return {"total": total, "digest": latest.digest}, latest.until
    for earlier in Checkpoint.objects.order_by("-until").iterator(chunk_size=500):
        if name in earlier.logs:
            return dict(earlier.logs[name]), earlier.until
    return UNSIGNED, None


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
